/**
 * The one schema of a subscription's rules: what each setting may be, what it is when absent, and
 * what it does, in words. Decimals are text, points and milliseconds are whole numbers.
 * A value that belongs to another mode (`volume` under `equity-ratio`) is kept and not used, so
 * that changing the mode back and forth loses nothing; a value that no mode could use is refused.
 */
import { z } from "zod";
import { magicRange, matchMagics, matchNames } from "./matchers.ts";
import { decimal, notYet, section, setting, whole } from "./settings.ts";

const POINTS_MAX = 10_000_000;
const LIST_MAX = 1_000;
const DAY_MS = 86_400_000;

const SIZING_MODES = [
  "equity-ratio",
  "balance-ratio",
  "free-margin-ratio",
  "multiplier",
  "same-volume",
  "fixed-volume",
  "risk-percent",
] as const;
const SIZING_MODES_LATER = ["equity-percent", "fixed-leverage", "custom"];

const SUBSCRIPTION_MODES = ["active", "close-only", "paused", "monitor", "stopped"] as const;
const STOP_MODES = ["copy-price", "copy-distance", "fixed-points", "none"] as const;

/** One of the words; a word that is documented and not built yet is told apart from nonsense. */
function oneOf<const T extends readonly string[]>(words: T, later: readonly string[] = []) {
  return z.enum(words, {
    error: ({ input }) =>
      later.some((word) => word === input)
        ? `"${String(input)}" is not supported yet; use ${words.join(", ")}`
        : `must be one of ${words.join(", ")}`,
  });
}

const names = z.array(z.string().min(1).max(64)).max(LIST_MAX);
const magics = z
  .array(
    z.string().refine((text) => magicRange(text) !== null, {
      error: 'must be a magic number or a range as text, such as "77" or "1010-1019"',
    }),
  )
  .max(LIST_MAX);

const stop = (what: string) =>
  section({
    mode: setting(
      oneOf(STOP_MODES),
      "copy-distance",
      `Where the ${what} goes: copy-distance keeps the master's distance from the own price, copy-price takes the master's price, fixed-points keeps an own distance, none sets none.`,
    ),
    points: setting(
      whole(0, POINTS_MAX),
      0,
      `Distance of the ${what} from the own opening price in the follower's points, for fixed-points.`,
    ),
    offsetPoints: setting(
      whole(-POINTS_MAX, POINTS_MAX),
      0,
      `Added to the distance of the ${what} in the follower's points: above zero is further from the price.`,
    ),
  });

const sizing = section({
  mode: setting(
    oneOf(SIZING_MODES, SIZING_MODES_LATER),
    "equity-ratio",
    "How the follower's lots follow from the master's: in proportion to equity, balance or free margin, by a multiplier, the same or fixed lots, or by the part of the equity put at risk.",
  ),
  multiplier: setting(
    decimal({ above: "0", max: "1000" }),
    "1",
    "Multiplies the size; not used by fixed-volume and risk-percent.",
  ),
  volume: setting(
    decimal({ above: "0" }).nullable(),
    null,
    "The lots of every open, for fixed-volume.",
  ),
  riskPercent: setting(
    decimal({ above: "0", max: "100" }).nullable(),
    null,
    "Percent of the equity lost when the stop-loss is hit, for risk-percent.",
  ),
  equityPercent: notYet(null, "Notional as a percentage of the equity, for equity-percent."),
  leverage: notYet(null, "Notional as a multiple of the equity, for fixed-leverage."),
  assumedStopPoints: setting(
    whole(1, POINTS_MAX).nullable(),
    null,
    "The distance that risk-percent sizes by where there is no stop-loss, in the follower's points; without it such a signal is skipped.",
  ),
  raiseToMinimum: setting(
    z.boolean(),
    false,
    "Open the symbol's smallest volume where the size is below it, instead of skipping.",
  ),
  maxRiskCoefficient: setting(
    decimal({ min: "1", max: "1000" }),
    "5",
    "How many times the intended risk raiseToMinimum may place.",
  ),
  aboveMaximum: setting(
    oneOf(["split", "cap"]),
    "split",
    "Over the symbol's largest volume: several orders, or one of the largest.",
  ),
  table: notYet([], "Volume or risk by symbol, for custom.", null),
});

