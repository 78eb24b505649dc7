import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../domain/input-fault.ts";
import { formatInstant } from "../domain/instant.ts";
import type { CalendarDefaults, CalendarEvent } from "./event.ts";
import { parseCalendar } from "./parse.ts";

const NONE: CalendarDefaults = { timeZone: null, currency: null, impact: null };

/** A calendar around the lines of its events; lines end as the standard says. */
function calendar(...events: readonly (readonly string[])[]): string {
  const inner = events.flatMap((lines) => ["BEGIN:VEVENT", ...lines, "END:VEVENT"]);
  return [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "BEGIN:VTIMEZONE",
    "TZID:America/New_York",
    "BEGIN:STANDARD",
    "DTSTART:20071104T020000",
    "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
    "TZOFFSETFROM:-0400",
    "TZOFFSETTO:-0500",
    "END:STANDARD",
    "END:VTIMEZONE",
    ...inner,
    "END:VCALENDAR",
    "",
  ].join("\r\n");
}
const parse = (text: string, defaults = NONE): readonly CalendarEvent[] =>
  parseCalendar("week.ics", text, defaults);
const one = (lines: readonly string[], defaults = NONE): CalendarEvent | undefined =>
  parse(calendar(lines), defaults)[0];
const faultsOf = (text: string, defaults = NONE) => {
  try {
    parse(text, defaults);
  } catch (error) {
    if (error instanceof InputError) return error.faults;
    throw error;
  }
  throw new Error("it was accepted");
};

const NFP = ["DTSTART:20250307T133000Z", "SUMMARY:Non-Farm Payrolls", "CATEGORIES:USD,High"];

describe("when", () => {
  test.each([
    ["DTSTART:20250307T133000Z", null, "2025-03-07T13:30:00.000Z", 0],
    ["DTSTART;TZID=America/New_York:20250307T083000", null, "2025-03-07T13:30:00.000Z", 0],
    ['DTSTART;TZID="America/New_York":20250707T083000', null, "2025-07-07T12:30:00.000Z", 0],
    ["DTSTART;TZID=America/New_York:20250309T023000", null, "2025-03-09T07:30:00.000Z", 0],
    ["DTSTART;TZID=America/New_York:20251102T013000", null, "2025-11-02T05:30:00.000Z", 0],
    ["DTSTART:20250307T083000", "America/New_York", "2025-03-07T13:30:00.000Z", 0],
    [
      "DTSTART;VALUE=DATE:20250330",
      "Europe/London",
      "2025-03-30T00:00:00.000Z",
      23 * 3_600_000 - 1,
    ],
    ["dtstart;value=date:20251225", "UTC", "2025-12-25T00:00:00.000Z", 86_399_999],
  ])("%s", (start, timeZone, at, lastsMs) => {
    const event = one([start, ...NFP.slice(1)], { ...NONE, timeZone });
    expect([formatInstant(event?.at ?? 0), (event?.until ?? 0) - (event?.at ?? 0)]).toEqual([
      at,
      lastsMs,
    ]);
  });

  test("only whole days last: to the day before DTEND", () => {
    const days = ["DTSTART;VALUE=DATE:20251224", "DTEND;VALUE=DATE:20251227", ...NFP.slice(1)];
    const event = one(days, { ...NONE, timeZone: "UTC" });
    expect(formatInstant(event?.until ?? 0)).toBe("2025-12-26T23:59:59.999Z");
    const release = one([...NFP, "DTEND:20250307T143000Z"]);
    expect(release?.until).toBe(release?.at);
  });
});

describe("currency and impact", () => {
  test.each([
    [["CATEGORIES:USD,High"], "USD high"],
    [["CATEGORIES:Economy", "CATEGORIES:medium,EUR"], "EUR medium"],
    [["X-CURRENCY:gbp", "X-IMPACT:Low", "CATEGORIES:USD,High"], "GBP low"],
    [["SUMMARY:JPY: BoJ rate", "PRIORITY:1"], "JPY high"],
    [["SUMMARY:[CHF] - CPI", "PRIORITY:5"], "CHF medium"],
    [["SUMMARY:CAD - Jobs", "PRIORITY:9"], "CAD low"],
    [["SUMMARY:Fed speech"], "USD holiday"],
    [["SUMMARY:GDP growth", "PRIORITY:0"], "USD holiday"],
  ])("%j is %s", (lines, expected) => {
    const summary = lines.some((line) => line.startsWith("SUMMARY")) ? [] : ["SUMMARY:x"];
    const defaults: CalendarDefaults = { timeZone: null, currency: "USD", impact: "holiday" };
    const event = one(["DTSTART:20250307T133000Z", ...summary, ...lines], defaults);
    expect(`${event?.currency} ${event?.impact}`).toBe(expected);
  });
});

