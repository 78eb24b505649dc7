import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatInstant } from "./instant.ts";
import { PERIODS, parseTimeOfDay, periodAt } from "./period.ts";
import { DAY_MS, isZoneName, MINUTE_MS, zoneOf } from "./time-zone.ts";

const iso = (text: string): number => Date.parse(text);
const ZONES = [
  "UTC",
  "Europe/London",
  "Europe/Athens",
  "America/New_York",
  "America/Havana",
  "America/Sao_Paulo",
  "Australia/Lord_Howe",
  "Africa/Casablanca",
  "Asia/Kathmandu",
  "Asia/Beirut",
  "Pacific/Chatham",
  "Pacific/Apia",
];

/** The slow independent way: the text that Intl makes of an instant, "2025-03-09 03:30:00". */
const formats = new Map<string, Intl.DateTimeFormat>();
function shown(zone: string, at: number): string {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  formats.set(zone, format);
  return format.format(at);
}
const written = (local: number): string => formatInstant(local).slice(0, 19).replace("T", " ");

const anyZone = fc.constantFrom(...ZONES);
const anyInstant = fc.integer({ min: iso("2008-01-01Z"), max: iso("2032-01-01Z") });

describe("what a wall clock says becomes an instant", () => {
  test.each([
    ["America/New_York", "2025-03-08T02:30", "2025-03-08T07:30:00.000Z"],
    ["America/New_York", "2025-03-09T02:30", "2025-03-09T07:30:00.000Z"], // skipped: 03:30 is shown
    ["America/New_York", "2025-11-02T01:30", "2025-11-02T05:30:00.000Z"], // comes twice: the first
    ["America/New_York", "2025-11-02T02:00", "2025-11-02T07:00:00.000Z"],
    ["Europe/London", "2025-03-30T01:30", "2025-03-30T01:30:00.000Z"],
    ["Europe/Athens", "2025-10-26T03:30", "2025-10-26T00:30:00.000Z"],
    ["America/Havana", "2025-03-09T00:00", "2025-03-09T05:00:00.000Z"], // midnight is skipped
    ["America/Havana", "2025-11-02T00:00", "2025-11-02T04:00:00.000Z"], // midnight comes twice
    ["Asia/Beirut", "2025-03-30T00:30", "2025-03-29T22:30:00.000Z"],
    ["America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00:00.000Z"],
    ["Australia/Lord_Howe", "2025-04-06T01:45", "2025-04-05T14:45:00.000Z"], // half an hour twice
    ["Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00:00.000Z"], // a whole day is skipped
    ["Asia/Kathmandu", "2025-01-01T00:00", "2024-12-31T18:15:00.000Z"],
  ])("%s %s is %s", (zone, local, at) => {
    expect(formatInstant(zoneOf(zone).instantOf(iso(`${local}Z`)))).toBe(at);
  });
});

test("the wall clock shows what Intl shows, to the second around every change", () => {
  fc.assert(
    fc.property(anyZone, anyInstant, (zone, at) => {
      expect(written(zoneOf(zone).localOf(at))).toBe(shown(zone, at));
    }),
    { numRuns: 1_000 },
  );
  for (const zone of ZONES) {
    for (let hour = iso("2025-01-01Z"); hour < iso("2026-01-01Z"); hour += 60 * MINUTE_MS) {
      if (zoneOf(zone).offsetMs(hour) === zoneOf(zone).offsetMs(hour + 60 * MINUTE_MS)) continue;
      for (let second = 0; second < 3_600; second += 1) {
        const at = hour + second * 1_000;
        expect(written(zoneOf(zone).localOf(at))).toBe(shown(zone, at));
      }
    }
  }
});

test("there and back is the same instant, or the first of two", () => {
  fc.assert(
    fc.property(anyZone, anyInstant, (name, at) => {
      const zone = zoneOf(name);
      const back = zone.instantOf(zone.localOf(at));
      if (back === at) return;
      expect(back).toBeLessThan(at);
      expect(zone.localOf(back)).toBe(zone.localOf(at));
    }),
    { numRuns: 1_000 },
  );
});

test("periods tile time, and each instant lies in its own", () => {
  const minutes = fc.integer({ min: 0, max: 24 * 60 - 1 });
  const kinds = fc.constantFrom(...PERIODS);
  fc.assert(
    fc.property(anyZone, anyInstant, minutes, kinds, (zone, at, minute, kind) => {
      const reset = { zone: zoneOf(zone), resetMs: minute * MINUTE_MS };
      const { from, to } = periodAt(kind, reset, at);
      expect(from <= at && at < to).toBe(true);
      expect(periodAt(kind, reset, from)).toEqual({ from, to });
      expect(periodAt(kind, reset, to).from).toBe(to);
      expect(periodAt(kind, reset, from - 1).to).toBe(from);
    }),
    { numRuns: 1_000 },
  );
});