const guards = section({
  maxAgeMs: setting(
    whole(0, DAY_MS),
    60_000,
    "The oldest signal that still opens, in milliseconds since the master's deal.",
  ),
  maxDeviationPoints: setting(
    whole(0, POINTS_MAX).nullable(),
    null,
    "How much worse than the master's the own price may be to open, in the follower's points; a better price always passes, null does not ask.",
  ),
  maxSpreadPoints: notYet(null, "The widest spread at which to open."),
  maxVolume: setting(
    decimal({ above: "0" }).nullable(),
    null,
    "The most lots that one signal opens; what is over it is cut off.",
  ),
  maxOpenPositions: notYet(null, "The most copied positions at once."),
  maxVolumePerSymbol: notYet(null, "The most lots of one symbol."),
  maxTotalVolume: notYet(null, "The most lots in all."),
  maxLeverage: notYet(null, "The highest notional as a multiple of the equity."),
  maxRiskPerTradePercent: notYet(null, "The most that one copy may lose at its stop-loss."),
  reservedMarginFraction: notYet(null, "The part of the free margin that is left alone.", "0"),
  throttle: notYet(null, "The most opens in a time."),
  delayMs: notYet({ min: 0, max: 0 }, "A random wait before each open.", null),
});

const symbolMap = section({
  suffix: setting(
    z.string().max(32),
    "",
    "How the names at the follower's broker end: .vip makes EURUSD.vip of EURUSD.",
  ),
  pairs: setting(
    z
      .array(z.strictObject({ from: z.string().min(1).max(64), to: z.string().min(1).max(64) }))
      .max(LIST_MAX),
    [],
    "Names that differ altogether: the master's and the follower's broker's own.",
  ),
});

const NAME_LISTS = { include: [], exclude: [] };

export const RULES_SCHEMA = z.strictObject({
  sizing,
  symbols: setting(
    z
      .strictObject({ include: names.default([]), exclude: names.default([]) })
      .transform(matchNames),
    NAME_LISTS,
    "Which of the master's symbols are copied, by name or glob (XAU*); an empty include is all.",
  ),
  sides: setting(
    z
      .array(oneOf(["buy", "sell"]))
      .min(1, { error: "must name at least one side" })
      .transform((sides) => ({ buy: sides.includes("buy"), sell: sides.includes("sell") })),
    ["buy", "sell"],
    "Which sides are copied.",
  ),
  magic: setting(
    z
      .strictObject({ include: magics.default([]), exclude: magics.default([]) })
      .transform(matchMagics),
    NAME_LISTS,
    "Which magic numbers are copied, singly or as ranges; an empty include is all.",
  ),
  comment: notYet(NAME_LISTS, "Which comments are copied.", { include: [] }, { exclude: [] }, {}),
  masterVolume: section({
    min: setting(decimal({ min: "0" }).nullable(), null, "The master's smallest lots to copy."),
    max: setting(decimal({ min: "0" }).nullable(), null, "The master's largest lots to copy."),
  }),
  pendingOrders: notYet("on-fill", "How pending orders are copied: when they fill."),
  pendingGraceMs: notYet(60_000, "How long one side's pending order may fire alone."),
  windows: notYet(null, "The hours in which positions are opened.", {}),
  news: notYet(null, "How long to keep from opening around economic releases.", {}),
  guards,
  stops: section({
    stopLoss: stop("stop-loss"),
    takeProfit: stop("take-profit"),
    lockAfterOpen: setting(
      z.boolean(),
      false,
      "Leave the stops alone after the open, whatever the master changes.",
    ),
    illegal: setting(
      oneOf(["widen", "skip"]),
      "widen",
      "A stop closer to the market than the broker allows: move it to the nearest legal price, or skip.",
    ),
  }),
  symbolMap,
  reverse: notYet(false, "Trade the other side."),
  includeCredit: notYet(false, "Count credit as equity when sizing."),
  carryRemainder: notYet(false, "Add what rounding lost to the next copy."),
  shrinkToMargin: notYet(false, "Open less where the free margin does not suffice."),
  copyExisting: notYet("none", "Whether positions from before the subscription are copied."),
  mode: setting(
    oneOf(SUBSCRIPTION_MODES),
    "active",
    "active copies; close-only and paused open nothing and still close; monitor decides and sends nothing; stopped ends the subscription.",
  ),
  waitForStopMs: notYet(0, "How long risk-percent waits for the master's stop-loss."),
  reduceCorrelation: notYet("off", "Subtract exposure that is already held."),
  limits: notYet([], "Loss and profit limits of the subscription."),
});
