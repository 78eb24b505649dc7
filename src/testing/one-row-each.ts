/**
 * Puts one row of each tenant into every table of tenants' rows, whatever the table asks for: so that
 * a test of isolation knows tables that nobody wrote it for. For a test's own database only, since it
 * takes the checks away and lets the rows refer to nothing.
 */
import type { Sql } from "../platform/postgres.ts";

type Column = { readonly table: string; readonly column: string; readonly type: string };

/** Of each type a value that differs from row to row where it has to be unique. */
const VALUES: Readonly<Record<string, (tenant: string, place: number) => string>> = {
  uuid: (tenant, place) => `md5('${tenant} ${place}')::uuid`,
  text: (tenant, place) => `'x ${tenant} ${place}'`,
  bytea: (tenant, place) => `sha256('${tenant} ${place}'::bytea)`,
  json: () => "'{}'",
  jsonb: () => "'{}'",
  boolean: () => "false",
  "timestamp with time zone": () => "now()",
  "text[]": () => "'{}'",
  "uuid[]": () => "'{}'",
};

const NUMBERS = new Set(["smallint", "integer", "bigint", "numeric"]);

/** The tables by name. Throws for a type that it has no value for. */
export async function oneRowEach(admin: Sql, tenants: readonly string[]): Promise<string[]> {
  const columns = await admin<Column[]>`
    select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0
      and not a.attisdropped and a.attgenerated = ''
      and exists (select 1 from pg_attribute t where t.attrelid = c.oid and t.attname = 'tenant_id')
    order by c.relname, a.attnum`;
  const tables = [...new Set(columns.map(({ table }) => table))];
  await admin.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    for (const table of tables) {
      const checks = await tx<{ name: string }[]>`select conname as name from pg_constraint
        where conrelid = ${`public.${table}`}::regclass and contype = 'c'`;
      for (const { name } of checks) {
        await tx`alter table ${tx(table)} drop constraint ${tx(name)}`;
      }
      const own = columns.filter((column) => column.table === table);
      for (const tenant of tenants) await tx.unsafe(statementOf(table, own, tenant));
    }
  });
  return tables;
}

function statementOf(table: string, columns: readonly Column[], tenant: string): string {
  const names = columns.map(({ column }) => `"${column}"`);
  const values = columns.map(({ column, type }, place) => {
    if (column === "tenant_id") return `'${tenant}'`;
    if (NUMBERS.has(type)) return "1";
    const value = VALUES[type];
    if (value === undefined)
      throw new RangeError(`no value of type ${type} for ${table}.${column}`);
    return value(tenant, place);
  });
  return `insert into "${table}" (${names.join(", ")}) overriding system value
    values (${values.join(", ")})`;
}