test("a day begins when the wall clock first shows the reset time", () => {
  const minutes = fc.integer({ min: 0, max: 24 * 60 - 1 });
  const near = fc.constantFrom("2025-03-09Z", "2025-03-30Z", "2025-10-26Z", "2025-11-02Z");
  const hours = fc.integer({ min: -30 * 60, max: 30 * 60 });
  fc.assert(
    fc.property(anyZone, near, hours, minutes, (name, day, shift, minute) => {
      const at = iso(day) + shift * MINUTE_MS;
      const { from } = periodAt("day", { zone: zoneOf(name), resetMs: minute * MINUTE_MS }, at);
      expect(from).toBe(dayStartByScan(name, at, minute));
    }),
    { numRuns: 150 },
  );
});

/** Walks back minute by minute to where the reset time is first shown, or was jumped over. */
function dayStartByScan(zone: string, at: number, minute: number): number {
  const shownMinute = (instant: number): number => {
    const [hour = 0, min = 0] = shown(zone, instant).slice(11, 16).split(":").map(Number);
    return hour * 60 + min;
  };
  const start = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  for (let now = start; ; now -= MINUTE_MS) {
    const time = shownMinute(now);
    if (time === minute && !cameBefore(now)) return now;
    // Over midnight too: 23:59 is followed by 01:00 in Beirut. A step back is far from three hours.
    const jumped = (time - shownMinute(now - MINUTE_MS) + 1_440) % 1_440;
    // Jumped over: the offset before the gap counts, which is as long after the jump as the
    // skipped time lay after the gap's beginning.
    if (jumped > 1 && jumped <= 180 && minute < time && minute > time - jumped) {
      const effective = now + (minute - (time - jumped + 1)) * MINUTE_MS;
      if (effective <= at) return effective;
    }
  }
  function cameBefore(now: number): boolean {
    const text = shown(zone, now);
    return [30, 60].some((back) => shown(zone, now - back * MINUTE_MS) === text);
  }
}

describe("the limits of a day on the days on which clocks change", () => {
  test.each([
    ["Europe/Athens", "00:00", "2025-03-30T12:00Z", "2025-03-29T22:00Z", "2025-03-30T21:00Z", 23],
    ["Europe/Athens", "00:00", "2025-10-26T12:00Z", "2025-10-25T21:00Z", "2025-10-26T22:00Z", 25],
    [
      "America/New_York",
      "17:00",
      "2025-03-09T12:00Z",
      "2025-03-08T22:00Z",
      "2025-03-09T21:00Z",
      23,
    ],
    [
      "America/New_York",
      "02:30",
      "2025-03-09T07:29Z",
      "2025-03-08T07:30Z",
      "2025-03-09T07:30Z",
      24,
    ],
    [
      "America/New_York",
      "02:30",
      "2025-03-09T07:30Z",
      "2025-03-09T07:30Z",
      "2025-03-10T06:30Z",
      23,
    ],
    // 01:30 comes twice: the second pass already belongs to the new day.
    [
      "America/New_York",
      "01:30",
      "2025-11-02T06:10Z",
      "2025-11-02T05:30Z",
      "2025-11-03T06:30Z",
      25,
    ],
  ])("%s from %s, at %s", (...[zone, reset, at, from, to, hours]) => {
    const day = { zone: zoneOf(zone), resetMs: parseTimeOfDay(reset) ?? -1 };
    const found = periodAt("day", day, iso(at));
    expect([found.from, found.to]).toEqual([iso(from), iso(to)]);
    expect((found.to - found.from) / 3_600_000).toBe(hours);
  });

  test.each([
    ["week", "2025-03-30T21:30Z", "2025-03-30T21:00Z", "2025-04-06T21:00Z"],
    ["month", "2025-03-31T20:59Z", "2025-02-28T22:00Z", "2025-03-31T21:00Z"],
    ["quarter", "2025-03-31T21:00Z", "2025-03-31T21:00Z", "2025-06-30T21:00Z"],
    ["year", "2024-12-31T22:00Z", "2024-12-31T22:00Z", "2025-12-31T22:00Z"],
  ] as const)("the %s of Athens at %s", (kind, at, from, to) => {
    const reset = { zone: zoneOf("Europe/Athens"), resetMs: 0 };
    expect(periodAt(kind, reset, iso(at))).toEqual({ from: iso(from), to: iso(to) });
  });
});

test("names that are no zone are refused with an example", () => {
  for (const name of ["", "Mars/Olympus", "+02:00", "Europe/London\n", "x".repeat(100)]) {
    expect(isZoneName(name)).toBe(false);
    expect(() => zoneOf(name)).toThrow(expect.objectContaining({ code: "BAD_INPUT" }));
  }
  expect(isZoneName("Europe/London")).toBe(true);
});

test("a million questions cost far less than asking Intl would", () => {
  const zone = zoneOf("America/New_York");
  const start = performance.now();
  let sum = 0;
  for (let index = 0; index < 1_000_000; index += 1) {
    sum += zone.offsetMs(iso("2025-03-09Z") + (index % 50) * (DAY_MS / 24));
  }
  expect(sum).toBeLessThan(0);
  // Measured at 0.05 s; Intl itself takes more than a second.
  expect(performance.now() - start).toBeLessThan(1_000);
});
