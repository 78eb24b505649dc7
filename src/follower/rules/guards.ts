/** What must hold at the moment of an open: the settings under `guards`. */
import { z } from "zod";
import { DAY_MS, POINTS_MAX, SEVERAL_MAX } from "./bounds.ts";
import { eachOf, highest, lowest } from "./merge.ts";
import { decimal, section, setting, whole } from "./settings.ts";

const DELAY_MS_MAX = 60_000;

const lots = decimal({ above: "0" }).nullable();

const throttle = z.strictObject({ count: whole(1, 10_000), windowMs: whole(1, DAY_MS) });

export const guards = section({
  maxAgeMs: setting(
    whole(0, DAY_MS),
    60_000,
    "The oldest signal that still opens, in milliseconds since the master's deal.",
    lowest,
  ),
  maxDeviationPoints: setting(
    whole(0, POINTS_MAX).nullable(),
    null,
    "How much worse than the master's the own price may be to open, in the follower's points; a better price always passes, null does not ask.",
    lowest,
  ),
  maxDeviationPercent: setting(
    decimal({ min: "0", max: "100" }).nullable(),
    null,
    "The same as a percentage of the master's price; where both are set, both must hold.",
    lowest,
  ),
  maxSpreadPoints: setting(
    whole(0, POINTS_MAX).nullable(),
    null,
    "The widest spread at which to open, in the follower's points.",
    lowest,
  ),
  maxVolume: setting(
    lots,
    null,
    "The most lots that one signal opens; what is over it is cut off.",
    lowest,
  ),
  maxOpenPositions: setting(
    whole(1, 100_000).nullable(),
    null,
    "The most copied positions at once; an increase of one of them passes.",
    lowest,
  ),
  maxVolumePerSymbol: setting(
    lots,
    null,
    "The most copied lots of one symbol, both sides together; what is over it is cut off.",
    lowest,
  ),
  maxTotalVolume: setting(
    lots,
    null,
    "The most copied lots in all, both sides together; what is over it is cut off.",
    lowest,
  ),
  maxLeverage: setting(
    decimal({ above: "0", max: "10000" }).nullable(),
    null,
    "The highest notional of all copies together as a multiple of the equity; what is over it is cut off.",
    lowest,
  ),
  maxRiskPerTradePercent: setting(
    decimal({ above: "0", max: "100" }).nullable(),
    null,
    "The most that one copy may lose at its stop-loss, as a percentage of the equity; what is over it is cut off, and a copy without a stop-loss or assumedStopPoints is refused.",
    lowest,
  ),
  reservedMarginFraction: setting(
    decimal({ min: "0", max: "1" }),
    "0",
    "The part of the free margin that is left alone; above 0 the margin of an open is checked before it is sent.",
    highest,
  ),
  throttle: setting(
    z.preprocess(
      (value) => (value === null || Array.isArray(value) ? value : [value]),
      z
        .array(throttle)
        .max(SEVERAL_MAX)
        .nullable()
        .transform((list) => list ?? []),
    ),
    null,
    "The most opens within windowMs; one more trips it, and nothing is opened until it is enabled again.",
    eachOf,
  ),
  delayMs: setting(
    z
      .strictObject({ min: whole(0, DELAY_MS_MAX), max: whole(0, DELAY_MS_MAX) })
      .nullable()
      .transform((range) => range ?? { min: 0, max: 0 }),
    { min: 0, max: 0 },
    "A wait before each open, between min and max milliseconds, that differs from follower to follower.",
  ),
});
