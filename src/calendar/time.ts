/**
 * When an event is, from the date and time that a file gives.
 * Invariant: a time without a zone is never guessed at: it is refused unless a zone was named.
 */
import type { Instant } from "../domain/instant.ts";
import { DAY_MS, type TimeZone } from "../domain/time-zone.ts";

export type Span = { readonly at: Instant; readonly until: Instant };

/** What is wrong with a text that was to be a time, as in a fault: wrong, expected. */
export type BadTime = { readonly wrong: string; readonly expected: string };

export const NO_ZONE: BadTime = {
  wrong: "the time names no time zone",
  expected: "UTC, an offset, or a zone for the whole file (--time-zone)",
};

/** Local milliseconds of a date and a time of day; null where the calendar has no such time. */
export function localTime(date: readonly number[], time: readonly number[]): number | null {
  const [year = 0, month = 0, day = 0] = date;
  const [hour = 0, minute = 0, second = 0] = time;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(local);
  const isSame =
    back.getUTCFullYear() === year &&
    back.getUTCMonth() === month - 1 &&
    back.getUTCDate() === day &&
    back.getUTCHours() === hour &&
    back.getUTCMinutes() === minute &&
    back.getUTCSeconds() === second;
  return isSame ? local : null;
}

export function momentIn(zone: TimeZone, local: number): Span {
  const at = zone.instantOf(local);
  return { at, until: at };
}

/** Whole days of a zone, up to but not including the day `end`. */
export function daysIn(zone: TimeZone, day: number, end: number): Span {
  const last = end > day ? end : day + DAY_MS;
  return { at: zone.instantOf(day), until: zone.instantOf(last) - 1 };
}
