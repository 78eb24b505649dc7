/** A calendar's file, whichever of the two formats it has: told by how it begins, not by its name. */
import { InputError, type InputFault, refuseFaults } from "../domain/input-fault.ts";
import { parseCalendarCsv } from "./csv.ts";
import { type CalendarDefaults, type CalendarEvent, EVENTS_MAX } from "./event.ts";
import { parseCalendarIcs } from "./ics.ts";

/**
 * The events by beginning. BAD_INPUT with every fault of the file; also where it has no event at
 * all, since importing it would take away every news window without a word.
 */
export function parseCalendar(
  file: string,
  text: string,
  defaults: CalendarDefaults,
): readonly CalendarEvent[] {
  const isIcs = /^\s*BEGIN:VCALENDAR\s/i.test(text);
  const events = (isIcs ? parseCalendarIcs : parseCalendarCsv)(file, text, defaults);
  const fault = (wrong: string, expected: string): InputFault => {
    return { file, line: null, wrong, found: `${events.length} events`, expected };
  };
  if (events.length === 0)
    throw new InputError([fault("the calendar is empty", "at least one event")]);
  refuseFaults(
    events.length > EVENTS_MAX ? [fault("the calendar is too long", `at most ${EVENTS_MAX}`)] : [],
  );
  return events.sort((a, b) => a.at - b.at);
}
