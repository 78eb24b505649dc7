/**
 * A subscription's rules as the deciders read them: parsed once per version, with every default
 * filled in, decimals exact and lists compiled. Rules that contradict themselves are BAD_RULES.
 */
import type { JsonObject } from "./rules/json.ts";
import { admitsAll } from "./rules/matchers.ts";
import { badRules, readRules } from "./rules/parse.ts";
import type { Parsed } from "./rules/schema.ts";
import { shared } from "./rules/shared.ts";

/** Limits of what copies hold together. */
export type Caps = Pick<
  Parsed["guards"],
  "maxOpenPositions" | "maxVolumePerSymbol" | "maxTotalVolume" | "maxLeverage"
>;

/** Which of the settings that most rules leave alone are in use: asked before they are read. */
export type Uses = {
  /** Comments, the master's drawdown, pending orders. */
  readonly rareFilters: boolean;
  /** Trading hours and releases. */
  readonly times: boolean;
  /** Deviation in percent, and the spread. */
  readonly rarePrices: boolean;
  readonly throttle: boolean;
  readonly delay: boolean;
  /** Any cap; and any but maxVolume. */
  readonly caps: boolean;
  readonly rareCaps: boolean;
};

export type Rules = Readonly<
  Parsed & {
    uses: Uses;
    /** The same text for the same `stops`, so that a signal's stops are placed once for all. */
    stopsKey: string;
    newsKey: string;
    /** Caps that the follower account's own layer sets: over all its subscriptions together. */
    accountCaps: Caps | null;
    /** Of `limits` those that the account's layer sets: one for all that the account copies. */
    accountLimits: Parsed["limits"];
    /** The others: of this subscription alone. */
    ownLimits: Parsed["limits"];
  }
>;
/** What the follower account's layer says for all its subscriptions at once. */
export type AccountLayer = { readonly caps: Caps | null; readonly limits: Parsed["limits"] };

export type StopRule = Rules["stops"]["stopLoss"];

/** Reads rules as JSON values, all faults at once. */
export function parseRules(json: unknown): Rules {
  const { parsed, faults } = readRules(json);
  if (parsed === null || faults.length > 0) throw badRules(faults);
  return compileRules(parsed, json as JsonObject, null);
}

/** `json` is what was parsed; of its limits the last are those of the account's layer. */
export function compileRules(
  parsed: Parsed,
  json: JsonObject,
  account: AccountLayer | null,
): Rules {
  const parts = Object.entries(parsed).map(([name, part]) => [
    name,
    typeof part === "object" ? shared(`${name} ${JSON.stringify(json[name])}`, part) : part,
  ]);
  const { stops, sizing, news, limits } = parsed;
  const { caps: accountCaps = null, limits: accountLimits = [] } = account ?? {};
  const uses = usesOf(parsed, accountCaps);
  return {
    ...(Object.fromEntries(parts) as Parsed),
    uses: shared(`uses ${JSON.stringify(uses)}`, uses),
    stopsKey: JSON.stringify([stops, sizing.assumedStopPoints]),
    newsKey: JSON.stringify(news),
    accountCaps,
    accountLimits,
    ownLimits: limits.slice(0, limits.length - accountLimits.length),
  };
}

function usesOf(parsed: Parsed, accountCaps: Caps | null): Uses {
  const { guards, masterDrawdown, comment, pendingOrders, shrinkToMargin } = parsed;
  const { maxVolume, throttle, delayMs, reservedMarginFraction } = guards;
  const isSet = (settings: readonly unknown[]): boolean => settings.some((one) => one !== null);
  const rareCaps =
    isSet([guards.maxRiskPerTradePercent, accountCaps, guards.maxOpenPositions]) ||
    isSet([guards.maxVolumePerSymbol, guards.maxTotalVolume, guards.maxLeverage]) ||
    reservedMarginFraction > 0n ||
    shrinkToMargin;
  return {
    rareFilters:
      comment !== admitsAll ||
      isSet([masterDrawdown.above, masterDrawdown.below]) ||
      pendingOrders !== "on-fill",
    times: parsed.windows.length > 0 || parsed.news !== null,
    rarePrices: isSet([guards.maxDeviationPercent, guards.maxSpreadPoints]),
    throttle: throttle.length > 0,
    delay: delayMs.max > 0,
    caps: rareCaps || maxVolume !== null,
    rareCaps,
  };
}

export const defaultRules: Rules = parseRules({});
