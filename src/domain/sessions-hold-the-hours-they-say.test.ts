import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isInSession, type Sessions } from "./sessions.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const none: Sessions["days"][number] = [];
const whole = [{ fromMs: 0, toMs: DAY }];
/** Sunday evening to Friday evening, with a break before each midnight. */
const trading = [{ fromMs: 0, toMs: 23 * HOUR }];
const days = [
  [{ fromMs: 22 * HOUR, toMs: DAY }],
  trading,
  trading,
  trading,
  trading,
  [{ fromMs: 0, toMs: 21 * HOUR }],
  none,
];
const at = (text: string, aheadMs = 0): boolean => isInSession({ aheadMs, days }, Date.parse(text));

describe("a week of hours", () => {
  test.each([
    ["Saturday", "2026-01-03T12:00Z", false],
    ["Sunday before it opens", "2026-01-04T21:59:59.999Z", false],
    ["Sunday when it opens", "2026-01-04T22:00Z", true],
    ["over midnight", "2026-01-05T00:00Z", true],
    ["the last moment of a day", "2026-01-05T22:59:59.999Z", true],
    ["the break", "2026-01-05T23:00Z", false],
    ["Friday when it closes", "2026-01-09T21:00Z", false],
  ])("%s", (_, text, open) => {
    expect(at(text)).toBe(open);
  });
});

test("the broker's clock is ahead of UTC, or behind it", () => {
  expect(at("2026-01-04T20:00Z", 2 * HOUR)).toBe(true);
  expect(at("2026-01-04T22:00Z", -5 * HOUR)).toBe(false);
  expect(at("2026-01-10T00:30Z", -4 * HOUR)).toBe(true);
});

test("before 1970 a weekday is a weekday", () => {
  // 28 December 1969 was a Sunday.
  expect(
    isInSession({ aheadMs: 0, days: [whole, none, none, none, none, none, none] }, -4 * DAY),
  ).toBe(true);
  expect(
    isInSession({ aheadMs: 0, days: [whole, none, none, none, none, none, none] }, -3 * DAY),
  ).toBe(false);
});

test("a day that is missing has no hours", () => {
  expect(isInSession({ aheadMs: 0, days: [] }, 0)).toBe(false);
});

test("every week is the same", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 7 * DAY - 1 }),
      fc.integer({ min: -500, max: 500 }),
      (time, weeks) => {
        const sessions = { aheadMs: 0, days };
        expect(isInSession(sessions, time + weeks * 7 * DAY)).toBe(isInSession(sessions, time));
      },
    ),
  );
});
