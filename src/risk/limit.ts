/**
 * A risk limit as somebody sets it: how much an account or a subscription may lose (or win), against
 * what, in which time, and what then happens. The field names are those of the rules' JSON.
 * Invariant: a compiled limit contradicts nothing; its stages rise in severity and in share.
 */
import { LockstepError } from "../domain/errors.ts";
import { type Fixed, ONE } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import { type DayReset, PERIODS, parseTimeOfDay } from "../domain/period.ts";
import { DAY_MS, zoneOf } from "../domain/time-zone.ts";
import { faultsOfLimit, parseDay, stagesOf } from "./limit-faults.ts";

/** What is compared with what; each in words. Equity is without credit. */
export const LIMIT_MEASURES = {
  "equity-from-peak": "the equity against its highest in the period (for a profit, its lowest)",
  "equity-from-equity": "the equity against the equity at the period's start",
  "equity-from-balance": "the equity against the balance at the period's start",
  "equity-from-higher": "the equity against the higher of balance and equity at the period's start",
  "balance-from-balance":
    "the balance against the balance at the period's start: closed trades only",
} as const;
export type LimitMeasure = keyof typeof LIMIT_MEASURES;

export const LIMIT_PERIODS = [...PERIODS, "lifetime", "since"] as const;
export type LimitPeriod = (typeof LIMIT_PERIODS)[number];

/** In rising severity; what a limit that has reached a stage does. */
export const LIMIT_STAGES = {
  clear: "nothing happens",
  alert: "people are told",
  "close-only": "nothing is opened, closes still follow",
  "close-all-and-stop": "all copies are closed and copying stops",
} as const;
export type LimitStage = keyof typeof LIMIT_STAGES;
export type LimitAction = Exclude<LimitStage, "clear">;

export type RiskLimit = {
  readonly measure: LimitMeasure;
  readonly kind: "loss" | "profit";
  readonly period: LimitPeriod;
  /** The last 24 hours, 7, 30, 91 or 365 days instead of the day, week, month, quarter or year. */
  readonly rolling: boolean;
  /** "2025-01-31", for the period `since`: from that day's reset time on. */
  readonly since: string | null;
  readonly timeZone: string;
  /** "17:00": when days begin on that zone's wall clock. */
  readonly resetAt: string;
  /** In the account's currency. Either this or `relative`. */
  readonly absolute: Fixed | null;
  /** A share of the reference: 0.05 is five percent. */
  readonly relative: Fixed | null;
  /** Shares of the threshold at which the earlier stages are reached; null: without that stage. */
  readonly alertAt: Fixed | null;
  readonly closeOnlyAt: Fixed | null;
  /** The share of the threshold at which the action is taken. */
  readonly actAt: Fixed;
  readonly action: LimitAction;
  /** A stage must be exceeded for so long without a pause. */
  readonly debounceMs: number;
  /** For `lifetime` and `since`: measured from this amount instead of the first figures. */
  readonly startAmount: Fixed | null;
};

export type StageShare = { readonly stage: LimitAction; readonly share: Fixed };

export type CompiledLimit = RiskLimit & {
  readonly reset: DayReset;
  /** The beginning of the `since` date; null for other periods. */
  readonly sinceAt: Instant | null;
  /** Rising. */
  readonly stages: readonly StageShare[];
};

export const DEFAULT_LIMIT: RiskLimit = {
  measure: "equity-from-peak",
  kind: "loss",
  period: "day",
  rolling: false,
  since: null,
  timeZone: "UTC",
  resetAt: "00:00",
  absolute: null,
  relative: null,
  alertAt: null,
  closeOnlyAt: null,
  actAt: ONE,
  action: "close-only",
  debounceMs: 0,
  startAmount: null,
};

/** BAD_RULES with every fault of the limit. */
export function compileLimit(limit: RiskLimit): CompiledLimit {
  const faults = faultsOfLimit(limit);
  if (faults.length > 0) {
    throw new LockstepError("BAD_RULES", {
      settings: faults.map(({ setting }) => setting),
      faults: faults.map(({ setting, reason }) => `${setting}: ${reason}`),
    });
  }
  const reset = { zone: zoneOf(limit.timeZone), resetMs: parseTimeOfDay(limit.resetAt) ?? 0 };
  const since = limit.since === null ? null : parseDay(limit.since);
  return {
    ...limit,
    reset,
    sinceAt: since === null ? null : reset.zone.instantOf(since * DAY_MS + reset.resetMs),
    stages: stagesOf(limit),
  };
}
