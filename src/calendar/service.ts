/** Imports a calendar's file for one tenant: all of its events, or none and every fault. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { LockstepError } from "../domain/errors.ts";
import { formatInstant } from "../domain/instant.ts";
import { readInputText } from "../platform/input-file.ts";
import { inTenant, type Sql } from "../platform/postgres.ts";
import type { CalendarDefaults } from "./event.ts";
import { parseCalendar } from "./parse.ts";
import { postgresCalendarStore } from "./store.ts";

export type ImportRequest = {
  readonly file: string;
  /** null: the file's name without what follows its last dot. */
  readonly source: string | null;
  readonly defaults: CalendarDefaults;
  /** The tenant's name; null: the only one there is. */
  readonly tenant: string | null;
  readonly by: string;
};

export type ImportReport = {
  readonly source: string;
  readonly number: number;
  /** False: the same file is in force already. */
  readonly isNew: boolean;
  readonly events: number;
  readonly from: string;
  readonly to: string;
};

/** BAD_INPUT with every fault of the file; NOT_FOUND where the tenant is not clear. */
export async function importCalendar(sql: Sql, request: ImportRequest): Promise<ImportReport> {
  const { file, by } = request;
  const text = await readInputText(file);
  const events = parseCalendar(file, text, request.defaults);
  const source = request.source ?? basename(file).replace(/(?<=.)\.[^.]*$/, "");
  const sha256 = createHash("sha256").update(JSON.stringify(events)).digest("hex");
  const tenantId = await findTenant(sql, request.tenant);
  const calendar = { source, sha256, events, by };
  const imported = await postgresCalendarStore(sql).import(tenantId, calendar);
  const [first, last] = [events[0]?.at ?? 0, events.at(-1)?.at ?? 0];
  const span = { from: formatInstant(first), to: formatInstant(last) };
  return { source, ...imported, events: events.length, ...span };
}

async function findTenant(sql: Sql, name: string | null): Promise<string> {
  const ids = await sql<{ id: string }[]>`select tenant_ids() as id`;
  const names: string[] = [];
  const found: string[] = [];
  for (const { id } of ids) {
    const rows = await inTenant(sql, id, (tx) => tx<{ name: string }[]>`select name from tenants`);
    const own = rows[0]?.name ?? "";
    names.push(own);
    if (name === null || own === name) found.push(id);
  }
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  const expected = `--tenant with one of: ${names.sort().join(", ") || "(there is no tenant yet)"}`;
  throw new LockstepError("NOT_FOUND", { tenant: name ?? "(not given)", expected });
}
