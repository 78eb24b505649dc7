/** The ledger's tables as the database knows them, each after those that it refers to. */
import type { Queries } from "../platform/postgres.ts";
import type { Table } from "./archive.ts";

export type Known = Table & {
  readonly key: readonly string[];
  readonly refersTo: readonly string[];
  readonly ofTenants: boolean;
};

/** Written by migrations themselves, or of processes that live now. */
const NOT_KEPT = ["lockstep_migrations", "processes"];

export async function knownTables(sql: Queries): Promise<readonly Known[]> {
  const rows = await sql<{ name: string; columns: string[]; key: string[]; refers_to: string[] }[]>`
    select c.relname as name,
      (select json_agg(attname order by attnum) from pg_attribute a where a.attrelid = c.oid
        and attnum > 0 and not attisdropped and attgenerated = '') as columns,
      (select coalesce(json_agg(a.attname order by k.place), '[]') from pg_index i
        cross join unnest(i.indkey) with ordinality k(number, place)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
        where i.indrelid = c.oid and i.indisprimary) as key,
      (select coalesce(json_agg(distinct r.relname), '[]') from pg_constraint f
        join pg_class r on r.oid = f.confrelid
        where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid) as refers_to
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind = 'r' order by c.relname`;
  const all = rows
    .filter(({ name }) => !NOT_KEPT.includes(name))
    .map(
      ({ name, columns, key, refers_to: refersTo }): Known => ({
        ...{ table: name, columns, key, refersTo },
        ofTenants: columns.includes("tenant_id"),
      }),
    );
  return inOrder(all);
}

/** What refers in a circle comes last, in the order of the names. */
export function inOrder(tables: readonly Known[]): readonly Known[] {
  const done = new Set<string>();
  const ordered: Known[] = [];
  let rest = [...tables];
  while (rest.length > 0) {
    const ready = rest.filter(({ refersTo }) => refersTo.every((name) => done.has(name)));
    const next = ready.length > 0 ? ready : rest;
    for (const one of next) done.add(one.table);
    ordered.push(...next);
    rest = rest.filter((one) => !done.has(one.table));
  }
  return ordered;
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const listed = (names: readonly string[]): string => names.map(quoted).join(", ");
