/**
 * Puts the ledger of a backup in the place of the one that is there, and brings it to this version.
 * Invariants: one transaction, so that the ledger is the old one or the restored one, never half;
 * the archive is read and checked whole before anything is touched; what is there is replaced only
 * where that was said, and never under a process that lives; it commits disarmed.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { LockstepError } from "../domain/errors.ts";
import { reachable } from "../platform/database-down.ts";
import { keyFiles } from "../platform/key-file.ts";
import { LOCK_KEY, MIGRATIONS_TABLE, record } from "../platform/migrate.ts";
import { type Migration, readMigrations } from "../platform/migration-files.ts";
import { openPostgres, type Queries } from "../platform/postgres.ts";
import { faulty, type Header, inspect, readArchive, type Table } from "./archive.ts";
import { type Disarmed, disarm } from "./disarm.ts";
import { type Known, knownTables, listed, quoted } from "./tables.ts";

export type RestoreReport = Disarmed & {
  readonly takenAt: string;
  readonly from: number;
  readonly to: number;
  readonly tables: number;
  readonly rows: number;
};

export type Wanted = {
  readonly url: string;
  readonly dataDir: string;
  readonly file: string;
  /** Whether a ledger that is there may be lost. */
  readonly replace: boolean;
  /** Whether secrets may stay sealed for good. */
  readonly withoutKeys: boolean;
};

export async function restore(wanted: Wanted): Promise<RestoreReport> {
  const { url, file } = wanted;
  const { header, end } = await inspect(file);
  const files = await readMigrations();
  refuseUnknownSchema(header, files);
  if (!wanted.withoutKeys) await refuseMissingKeys(header, wanted.dataDir);
  return reachable(async () => {
    const sql = openPostgres(url, { max: 1, name: "lockstep-restore" });
    try {
      return await sql.begin(async (tx) => {
        await tx`select pg_advisory_xact_lock(${LOCK_KEY}::int8)`;
        await makeRoom(tx, wanted.replace);
        const from = header.migrations.length;
        await apply(tx, files.slice(0, from));
        await fill(tx, file);
        await apply(tx, files.slice(from));
        const disarmed = await disarm(tx, header.takenAt);
        const { tables, rows } = end;
        return { takenAt: header.takenAt, from, to: files.length, tables, rows, ...disarmed };
      });
    } finally {
      await sql.end({ timeout: 5 });
    }
  });
}

function refuseUnknownSchema({ migrations }: Header, files: readonly Migration[]): void {
  for (const { number, name, sha256 } of migrations) {
    const file = files[number - 1];
    if (file === undefined) {
      const [database, known] = [migrations.length, files.length];
      throw new LockstepError("SCHEMA_NEWER", { database, known });
    }
    if (file.sha256 !== sha256) {
      throw new LockstepError("SCHEMA_CHANGED", { applied: name, file: file.name });
    }
  }
}

/** A ledger whose secrets nobody can open would be found out at the first use of one. */
async function refuseMissingKeys({ keys }: Header, dataDir: string): Promise<void> {
  const here = new Map(
    (await keyFiles(dataDir)).map(({ name, content }) => [
      name,
      createHash("sha256").update(content).digest("hex"),
    ]),
  );
  const missing = keys.filter(({ name, sha256 }) => here.get(name) !== sha256);
  if (missing.length === 0) return;
  throw new LockstepError("BAD_INPUT", {
    keys: missing.map(({ name }) => name).join(", "),
    expected: `the keys of the backup in the folder keys of ${dataDir}, or --without-keys`,
  });
}

async function makeRoom(tx: Queries, replace: boolean): Promise<void> {
  const [found] = await tx`select to_regclass('public.tenants') is not null as yes`;
  if (found?.["yes"] === true) {
    const [row] = await tx`select exists (select 1 from processes
        where expires_at > clock_timestamp()) as live, exists (select tenant_ids()) as used`;
    if (row?.["live"] === true) {
      throw new LockstepError("DATABASE_IN_USE", { help: "stop every process of the hub first" });
    }
    if (row?.["used"] === true && !replace) {
      const expected = "an empty database, or --replace to lose the ledger that is there";
      throw new LockstepError("BAD_INPUT", { database: "holds a ledger", expected });
    }
  }
  await tx.unsafe("drop schema public cascade; create schema public");
}

async function apply(tx: Queries, files: readonly Migration[]): Promise<void> {
  await tx.unsafe(MIGRATIONS_TABLE);
  for (const file of files) {
    await tx.unsafe(file.text);
    await record(tx, file);
  }
}

/** The rows as they were; what a trigger would refuse or change was judged when they were made. */
async function fill(tx: Queries, file: string): Promise<void> {
  const known = new Map((await knownTables(tx)).map((one) => [one.table, one]));
  for (const name of known.keys()) await loosen(tx, name);
  await tx`delete from leases`;
  let sink: Writable | null = null;
  for await (const part of readArchive(file)) {
    if (part.kind === "table") sink = await open(tx, known.get(part.table.table), part.table, file);
    if (part.kind === "row" && sink !== null && !sink.write(`${part.row}\n`)) {
      await once(sink, "drain");
    }
    if (part.kind === "end of table" && sink !== null) {
      sink.end();
      await finished(sink);
      sink = null;
    }
  }
  for (const [name, table] of known) {
    await count(tx, table);
    await tighten(tx, name);
  }
}

async function open(
  tx: Queries,
  known: Known | undefined,
  { table, columns }: Table,
  file: string,
): Promise<Writable> {
  const fits = columns.every((column) => known?.columns.includes(column));
  if (known === undefined || !fits) throw faulty(file, `its table ${table} is unknown`);
  return tx.unsafe(`copy public.${quoted(table)} (${listed(columns)}) from stdin`).writable();
}

/** Row security is for the application; the owner, in this transaction, writes past it. */
async function loosen(tx: Queries, table: string): Promise<void> {
  await tx.unsafe(`alter table public.${quoted(table)} no force row level security`);
  await tx.unsafe(`alter table public.${quoted(table)} disable trigger user`);
}

async function tighten(tx: Queries, table: string): Promise<void> {
  await tx.unsafe(`alter table public.${quoted(table)} enable trigger user`);
  const [row] = await tx`select relrowsecurity as yes from pg_class
    where oid = ${`public.${quoted(table)}`}::text::regclass`;
  if (row?.["yes"] !== true) return;
  await tx.unsafe(`alter table public.${quoted(table)} force row level security`);
}

/** Counters go on behind the highest number that was given. */
async function count(tx: Queries, { table, columns }: Known): Promise<void> {
  const rows = await tx<{ column: string }[]>`
    select attname as column from pg_attribute
    where attrelid = ${`public.${quoted(table)}`}::text::regclass and attidentity <> ''`;
  for (const { column } of rows.filter((row) => columns.includes(row.column))) {
    await tx.unsafe(`select setval(pg_get_serial_sequence('public.${quoted(table)}', '${column}'),
      coalesce((select max(${quoted(column)}) from public.${quoted(table)}), 0) + 1, false)`);
  }
}
