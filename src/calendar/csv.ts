/**
 * An economic calendar as CSV: `time,currency,impact,title`, in any order. A time is RFC 3339
 * ("2025-03-07T13:30:00Z", "…+02:00"), a local time of the zone named for the file
 * ("2025-03-07 08:30"), or a date alone for a whole day.
 * Invariant: all rows are read, or none: every bad one is told with its line.
 */
import { type InputFault, quoted, refuseFaults } from "../domain/input-fault.ts";
import { DAY_MS, MINUTE_MS, type TimeZone, zoneOf } from "../domain/time-zone.ts";
import { readTable } from "../platform/csv-table.ts";
import {
  type CalendarDefaults,
  type CalendarEvent,
  CURRENCY_EXPECTED,
  IMPACT_EXPECTED,
  readCurrency,
  readImpact,
  titleOf,
} from "./event.ts";
import { type BadTime, daysIn, localTime, momentIn, NO_ZONE, type Span } from "./time.ts";

export const CALENDAR_COLUMNS = ["time", "currency", "impact", "title"] as const;

const TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.0+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;
const BAD_TIME: BadTime = {
  wrong: "the time cannot be read",
  expected: "2025-03-07T13:30:00Z, 2025-03-07 13:30 or 2025-03-07",
};

/** BAD_INPUT with every fault of the file. */
export function parseCalendarCsv(
  file: string,
  text: string,
  defaults: CalendarDefaults,
): CalendarEvent[] {
  const table = readTable(file, text, CALENDAR_COLUMNS);
  const zone = defaults.timeZone === null ? null : zoneOf(defaults.timeZone);
  const faults: InputFault[] = [...table.faults];
  const events = table.rows.flatMap(({ line, cells }): CalendarEvent[] => {
    const refuse = (wrong: string, found: string, expected: string): void => {
      faults.push({ file, line, wrong, found: quoted(found), expected });
    };
    const span = readTime(cells.time, zone);
    if ("wrong" in span) refuse(span.wrong, cells.time, span.expected);
    const currency = cells.currency === "" ? defaults.currency : readCurrency(cells.currency);
    if (currency === null) refuse("the currency is unknown", cells.currency, CURRENCY_EXPECTED);
    const impact = cells.impact === "" ? defaults.impact : readImpact(cells.impact);
    if (impact === null) refuse("the impact is unknown", cells.impact, IMPACT_EXPECTED);
    if (cells.title === "") refuse("the title is missing", "", "what is released");
    if ("wrong" in span || currency === null || impact === null) return [];
    return [{ ...span, currency, impact, title: titleOf(cells.title) }];
  });
  refuseFaults(faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)));
  return events;
}

function readTime(text: string, zone: TimeZone | null): Span | BadTime {
  const match = TIME.exec(text);
  if (match === null) return BAD_TIME;
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const date = [year ?? 0, month ?? 0, day ?? 0];
  const local = localTime(date, [hour ?? 0, minute ?? 0, second ?? 0]);
  if (local === null) return { ...BAD_TIME, wrong: "there is no such time" };
  const offset = match[7];
  if (offset !== undefined) {
    const at = local - offsetMs(offset);
    return { at, until: at };
  }
  if (zone === null) return NO_ZONE;
  return match[4] === undefined ? daysIn(zone, local, local + DAY_MS) : momentIn(zone, local);
}

/** Of "Z" or "+02:00". */
function offsetMs(text: string): number {
  if (text === "Z") return 0;
  const [hours = 0, minutes = 0] = text.slice(1).split(":").map(Number);
  return (text.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * MINUTE_MS;
}
