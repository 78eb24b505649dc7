import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { migrate } from "../platform/migrate.ts";
import { APP_ROLE, openPostgres } from "../platform/postgres.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { createWorld, enrolWorld } from "../testing/harness.ts";
import { oneRowEach } from "../testing/one-row-each.ts";
import { readArchive } from "./archive.ts";
import { backup } from "./backup.ts";
import { restore } from "./restore.ts";

const TENANTS = ["one", "other"];

let folder: string;
let owner: string;
let password: string;
let databases: TestDatabase[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lockstep-backup-"));
  owner = `owner_${randomUUID().slice(0, 8)}`;
  password = randomUUID();
  databases = [await testDatabase("template1"), await testDatabase("template1")];
  const admin = adminOf(0);
  await admin.unsafe(`create role ${owner} login createrole password '${password}'`);
  await admin.unsafe(`grant ${APP_ROLE}, lockstep_executor to ${owner} with admin option`);
});
afterEach(async () => {
  for (const [index, one] of databases.entries()) {
    const name = new URL(one.url).pathname.slice(1);
    await adminOf(index).unsafe(`alter database ${name} owner to current_user`);
    await one.drop();
  }
  const last = await testDatabase("template1");
  await last.admin.unsafe(`drop owned by ${owner}; drop role ${owner}`);
  await last.drop();
  await rm(folder, { recursive: true, force: true });
});

const adminOf = (index: number) => {
  const found = databases[index];
  if (found === undefined) throw new Error("no such database");
  return found.admin;
};

/** The URL of a database as its plain owner. */
async function owned(index: number): Promise<string> {
  const name = new URL(databases[index]?.url ?? "").pathname.slice(1);
  await adminOf(index).unsafe(`alter database ${name} owner to ${owner}`);
  const url = new URL(inject("adminUrl"));
  return Object.assign(url, { pathname: `/${name}`, username: owner, password }).href;
}

test("a plain owner's backup has every tenant's row of every table, and each once", async () => {
  const url = await owned(0);
  await migrate(url);
  const tenants = [randomUUID(), randomUUID()];
  const tables = await oneRowEach(adminOf(0), tenants);
  const file = join(folder, "ledger.backup");
  await backup({ url, dataDir: folder, file });
  const rows = new Map<string, number>();
  let table = "";
  for await (const part of readArchive(file)) {
    if (part.kind === "table") table = part.table.table;
    if (part.kind === "row") rows.set(table, (rows.get(table) ?? 0) + 1);
  }
  expect(tables.map((name) => [name, rows.get(name)])).toEqual(tables.map((name) => [name, 2]));
  expect(rows.get("leases")).toBe(64);
});

test("and a plain owner restores it, isolated as before", async () => {
  const url = await owned(0);
  await migrate(url);
  const sql = openPostgres(url, { max: 1, role: APP_ROLE });
  for (const tenant of TENANTS) {
    await enrolWorld(sql, createWorld({ followers: 2, tenant }), { tenant });
  }
  await sql.end();
  const file = join(folder, "ledger.backup");
  const { rows } = await backup({ url, dataDir: folder, file });
  const other = await owned(1);
  const restored = await restore({
    ...{ url: other, dataDir: folder, file, replace: false, withoutKeys: false },
  });
  expect(restored).toMatchObject({ rows, tenants: 2 });
  const [is] = await adminOf(1)`select count(*)::int as n from accounts`;
  expect(is).toEqual({ n: 6 });
  const loose = await adminOf(1)`select relname from pg_class where relkind = 'r'
    and relrowsecurity and not relforcerowsecurity`;
  expect(loose).toEqual([]);
});
