/** DTSTART and DTEND: UTC, a named zone's, of no zone, or whole days. */
import { DAY_MS, isZoneName, type TimeZone, zoneOf } from "../domain/time-zone.ts";
import type { IcsLine } from "./ics-lines.ts";
import { type BadTime, daysIn, localTime, momentIn, NO_ZONE, type Span } from "./time.ts";

const DATE = /^(\d{4})(\d{2})(\d{2})$/;
const DATE_TIME = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(Z?)$/;
const BAD_TIME: BadTime = {
  wrong: "the time cannot be read",
  expected: "20250307T133000Z, 20250307T083000 with a TZID, or 20250307",
};
const BAD_ZONE: BadTime = {
  wrong: "the time zone is unknown",
  expected: "a TZID that is the name of a time zone, such as America/New_York",
};

/** A release is at its start; only whole days last. `end` is the DTEND, if there is one. */
export function readIcsTime(
  start: IcsLine,
  end: IcsLine | undefined,
  fileZone: TimeZone | null,
): Span | BadTime {
  const zone = zoneFor(start, fileZone);
  const day = dayOf(start);
  if (day === null) return readMoment(start, zone);
  if (zone === "unknown") return BAD_ZONE;
  if (zone === null) return NO_ZONE;
  return daysIn(zone, day, (end === undefined ? null : dayOf(end)) ?? day + DAY_MS);
}

function readMoment(start: IcsLine, zone: TimeZone | null | "unknown"): Span | BadTime {
  const match = DATE_TIME.exec(start.value.trim());
  if (match === null) return BAD_TIME;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  const date = [year ?? 0, month ?? 0, day ?? 0];
  const local = localTime(date, [hour ?? 0, minute ?? 0, second ?? 0]);
  if (local === null) return { ...BAD_TIME, wrong: "there is no such time" };
  if (match[7] === "Z") return { at: local, until: local };
  if (zone === "unknown") return BAD_ZONE;
  return zone === null ? NO_ZONE : momentIn(zone, local);
}

function dayOf({ value }: IcsLine): number | null {
  const match = DATE.exec(value.trim());
  return match === null ? null : localTime(match.slice(1, 4).map(Number), []);
}

/** A TZID names the zone itself; the file's own description of it is not needed. */
function zoneFor(start: IcsLine, fileZone: TimeZone | null): TimeZone | null | "unknown" {
  const name = start.params.get("TZID");
  if (name === undefined) return fileZone;
  return isZoneName(name) ? zoneOf(name) : "unknown";
}
