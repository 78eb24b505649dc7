/**
 * Named time zones, by what Intl knows of them. A wall clock is written as `local` milliseconds:
 * what UTC would be if that clock were UTC, so that local days and hours are plain divisions.
 * Invariants: localOf(at) is what the clocks there show; instantOf(localOf(at)) = at, but for the
 * second pass of a repeated hour; a local time that is skipped counts by the offset before the
 * gap, and of one that comes twice the first is meant (as in RFC 5545).
 */
import { LockstepError } from "./errors.ts";
import type { Instant } from "./instant.ts";

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** No zone is further from UTC than this, and none changes its clocks twice in as much time. */
const OFFSET_MAX_MS = 15 * 60 * MINUTE_MS;
/** Days of a zone kept in memory; a hub looks at today, a replay at some weeks. */
const DAYS_MAX = 4_096;
/** Intl knows about 600 names. */
const ZONES_MAX = 1_000;

/** Offsets within one UTC day: `before` the change, if there is one, and `after` it. */
type DayOffsets = { readonly changeAt: Instant; readonly before: number; readonly after: number };

export class TimeZone {
  /** As IANA writes it, such as "Europe/London". */
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #days = new Map<number, DayOffsets>();
  #day = Number.NaN;
  #offsets: DayOffsets = { changeAt: 0, before: 0, after: 0 };

  /** For zoneOf alone: a zone is dear to make. */
  constructor(format: Intl.DateTimeFormat) {
    this.name = format.resolvedOptions().timeZone;
    this.#format = format;
  }

  /** Local time less UTC, in milliseconds: +3,600,000 in Berlin's winter. */
  offsetMs(at: Instant): number {
    const day = Math.floor(at / DAY_MS);
    if (day !== this.#day) {
      this.#offsets = this.#offsetsOf(day);
      this.#day = day;
    }
    const { changeAt, before, after } = this.#offsets;
    return at < changeAt ? before : after;
  }

  localOf(at: Instant): number {
    return at + this.offsetMs(at);
  }

  instantOf(local: number): Instant {
    const before = this.offsetMs(local - OFFSET_MAX_MS);
    const first = local - before;
    // Either the old offset still holds then, or the time is skipped unless the new one fits.
    if (this.offsetMs(first) === before) return first;
    const after = this.offsetMs(local + OFFSET_MAX_MS);
    return this.offsetMs(local - after) === after ? local - after : first;
  }

  #offsetsOf(day: number): DayOffsets {
    const known = this.#days.get(day);
    if (known !== undefined) return known;
    if (this.#days.size >= DAYS_MAX) this.#days.clear();
    const found = this.#readDay(day * DAY_MS);
    this.#days.set(day, found);
    return found;
  }

  /** Asks Intl at both ends of the day, and halves the day only where they differ. */
  #readDay(start: Instant): DayOffsets {
    const before = this.#ask(start);
    const after = this.#ask(start + DAY_MS);
    if (before === after) return { changeAt: start, before, after };
    let [low, high] = [start, start + DAY_MS];
    while (high - low > SECOND_MS) {
      const middle = low + Math.floor((high - low) / SECOND_MS / 2) * SECOND_MS;
      if (this.#ask(middle) === before) low = middle;
      else high = middle;
    }
    return { changeAt: high, before, after };
  }

  #ask(at: Instant): number {
    const fields = this.#format.format(at).match(/\d+/g) ?? [];
    const [month = 1, day = 1, year = 1970, hour = 0, minute = 0, second = 0] = fields.map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second) - at;
  }
}

const zones = new Map<string, TimeZone>();

/** The zone of an IANA name; BAD_INPUT for any other text. */
export function zoneOf(name: string): TimeZone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = findZone(name);
  if (zone === null) {
    throw new LockstepError("BAD_INPUT", {
      timeZone: name.slice(0, 64),
      expected: 'the name of a time zone, such as "Europe/London" or "UTC"',
    });
  }
  if (zones.size >= ZONES_MAX) zones.clear();
  zones.set(name, zone);
  return zone;
}

/** For checking settings: whether `zoneOf` knows the name. */
export function isZoneName(name: string): boolean {
  return zones.has(name) || findZone(name) !== null;
}

function findZone(name: string): TimeZone | null {
  // An offset such as "+02:00" is no zone: it knows no daylight saving and would be wrong half a year.
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/.test(name)) return null;
  try {
    const numeric = { month: "numeric", day: "numeric", year: "numeric" } as const;
    const time = { hour: "numeric", minute: "numeric", second: "numeric" } as const;
    const options = { timeZone: name, hourCycle: "h23", ...numeric, ...time } as const;
    return new TimeZone(new Intl.DateTimeFormat("en-US", options));
  } catch {
    return null;
  }
}
