/**
 * Brings a database forward, never back: `migrations/NNNN_name.sql`, numbered from 1 without gaps.
 * Invariants: one migrator at a time per database (a session lock on one connection), each file in
 * one transaction with its row in lockstep_migrations, and nothing is touched where the database
 * knows a migration that we do not (SCHEMA_NEWER) or a file was edited after it was applied
 * (SCHEMA_CHANGED).
 */
import { LockstepError } from "../domain/errors.ts";
import { reachable } from "./database-down.ts";
import { type Migration, readMigrations } from "./migration-files.ts";
import { openPostgres, type Queries, type Sql } from "./postgres.ts";

/** One migrator, or restorer, at a time. */
export const LOCK_KEY = 4_242_421;

export const MIGRATIONS_TABLE = `
  create table if not exists lockstep_migrations (
    number integer primary key check (number > 0),
    name text not null,
    sha256 text not null,
    applied_at timestamptz not null default clock_timestamp()
  )`;

export type MigrationReport = {
  /** The database's number before and after; 0 is an empty database. */
  readonly from: number;
  readonly to: number;
  /** The file names that were applied now, or, of a status, that would be. */
  readonly files: readonly string[];
};

type Applied = { readonly number: number; readonly name: string; readonly sha256: string };

/** MIGRATION_FAILED leaves the database at the last file that succeeded. */
export async function migrate(url: string, dir?: string): Promise<MigrationReport> {
  const files = await readMigrations(dir);
  return withConnection(url, async (sql) => {
    await sql`select pg_advisory_lock(${LOCK_KEY}::int8)`;
    await sql.unsafe(MIGRATIONS_TABLE);
    const applied = await readApplied(sql);
    const pending = pendingOf(files, applied);
    for (const file of pending) await apply(sql, file);
    return reportOf(applied, pending);
  });
}

/** What `migrate` would do. Changes nothing and waits for nobody. */
export async function migrationStatus(url: string, dir?: string): Promise<MigrationReport> {
  const files = await readMigrations(dir);
  return withConnection(url, async (sql) => {
    const [found] = await sql`select to_regclass('lockstep_migrations') is not null as yes`;
    const applied = found?.["yes"] === true ? await readApplied(sql) : [];
    return reportOf(applied, pendingOf(files, applied));
  });
}

/** The files that are still to be applied, or why none may be. */
function pendingOf(files: readonly Migration[], applied: readonly Applied[]): readonly Migration[] {
  for (const row of applied) {
    const file = files[row.number - 1];
    if (file === undefined) {
      throw new LockstepError("SCHEMA_NEWER", { database: applied.length, known: files.length });
    }
    if (file.sha256 !== row.sha256) {
      throw new LockstepError("SCHEMA_CHANGED", { applied: row.name, file: file.name });
    }
  }
  return files.slice(applied.length);
}

function reportOf(applied: readonly Applied[], pending: readonly Migration[]): MigrationReport {
  const from = applied.length;
  return { from, to: from + pending.length, files: pending.map((file) => file.name) };
}

/** One connection: it holds the lock, and with its end the lock ends. */
function withConnection<T>(url: string, act: (sql: Sql) => Promise<T>): Promise<T> {
  return reachable(async () => {
    const sql = openPostgres(url, { max: 1, name: "lockstep-migrate" });
    try {
      return await act(sql);
    } finally {
      await sql.end({ timeout: 5 });
    }
  });
}

async function readApplied(sql: Sql): Promise<readonly Applied[]> {
  return sql<Applied[]>`select number, name, sha256 from lockstep_migrations order by number`;
}

async function apply(sql: Sql, file: Migration): Promise<void> {
  try {
    await sql.begin(async (tx) => {
      await tx.unsafe(file.text);
      await record(tx, file);
    });
  } catch (cause) {
    throw failed(file, cause);
  }
}

/** That a file was applied, in the transaction that applies it. */
export async function record(tx: Queries, { number, name, sha256 }: Migration): Promise<void> {
  await tx`insert into lockstep_migrations ${tx({ number, name, sha256 })}`;
}

function failed(file: Migration, cause: unknown): LockstepError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LockstepError("MIGRATION_FAILED", { file: file.name, reason }, { cause });
}
