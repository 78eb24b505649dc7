import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MINUTE_MS } from "./time-zone.ts";
import { compileWindows, parseTimeRange, WEEKDAYS } from "./weekly-windows.ts";

const iso = (text: string): number => Date.parse(text);

describe("London's trading hours", () => {
  const windows = compileWindows({
    timeZone: "Europe/London",
    weekdays: { mon: ["07:00-12:00", "11:00-21:00"], fri: ["22:00-02:00"], sun: ["23:00-24:00"] },
  });
  test.each([
    ["2025-01-06T06:59:59.999Z", false],
    ["2025-01-06T07:00Z", true],
    ["2025-01-06T20:59:59.999Z", true],
    ["2025-01-06T21:00Z", false],
    ["2025-07-07T06:00Z", true], // 07:00 in summer
    ["2025-07-07T20:00Z", false],
    ["2025-01-07T12:00Z", false], // Tuesday is not named
    ["2025-01-10T22:00Z", true],
    ["2025-01-11T01:59Z", true],
    ["2025-01-11T02:00Z", false],
    ["2025-01-12T23:59Z", true],
    ["2025-01-13T00:00Z", false],
  ])("%s: %s", (at, inside) => expect(windows.contains(iso(at))).toBe(inside));

  test("tells the local time", () => {
    expect(windows.localWords(iso("2025-07-07T06:05Z"))).toBe("mon 07:05");
  });
});

test("a Sunday range runs into Monday, over the end of the week", () => {
  const windows = compileWindows({ timeZone: "UTC", weekdays: { sun: ["22:00-03:00"] } });
  expect(windows.contains(iso("2025-01-13T02:59Z"))).toBe(true);
  expect(windows.contains(iso("2025-01-13T03:00Z"))).toBe(false);
});

test("an hour that comes twice is inside twice; one that is skipped is missed", () => {
  const windows = compileWindows({
    timeZone: "America/New_York",
    weekdays: { sun: ["01:00-02:00", "02:10-02:50"] },
  });
  const hours = ["05:30Z", "06:30Z", "07:05Z"].map((time) => iso(`2025-11-02T${time}`));
  expect(hours.map((at) => windows.contains(at))).toEqual([true, true, false]);
  for (let at = iso("2025-03-09T07:00Z"); at < iso("2025-03-09T12:00Z"); at += MINUTE_MS) {
    expect(windows.contains(at)).toBe(false);
  }
});

test("says the same as Intl and a comparison of texts", () => {
  const zones = ["Europe/Athens", "Pacific/Chatham", "America/Havana"] as const;
  const time = fc.integer({ min: 0, max: 1_439 }).map((minute) => {
    const two = (value: number): string => String(value).padStart(2, "0");
    return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
  });
  const at = fc.integer({ min: iso("2024-01-01Z"), max: iso("2027-01-01Z") });
  const weekday = fc.constantFrom(...WEEKDAYS);
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      weekday,
      fc.tuple(time, time),
      at,
      (timeZone, day, [from, to], t) => {
        fc.pre(from !== to);
        const windows = compileWindows({ timeZone, weekdays: { [day]: [`${from}-${to}`] } });
        const text = new Intl.DateTimeFormat("en-GB", {
          timeZone,
          weekday: "short",
          hour: "2-digit",
          minute: "2-digit",
          hourCycle: "h23",
        }).format(t);
        const [shownDay = "", shownTime = ""] = text.toLowerCase().split(" ");
        const next = WEEKDAYS[(WEEKDAYS.indexOf(day) + 1) % 7];
        const over = to < from;
        const expected =
          (shownDay === day && shownTime >= from && (over || shownTime < to)) ||
          (over && shownDay === next && shownTime < to);
        expect(windows.contains(t)).toBe(expected);
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  "",
  "7:00-21:00",
  "07:00",
  "07:00-07:00",
  "07:00-24:30",
  "25:00-26:00",
  "07:00 - 21:00",
])("%j is no range of hours", (text) => {
  expect(parseTimeRange(text)).toBe(null);
  expect(() => compileWindows({ timeZone: "UTC", weekdays: { mon: [text] } })).toThrow(
    expect.objectContaining({ code: "BAD_INPUT" }),
  );
});
