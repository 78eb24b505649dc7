/**
 * Days, weeks, months, quarters and years as a named time zone has them, each beginning at the same
 * reset time on its wall clock: a "day" of Athens from 00:00, or of New York from 17:00.
 * Invariants: the periods of one kind follow each other without gap or overlap, whatever the clocks
 * do; every instant lies in exactly one, [from, to). A week begins on Monday.
 */
import type { Instant } from "./instant.ts";
import { DAY_MS, MINUTE_MS, type TimeZone } from "./time-zone.ts";

export const PERIODS = ["day", "week", "month", "quarter", "year"] as const;
export type PeriodKind = (typeof PERIODS)[number];

/** Where days begin. */
export type DayReset = {
  readonly zone: TimeZone;
  /** On the wall clock, after 00:00. */
  readonly resetMs: number;
};

export type Period = { readonly from: Instant; readonly to: Instant };

/** The period that `at` lies in. */
export function periodAt(kind: PeriodKind, reset: DayReset, at: Instant): Period {
  const day = dayAt(reset, at);
  return {
    from: startOf(reset, firstDay(kind, day)),
    to: startOf(reset, firstDayAfter(kind, day)),
  };
}

/** Milliseconds of "17:00" after 00:00; null where the text is no time of day. */
export function parseTimeOfDay(text: string): number | null {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return match === null ? null : (Number(match[1]) * 60 + Number(match[2])) * MINUTE_MS;
}

/** 0 is Monday; `day` counts from 1970-01-01, a Thursday. */
export function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

/** The local day whose beginning is the last one not after `at`. */
function dayAt(reset: DayReset, at: Instant): number {
  let day = Math.floor((reset.zone.localOf(at) - reset.resetMs) / DAY_MS);
  while (startOf(reset, day + 1) <= at) day += 1;
  while (startOf(reset, day) > at) day -= 1;
  return day;
}

function startOf(reset: DayReset, day: number): Instant {
  return reset.zone.instantOf(day * DAY_MS + reset.resetMs);
}

function firstDay(kind: PeriodKind, day: number): number {
  switch (kind) {
    case "day":
      return day;
    case "week":
      return day - weekdayOf(day);
    case "month":
    case "quarter":
    case "year":
      return monthStart(day, kind, 0);
  }
}

function firstDayAfter(kind: PeriodKind, day: number): number {
  switch (kind) {
    case "day":
      return day + 1;
    case "week":
      return day - weekdayOf(day) + 7;
    case "month":
    case "quarter":
    case "year":
      return monthStart(day, kind, 1);
  }
}

const MONTHS = { month: 1, quarter: 3, year: 12 } as const;

/** The first day of the run of months that `day` lies in, or of the run `later` runs after it. */
function monthStart(day: number, kind: keyof typeof MONTHS, later: number): number {
  const date = new Date(day * DAY_MS);
  const run = Math.floor(date.getUTCMonth() / MONTHS[kind]) + later;
  return Date.UTC(date.getUTCFullYear(), run * MONTHS[kind], 1) / DAY_MS;
}
