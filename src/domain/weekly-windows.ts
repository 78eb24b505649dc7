/**
 * Hours of the week on a wall clock: "07:00-21:00" on Mondays in London.
 * Invariants: a range begins on its weekday and may end on the next ("22:00-02:00"); its end is
 * outside; a weekday that is not named has none. An hour that the clocks repeat is inside both
 * times or neither. Compiled once; asking costs a division and a short search.
 */
import { LockstepError } from "./errors.ts";
import type { Instant } from "./instant.ts";
import { weekdayOf } from "./period.ts";
import { DAY_MS, MINUTE_MS, zoneOf } from "./time-zone.ts";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** As in the rules' JSON. */
export type WindowsSpec = {
  readonly timeZone: string;
  readonly weekdays: Readonly<Partial<Record<Weekday, readonly string[]>>>;
};

export type WeeklyWindows = {
  contains(at: Instant): boolean;
  /** The weekday and time on the windows' wall clock, for the record: "mon 07:30". */
  localWords(at: Instant): string;
};

type Range = { readonly from: number; readonly to: number };

const WEEK_MS = 7 * DAY_MS;
const RANGE = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/;

/** BAD_INPUT for an unknown zone or a range that is none. */
export function compileWindows(spec: WindowsSpec): WeeklyWindows {
  const zone = zoneOf(spec.timeZone);
  const ranges = merged(WEEKDAYS.flatMap((name, day) => rangesOf(name, day, spec)));
  const weekMs = (at: Instant): number => {
    const local = zone.localOf(at);
    const day = Math.floor(local / DAY_MS);
    return weekdayOf(day) * DAY_MS + (local - day * DAY_MS);
  };
  return {
    contains(at) {
      const time = weekMs(at);
      return ranges.some(({ from, to }) => time >= from && time < to);
    },
    localWords(at) {
      const time = weekMs(at);
      const minutes = Math.floor((time % DAY_MS) / MINUTE_MS);
      const two = (value: number): string => String(value).padStart(2, "0");
      const day = WEEKDAYS[Math.floor(time / DAY_MS)];
      return `${day} ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
    },
  };
}

/** Milliseconds of the day, `to` up to two days where the range passes midnight; null: no range. */
export function parseTimeRange(text: string): Range | null {
  const match = RANGE.exec(text);
  if (match === null) return null;
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = match.slice(1).map(Number);
  const from = (fromHour * 60 + fromMinute) * MINUTE_MS;
  const to = (toHour * 60 + toMinute) * MINUTE_MS;
  // "24:30" is no time, and "07:00-07:00" could mean nothing or the whole day.
  if (to > DAY_MS || from === to) return null;
  return { from, to: to > from ? to : to + DAY_MS };
}

function rangesOf(name: Weekday, day: number, spec: WindowsSpec): Range[] {
  return (spec.weekdays[name] ?? []).flatMap((text) => {
    const range = parseTimeRange(text);
    if (range === null) {
      const expected = 'hours such as "07:00-21:00", or "22:00-02:00" into the next day';
      throw new LockstepError("BAD_INPUT", { weekday: name, found: text.slice(0, 32), expected });
    }
    const [from, to] = [day * DAY_MS + range.from, day * DAY_MS + range.to];
    if (to <= WEEK_MS) return [{ from, to }];
    return [
      { from, to: WEEK_MS },
      { from: 0, to: to - WEEK_MS },
    ];
  });
}

function merged(ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last === undefined || range.from > last.to) result.push(range);
    else result[result.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
  }
  return result;
}
