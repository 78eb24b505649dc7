import { describe, expect, test } from "vitest";
import { InputError } from "../domain/input-fault.ts";
import { formatInstant } from "../domain/instant.ts";
import type { CalendarDefaults, CalendarEvent } from "./event.ts";
import { parseCalendar } from "./parse.ts";

const NONE: CalendarDefaults = { timeZone: null, currency: null, impact: null };
const HEAD = "time,currency,impact,title\n";

const parse = (rows: string, defaults = NONE): readonly CalendarEvent[] =>
  parseCalendar("week.csv", HEAD + rows, defaults);
const faultsOf = (text: string, defaults = NONE) => {
  try {
    parseCalendar("week.csv", text, defaults);
  } catch (error) {
    if (error instanceof InputError) return error.faults;
    throw error;
  }
  throw new Error("it was accepted");
};

test("times in UTC, with an offset and of the file's zone; whole days; by beginning", () => {
  const rows = [
    "2025-03-09 02:30,usd,High,Skipped by the clocks",
    "2025-03-07T13:30:00Z,USD,high,Non-Farm Payrolls",
    '2025-03-07T14:00:00+02:00,EUR,medium,"GDP, second estimate"',
    "2025-11-02 01:30,USD,low,Comes twice",
    "2025-07-04,USD,holiday,Independence Day",
    "2025-03-07T13:30Z,ALL,high,OPEC",
  ];
  const events = parse(rows.join("\n"), { ...NONE, timeZone: "America/New_York" });
  expect(
    events.map(({ at, until, currency, impact, title }) => [
      formatInstant(at),
      until - at,
      `${currency} ${impact} ${title}`,
    ]),
  ).toEqual([
    ["2025-03-07T12:00:00.000Z", 0, "EUR medium GDP, second estimate"],
    ["2025-03-07T13:30:00.000Z", 0, "USD high Non-Farm Payrolls"],
    ["2025-03-07T13:30:00.000Z", 0, "ALL high OPEC"],
    ["2025-03-09T07:30:00.000Z", 0, "USD high Skipped by the clocks"],
    ["2025-07-04T04:00:00.000Z", 86_399_999, "USD holiday Independence Day"],
    ["2025-11-02T05:30:00.000Z", 0, "USD low Comes twice"],
  ]);
});

test("a cell that is blank takes what was said for the whole file", () => {
  const [event] = parse("2025-03-07T13:30Z,,,CPI", { ...NONE, currency: "USD", impact: "low" });
  expect(event).toMatchObject({ currency: "USD", impact: "low" });
});

test("a title is one line of bounded length", () => {
  const [event] = parse(`2025-03-07T13:30Z,USD,low,"A\u001b[31m\nB ${"x".repeat(300)}"`);
  expect(event?.title).toMatch(/^A \[31m B x+…$/);
  expect(event?.title).toHaveLength(200);
});

describe("tells line, what is wrong and what is expected", () => {
  test.each([
    ["07.03.2025 13:30,USD,high,CPI", "the time cannot be read", "2025-03-07T13:30:00Z"],
    ["2025-02-30T13:30Z,USD,high,CPI", "there is no such time", "2025-03-07"],
    ["2025-03-07T24:30Z,USD,high,CPI", "there is no such time", "2025-03-07"],
    ["2025-03-07 13:30,USD,high,CPI", "the time names no time zone", "--time-zone"],
    ["2025-03-07,USD,high,CPI", "the time names no time zone", "--time-zone"],
    ["2025-03-07T13:30Z,US,high,CPI", "the currency is unknown", "USD"],
    ["2025-03-07T13:30Z,,high,CPI", "the currency is unknown", "USD"],
    ["2025-03-07T13:30Z,USD,red,CPI", "the impact is unknown", "high, medium, low, holiday"],
    ["2025-03-07T13:30Z,USD,high,", "the title is missing", "what is released"],
    ["2025-03-07T13:30Z,USD,high", "the row has not the header's columns", "4 cells"],
  ])("%s", (row, wrong, expected) => {
    const faults = faultsOf(`${HEAD}2025-03-07T13:30Z,USD,high,Sound\n${row}\n`);
    expect(faults).toMatchObject([{ file: "week.csv", line: 3, wrong }]);
    expect(faults[0]?.expected).toContain(expected);
  });
});

test("tells every fault of a file at once, by line", () => {
  const faults = faultsOf(`${HEAD}x,US,red,\n\n2025-03-07T13:30Z,USD,high,ok\ny,USD,high,CPI\n`);
  expect(faults.map(({ line }) => line)).toEqual([2, 2, 2, 2, 5]);
});

test.each(["", HEAD, "time,currency,title\n2025-03-07,USD,x\n", "<html></html>"])(
  "refuses a file without events: %j",
  (text) => expect(faultsOf(text).length).toBeGreaterThan(0),
);
