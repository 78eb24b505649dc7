/**
 * An economic calendar as iCalendar (RFC 5545). iCalendar has no field for currency and impact, so
 * they are taken, in this order, from X-CURRENCY and X-IMPACT, from CATEGORIES ("USD,High"), from a
 * summary that begins with the currency ("USD: Non-Farm Payrolls"), from PRIORITY (1 to 4 high, 5
 * medium, 6 to 9 low), and from what was said for the whole file; else the event is refused.
 * Invariants: all events are read, or none; a cancelled one is left out; one that repeats is
 * refused, because a release that is missed is worse than a file that has to be exported again.
 */
import { type InputFault, quoted, refuseFaults } from "../domain/input-fault.ts";
import { type TimeZone, zoneOf } from "../domain/time-zone.ts";
import {
  type CalendarDefaults,
  type CalendarEvent,
  CURRENCY_EXPECTED,
  IMPACT_EXPECTED,
  type Impact,
  readCurrency,
  readImpact,
  titleOf,
} from "./event.ts";
import { type IcsEvent, icsEvents } from "./ics-components.ts";
import { type IcsLine, readIcsLines, splitTextList, unescapeText } from "./ics-lines.ts";
import { readIcsTime } from "./ics-time.ts";
import type { Span } from "./time.ts";

/** BAD_INPUT with every fault of the file. */
export function parseCalendarIcs(
  file: string,
  text: string,
  defaults: CalendarDefaults,
): CalendarEvent[] {
  const { lines, faults: lineFaults } = readIcsLines(file, text);
  const { events: found, faults: partFaults } = icsEvents(file, lines);
  const zone = defaults.timeZone === null ? null : zoneOf(defaults.timeZone);
  const faults: InputFault[] = [...lineFaults, ...partFaults];
  const events: CalendarEvent[] = [];
  for (const one of found) {
    const reader = new EventReader(file, one, defaults);
    const event = reader.read(zone);
    faults.push(...reader.faults);
    if (event !== null) events.push(event);
  }
  refuseFaults(faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)));
  return events;
}

const NO_CURRENCY = "X-CURRENCY:USD, CATEGORIES:USD,High, a summary like USD: CPI, or --currency";
const NO_IMPACT = "X-IMPACT:high, CATEGORIES:USD,High, a PRIORITY from 1 to 9, or --impact";

class EventReader {
  readonly faults: InputFault[] = [];
  private readonly file: string;
  private readonly event: IcsEvent;
  private readonly defaults: CalendarDefaults;

  constructor(file: string, event: IcsEvent, defaults: CalendarDefaults) {
    this.file = file;
    this.event = event;
    this.defaults = defaults;
  }

  /** null where it is cancelled, or has faults. */
  read(zone: TimeZone | null): CalendarEvent | null {
    if (this.first("STATUS")?.value.trim().toUpperCase() === "CANCELLED") return null;
    for (const repeat of [this.first("RRULE"), this.first("RDATE")]) {
      if (repeat === undefined) continue;
      this.refuse(repeat, "the event repeats", "each release as an event of its own");
    }
    const title = titleOf(this.summary());
    if (title === "") this.refuse(this.first("SUMMARY"), "the event has no summary", "its name");
    const currency = this.currency();
    const impact = this.impact();
    const span = this.span(zone);
    if (this.faults.length > 0 || currency === null || impact === null || span === null)
      return null;
    return { ...span, currency, impact, title };
  }

  private first(name: string): IcsLine | undefined {
    return this.event.fields.get(name)?.[0];
  }

  private refuse(at: IcsLine | undefined, wrong: string, expected: string): null {
    const line = at?.line ?? this.event.line;
    const found = at === undefined ? "nothing" : quoted(`${at.name}:${at.value}`);
    this.faults.push({ file: this.file, line, wrong, found, expected });
    return null;
  }

  private summary(): string {
    return unescapeText(this.first("SUMMARY")?.value ?? "");
  }

  private categories(): readonly string[] {
    const lines = this.event.fields.get("CATEGORIES") ?? [];
    return lines.flatMap(({ value }) => splitTextList(value));
  }

  private currency(): string | null {
    const own = this.first("X-CURRENCY");
    if (own !== undefined) {
      const read = readCurrency(own.value);
      return read ?? this.refuse(own, "the currency is unknown", CURRENCY_EXPECTED);
    }
    // Categories are words in any case; only three capitals are taken for a currency.
    const category = this.categories().find((word) => /^[A-Z]{3}$/.test(word));
    const lead = /^\W?([A-Z]{3})\]?(?::|\s+-)\s/.exec(this.summary())?.[1];
    const found = category ?? lead ?? this.defaults.currency;
    return found ?? this.refuse(undefined, "the event has no currency", NO_CURRENCY);
  }

  private impact(): Impact | null {
    const own = this.first("X-IMPACT");
    if (own !== undefined) {
      const read = readImpact(own.value);
      return read ?? this.refuse(own, "the impact is unknown", IMPACT_EXPECTED);
    }
    const category = this.categories()
      .map(readImpact)
      .find((impact) => impact !== null);
    const found = category ?? impactOfPriority(this.first("PRIORITY")) ?? this.defaults.impact;
    return found ?? this.refuse(undefined, "the event has no impact", NO_IMPACT);
  }

  private span(zone: TimeZone | null): Span | null {
    const start = this.first("DTSTART");
    if (start === undefined) return this.refuse(start, "the event has no DTSTART", "its time");
    const span = readIcsTime(start, this.first("DTEND"), zone);
    return "wrong" in span ? this.refuse(start, span.wrong, span.expected) : span;
  }
}

/** RFC 5545, section 3.8.1.9: 1 is the highest, 0 says nothing. */
function impactOfPriority(line: IcsLine | undefined): Impact | null {
  const priority = Number(line?.value ?? "0");
  if (!(priority >= 1 && priority <= 9)) return null;
  return priority < 5 ? "high" : priority === 5 ? "medium" : "low";
}