test("escapes are undone, and what an event contains is not its own", () => {
  const alarm = ["BEGIN:VALARM", "SUMMARY:alarm", "DTSTART:x", "RRULE:x", "END:VALARM"];
  const event = one([...alarm, NFP[0] ?? "", "SUMMARY:CPI\\, core\\; y/y\\nfinal", NFP[2] ?? ""]);
  expect(event?.title).toBe("CPI, core; y/y final");
});

test("a cancelled event is left out", () => {
  const cancelled = [...NFP, "STATUS:CANCELLED", "RRULE:FREQ=DAILY"];
  expect(parse(calendar(NFP, cancelled))).toHaveLength(1);
});

test("folds anywhere, with any line ending, and reads the same", () => {
  const whole = calendar(NFP, [
    ...NFP.slice(0, 1),
    `SUMMARY:USD: ${"long ".repeat(30)}`,
    "PRIORITY:2",
  ]);
  const cuts = fc.array(fc.nat(whole.length), { maxLength: 30 });
  fc.assert(
    fc.property(cuts, fc.constantFrom("\r\n ", "\r\n\t", "\n "), (places, fold) => {
      let text = whole;
      for (const place of [...new Set(places)].sort((a, b) => b - a)) {
        // Not between CR and LF, nor at the beginning of a line.
        if (/[\r\n]/.test(text.slice(place - 1, place + 1)) || place === 0) continue;
        text = text.slice(0, place) + fold + text.slice(place);
      }
      fc.pre(/^BEGIN:VCALENDAR\s/.test(text));
      expect(parse(text)).toEqual(parse(whole));
    }),
  );
});

describe("refuses, with line and what is expected", () => {
  const at = (...lines: readonly string[]) => faultsOf(calendar(lines));
  test.each([
    [["SUMMARY:x", NFP[0] ?? "", NFP[2] ?? "", "RRULE:FREQ=MONTHLY"], 16, "the event repeats"],
    [["SUMMARY:x", NFP[2] ?? ""], 12, "the event has no DTSTART"],
    [["DTSTART:20250307T133000", ...NFP.slice(1)], 13, "the time names no time zone"],
    [["DTSTART;VALUE=DATE:20250307", ...NFP.slice(1)], 13, "the time names no time zone"],
    [
      ["DTSTART;TZID=Eastern Standard Time:20250307T083000", ...NFP.slice(1)],
      13,
      "the time zone is unknown",
    ],
    [["DTSTART:20250230T133000Z", ...NFP.slice(1)], 13, "there is no such time"],
    [["DTSTART:tomorrow", ...NFP.slice(1)], 13, "the time cannot be read"],
    [[NFP[0] ?? "", "SUMMARY:x", "PRIORITY:1"], 12, "the event has no currency"],
    [[NFP[0] ?? "", "SUMMARY:USD: x"], 12, "the event has no impact"],
    [[NFP[0] ?? "", "CATEGORIES:USD,High"], 12, "the event has no summary"],
    [[...NFP, "X-IMPACT:red"], 16, "the impact is unknown"],
    [[...NFP, "X-CURRENCY:dollar"], 16, "the currency is unknown"],
    [[...NFP, "no colon here"], 16, "the line is none of iCalendar"],
  ])("%j", (lines, line, wrong) => {
    expect(at(...lines)).toMatchObject([{ file: "week.ics", line, wrong }]);
    expect(at(...lines)[0]?.expected).not.toBe("");
  });

  test("parts that do not close", () => {
    const text = calendar(NFP);
    expect(faultsOf(text.replace("END:VEVENT\r\n", ""))).toMatchObject([
      { wrong: "the parts of the calendar do not close", expected: "END:VEVENT" },
    ]);
    expect(faultsOf(text.replace("END:VCALENDAR", ""))).toMatchObject([
      { wrong: "the calendar ends too early", line: 1 },
    ]);
    expect(faultsOf(calendar())).toMatchObject([{ wrong: "the calendar is empty" }]);
  });
});
