/**
 * What is wrong with a limit that no schema of single settings can know: settings that need or
 * exclude one another. All faults are told at once, each by its setting.
 */
import { type Fixed, ONE } from "../domain/fixed.ts";
import { parseTimeOfDay } from "../domain/period.ts";
import { DAY_MS, isZoneName } from "../domain/time-zone.ts";
import type { RiskLimit, StageShare } from "./limit.ts";

export type LimitFault = { readonly setting: keyof RiskLimit; readonly reason: string };

type Check = readonly [setting: keyof RiskLimit, isWrong: boolean, reason: string];

/** Empty where the limit is sound. */
export function faultsOfLimit(limit: RiskLimit): readonly LimitFault[] {
  return [...periodChecks(limit), ...amountChecks(limit), ...stageChecks(limit)]
    .filter(([, isWrong]) => isWrong)
    .map(([setting, , reason]) => ({ setting, reason }));
}

function periodChecks(limit: RiskLimit): Check[] {
  const { period, since, timeZone, resetAt } = limit;
  const noDay = period === "since" && (since === null || parseDay(since) === null);
  return [
    ["timeZone", !isZoneName(timeZone), 'must name a zone, such as "Europe/Athens"'],
    ["resetAt", parseTimeOfDay(resetAt) === null, 'must be a time such as "17:00"'],
    ["rolling", limit.rolling && isOpen(limit), `has no meaning for the period ${period}`],
    ["since", noDay, 'must be a date such as "2025-01-31"'],
    ["since", period !== "since" && since !== null, "is only used by the period since"],
  ];
}

function amountChecks(limit: RiskLimit): Check[] {
  const { absolute, relative, startAmount, debounceMs } = limit;
  const noneOrBoth = (absolute === null) === (relative === null);
  const unused = startAmount !== null && !isOpen(limit);
  const debounce = Number.isSafeInteger(debounceMs) && debounceMs >= 0 && debounceMs <= DAY_MS;
  return [
    ["relative", noneOrBoth, "give either absolute or relative, and not both"],
    ["absolute", isZeroOrLess(absolute), "must be above 0"],
    ["relative", isZeroOrLess(relative), "must be above 0"],
    ["startAmount", unused, "is only used by the periods lifetime and since"],
    ["startAmount", isZeroOrLess(startAmount), "must be above 0"],
    ["debounceMs", !debounce, `must be milliseconds from 0 to ${DAY_MS}`],
  ];
}

function stageChecks(limit: RiskLimit): Check[] {
  const { alertAt, closeOnlyAt, actAt, action } = limit;
  const idle = closeOnlyAt !== null && action !== "close-all-and-stop";
  return [
    ["actAt", actAt <= 0n || actAt > ONE, "must be above 0 and at most 1"],
    ["alertAt", alertAt !== null && action === "alert", "is not used where the action is alert"],
    ["alertAt", !isBetween(alertAt, closeOnlyAt ?? actAt), "must lie between 0 and the next stage"],
    ["closeOnlyAt", idle, "is only used before close-all-and-stop"],
    ["closeOnlyAt", !isBetween(closeOnlyAt, actAt), "must lie between 0 and the action"],
  ];
}

const isOpen = ({ period }: RiskLimit): boolean => period === "lifetime" || period === "since";
const isZeroOrLess = (value: Fixed | null): boolean => value !== null && value <= 0n;
const isBetween = (share: Fixed | null, next: Fixed): boolean =>
  share === null || (share > 0n && share < next);

/** The stages of a limit with their shares of the threshold, rising where the limit is sound. */
export function stagesOf(limit: RiskLimit): StageShare[] {
  const { alertAt, closeOnlyAt, actAt, action } = limit;
  const stages: StageShare[] = [];
  if (alertAt !== null) stages.push({ stage: "alert", share: alertAt });
  if (closeOnlyAt !== null) stages.push({ stage: "close-only", share: closeOnlyAt });
  return [...stages, { stage: action, share: actAt }];
}

/** Days since 1970 of "2025-01-31"; null where there is no such day. */
export function parseDay(text: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return null;
  const at = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text ? null : at / DAY_MS;
}
