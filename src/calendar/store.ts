/**
 * Imported calendars in Postgres. An import is never edited: the newest of a source is in force, and
 * what was in force when a trade was skipped can still be read.
 */
import type { JSONValue } from "postgres";
import { formatInstant, type Instant } from "../domain/instant.ts";
import { recordAudit } from "../identity/audit/record.ts";
import { inTenant, type Queries, type Sql } from "../platform/postgres.ts";
import type { CalendarEvent, Impact } from "./event.ts";

export type CalendarImport = {
  /** Which calendar it is: a new import of the same source takes the place of the one before. */
  readonly source: string;
  /** Of the file, so that the same again changes nothing. */
  readonly sha256: string;
  readonly events: readonly CalendarEvent[];
  readonly by: string;
};

export type Imported = { readonly number: number; readonly isNew: boolean };

export interface CalendarStore {
  /** All of it or nothing. */
  import(tenantId: string, calendar: CalendarImport): Promise<Imported>;
  /** What is in force of all sources and has not ended before `from`, by beginning. */
  load(tenantId: string, from: Instant): Promise<readonly CalendarEvent[]>;
  /** Another text after each import; null where there was none. */
  version(tenantId: string): Promise<string | null>;
}

type Row = Record<string, unknown>;

export function postgresCalendarStore(sql: Sql): CalendarStore {
  return {
    import(tenantId, calendar) {
      return inTenant(sql, tenantId, async (tx) => {
        const { source, sha256 } = calendar;
        // Two imports of one source come one after the other; the second sees the first.
        await tx`select pg_advisory_xact_lock(hashtextextended(${`calendar ${tenantId} ${source}`}, 0))`;
        const [newest] = await tx<Row[]>`select number, sha256 from calendar_imports
          where source = ${source} order by number desc limit 1`;
        if (newest?.["sha256"] === sha256)
          return { number: Number(newest["number"]), isNew: false };
        const number = Number(newest?.["number"] ?? 0) + 1;
        await insert(tx, { ...calendar, tenantId, number });
        return { number, isNew: true };
      });
    },
    async load(tenantId, from) {
      const rows = await inTenant(
        sql,
        tenantId,
        (tx) => tx<Row[]>`
          with newest as (select source, max(number) as number from calendar_imports group by source)
          select e.at, e.until, e.currency, e.impact, e.title
          from calendar_events e join newest using (source, number)
          where e.until >= ${formatInstant(from)} order by e.at, e.source, e.place`,
      );
      return rows.map(eventOf);
    },
    async version(tenantId) {
      const [row] = await inTenant(
        sql,
        tenantId,
        (tx) => tx<{ version: string | null }[]>`
          select string_agg(source || ' ' || number, e'\\n' order by source) as version
          from (select source, max(number) as number from calendar_imports group by source) newest`,
      );
      return row?.version ?? null;
    },
  };
}

async function insert(
  tx: Queries,
  calendar: CalendarImport & { readonly tenantId: string; readonly number: number },
): Promise<void> {
  const { tenantId, source, number, sha256, events, by } = calendar;
  const values: JSONValue = events.map((event, index) => ({
    place: index + 1,
    at: formatInstant(event.at),
    until: formatInstant(event.until),
    currency: event.currency,
    impact: event.impact,
    title: event.title,
  }));
  await tx`insert into calendar_imports (tenant_id, source, number, sha256, events, by_whom)
    values (${tenantId}, ${source}, ${number}, ${sha256}, ${events.length}, ${by})`;
  await tx`insert into calendar_events (tenant_id, source, number, place, at, until, currency,
      impact, title)
    select ${tenantId}, ${source}, ${number}, place, at, until, currency, impact, title
    from json_populate_recordset(null::calendar_events, ${JSON.stringify(values)}::text::json)`;
  await recordAudit(tx, {
    ...{ tenantId, by, address: null, action: "import calendar", subject: source },
    after: { number, sha256, events: events.length },
  });
}

function eventOf(row: Row): CalendarEvent {
  return {
    at: (row["at"] as Date).getTime(),
    until: (row["until"] as Date).getTime(),
    currency: String(row["currency"]),
    impact: row["impact"] as Impact,
    title: String(row["title"]),
  };
}
