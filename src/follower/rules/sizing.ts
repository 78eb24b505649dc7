/** How many lots a copy has: the settings under `sizing`. */
import { z } from "zod";
import { LIST_MAX, POINTS_MAX } from "./bounds.ts";
import { lowest, multiplied } from "./merge.ts";
import { decimal, oneOf, section, setting, whole } from "./settings.ts";

export const SIZING_MODES = [
  "equity-ratio",
  "balance-ratio",
  "free-margin-ratio",
  "multiplier",
  "same-volume",
  "fixed-volume",
  "risk-percent",
  "equity-percent",
  "fixed-leverage",
  "custom",
] as const;

const lots = decimal({ above: "0" });
const percent = decimal({ above: "0", max: "100" });

const row = z
  .strictObject({
    symbol: z.string().min(1).max(64),
    volume: lots.optional(),
    riskPercent: percent.optional(),
  })
  .refine(({ volume, riskPercent }) => (volume === undefined) !== (riskPercent === undefined), {
    error: "must have either a volume or a riskPercent",
  });

export const sizing = section({
  mode: setting(
    oneOf(SIZING_MODES),
    "equity-ratio",
    "How the follower's lots follow from the master's: in proportion to equity, balance or free margin, by a multiplier, the same or fixed lots, the part of the equity put at risk, a notional as a share or a multiple of the equity, or by a table.",
  ),
  multiplier: setting(
    decimal({ above: "0", max: "1000" }),
    "1",
    "Multiplies the size of equity-ratio, balance-ratio, free-margin-ratio, multiplier and same-volume; the other modes say the size themselves.",
    multiplied,
  ),
  volume: setting(lots.nullable(), null, "The lots of every open, for fixed-volume."),
  riskPercent: setting(
    percent.nullable(),
    null,
    "Percent of the equity lost when the stop-loss is hit, for risk-percent.",
  ),
  equityPercent: setting(
    decimal({ above: "0", max: "100000" }).nullable(),
    null,
    "Notional as a percentage of the equity, for equity-percent.",
  ),
  leverage: setting(
    decimal({ above: "0", max: "1000" }).nullable(),
    null,
    "Notional as a multiple of the equity, for fixed-leverage.",
  ),
  assumedStopPoints: setting(
    whole(1, POINTS_MAX).nullable(),
    null,
    "The distance that risk-percent sizes by where there is no stop-loss, in the follower's points; without it such a signal is skipped. For a reversed copy without a stop-loss it is placed, too.",
  ),
  raiseToMinimum: setting(
    z.boolean(),
    false,
    "Open the symbol's smallest volume where the size is below it, instead of skipping.",
  ),
  maxRiskCoefficient: setting(
    decimal({ min: "1", max: "1000" }),
    "5",
    "How many times the intended risk raiseToMinimum and carryRemainder may place.",
    lowest,
  ),
  aboveMaximum: setting(
    oneOf(["split", "cap"]),
    "split",
    "Over the symbol's largest volume: several orders, or one of the largest.",
  ),
  table: setting(
    z.array(row).max(LIST_MAX),
    [],
    "For custom: the volume or the risk by symbol, by the master's name or a glob; the exact name goes before globs, globs in their order, and a row * is needed for all others.",
  ),
});
