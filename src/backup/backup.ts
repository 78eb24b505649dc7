/**
 * Writes the whole ledger into one archive, while the hub runs.
 * Invariants: all of it is of one moment (one repeatable-read transaction); nothing is left out in
 * silence where the database's user may not pass by row security; the file has its name only once
 * it is whole, and is readable by its owner only.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { access, open, rename, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { createGzip, type Gzip } from "node:zlib";
import { LockstepError } from "../domain/errors.ts";
import { reachable } from "../platform/database-down.ts";
import { keyFiles } from "../platform/key-file.ts";
import { openPostgres, type Queries } from "../platform/postgres.ts";
import { END_OF_TABLE, FORMAT, type Header, Tally } from "./archive.ts";
import { type Known, knownTables, listed, quoted } from "./tables.ts";

export type BackupReport = {
  readonly file: string;
  readonly takenAt: string;
  /** The database's migration. */
  readonly schema: number;
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
};

type Wanted = { readonly url: string; readonly dataDir: string; readonly file: string };

/** BAD_INPUT where there is a file of that name, or none may be made there. */
export async function backup({ url, dataDir, file }: Wanted): Promise<BackupReport> {
  const partial = `${file}.partial`;
  await refuseExisting(file);
  const handle = await open(partial, "w", 0o600).catch((cause: unknown) => {
    throw new LockstepError("BAD_INPUT", { file, expected: "a place to write to" }, { cause });
  });
  try {
    const sink = createWriteStream("", { fd: handle.fd, autoClose: false });
    const zip = createGzip();
    const piped = finished(zip.pipe(sink));
    const report = await reachable(() => write(zip, url, dataDir));
    zip.end();
    await piped;
    await handle.sync();
    const { size: bytes } = await handle.stat();
    await handle.close();
    await rename(partial, file);
    return { file, ...report, bytes };
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(partial, { force: true });
    throw error;
  }
}

async function refuseExisting(file: string): Promise<void> {
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (exists) throw new LockstepError("BAD_INPUT", { file, expected: "a name that is not taken" });
}

async function write(zip: Gzip, url: string, dataDir: string) {
  const sql = openPostgres(url, { max: 1, name: "lockstep-backup" });
  try {
    return await sql.begin("isolation level repeatable read read only", async (tx) => {
      const header = await headerOf(tx, dataDir);
      await put(zip, JSON.stringify(header));
      const known = await knownTables(tx);
      const passesBy = await mayPassBy(tx);
      let rows = 0;
      for (const table of known) rows += await writeTable(tx, zip, { table, passesBy });
      await put(zip, JSON.stringify({ end: true, tables: known.length, rows }));
      const schema = header.migrations.length;
      return { takenAt: header.takenAt, schema, tables: known.length, rows };
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function headerOf(tx: Queries, dataDir: string): Promise<Header> {
  const [found] = await tx`select to_regclass('public.lockstep_migrations') is not null as yes,
    now() as at`;
  if (found?.["yes"] !== true) {
    throw new LockstepError("NOT_FOUND", {
      what: "a ledger",
      help: "run `lockstep migrate` first",
    });
  }
  const migrations = await tx<{ number: number; name: string; sha256: string }[]>`
    select number, name, sha256 from lockstep_migrations order by number`;
  const keys = (await keyFiles(dataDir)).map(({ name, content }) => ({
    name,
    sha256: createHash("sha256").update(content).digest("hex"),
  }));
  const takenAt = (found["at"] as Date).toISOString();
  return { lockstep: "backup", format: FORMAT, takenAt, migrations: [...migrations], keys };
}

async function mayPassBy(tx: Queries): Promise<boolean> {
  const [row] = await tx`
    select rolsuper or rolbypassrls as yes from pg_roles where rolname = current_user`;
  return row?.["yes"] === true;
}

async function writeTable(
  tx: Queries,
  zip: Gzip,
  { table, passesBy }: { readonly table: Known; readonly passesBy: boolean },
): Promise<number> {
  const { table: name, columns } = table;
  await put(zip, JSON.stringify({ table: name, columns }));
  const tally = new Tally();
  for (const tenantId of passesBy || !table.ofTenants ? [null] : await tenants(tx)) {
    if (tenantId !== null) await tx`select set_config('lockstep.tenant', ${tenantId}, true)`;
    // Where this would hide a row, Postgres refuses instead.
    else await tx.unsafe("set local row_security = off");
    await copyOut(tx, zip, { table, tally, tenantId });
    if (tenantId === null) await tx.unsafe("set local row_security = on");
  }
  const said = tally.end();
  await put(zip, END_OF_TABLE);
  await put(zip, JSON.stringify(said));
  return said.rows;
}

async function tenants(tx: Queries): Promise<readonly string[]> {
  const rows = await tx<{ id: string }[]>`select tenant_ids() as id`;
  return rows.map(({ id }) => id);
}

type Copied = {
  readonly table: Known;
  readonly tally: Tally;
  /** null: of all tenants. */
  readonly tenantId: string | null;
};

async function copyOut(tx: Queries, zip: Gzip, { table, tally, tenantId }: Copied): Promise<void> {
  const order = table.key.length > 0 ? ` order by ${listed(table.key)}` : "";
  // The owner may see more than the tenant's rows: some it looks up over all of them.
  const whose = tenantId === null ? "" : " where tenant_id = current_tenant()";
  const query = `select ${listed(table.columns)} from public.${quoted(table.table)}${whose}${order}`;
  const rows = await tx.unsafe(`copy (${query}) to stdout`).readable();
  for await (const row of createInterface({ input: rows, crlfDelay: 0 })) {
    tally.line(row);
    await put(zip, row);
  }
}

async function put(zip: Gzip, line: string): Promise<void> {
  if (!zip.write(`${line}\n`)) await once(zip, "drain");
}
