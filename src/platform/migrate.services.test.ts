/** The migrator against real databases, with migrations of the tests' own. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ErrorCode, isLockstepError } from "../domain/errors.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { migrate, migrationStatus } from "./migrate.ts";

let database: TestDatabase;
let dir = "";
beforeEach(async () => {
  database = await testDatabase("template1");
  dir = await mkdtemp(join(tmpdir(), "lockstep-migrations-"));
  await write("0001_one.sql", "create table one (n int); insert into one values (1);");
  await write("0002_two.sql", "create table two (n int);");
});
afterEach(async () => {
  await database.drop();
  await rm(dir, { recursive: true });
});

const write = (name: string, text: string): Promise<void> => writeFile(join(dir, name), text);
const run = (): ReturnType<typeof migrate> => migrate(database.url, dir);

async function refusal(act: () => Promise<unknown>): Promise<ErrorCode | null> {
  const error = await act().catch((caught: unknown) => caught);
  return isLockstepError(error) ? error.code : null;
}

async function tables(): Promise<readonly string[]> {
  const rows = await database.admin<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = 'public' order by 1`;
  return rows.map(({ name }) => name);
}

test("applies what is new, once, and says what it did", async () => {
  expect(await migrationStatus(database.url, dir)).toMatchObject({ from: 0, to: 2 });
  expect(await tables()).toEqual([]);
  const files = ["0001_one.sql", "0002_two.sql"];
  expect(await run()).toEqual({ from: 0, to: 2, files });
  expect(await run()).toEqual({ from: 2, to: 2, files: [] });
  await write("0003_three.sql", "create table three (n int);");
  expect(await run()).toEqual({ from: 2, to: 3, files: ["0003_three.sql"] });
  expect(await tables()).toEqual(["lockstep_migrations", "one", "three", "two"]);
});

test("of many at once, one applies and the others wait", async () => {
  const reports = await Promise.all([1, 2, 3, 4].map(run));
  expect(reports.filter((report) => report.files.length === 2)).toHaveLength(1);
  expect(reports.filter((report) => report.files.length === 0)).toHaveLength(3);
  expect(await database.admin`select n from one`).toHaveLength(1);
});

test("refuses a newer schema", async () => {
  await run();
  await rm(join(dir, "0002_two.sql"));
  expect(await refusal(run)).toBe("SCHEMA_NEWER");
  expect(await refusal(() => migrationStatus(database.url, dir))).toBe("SCHEMA_NEWER");
});

test("refuses a file that was edited after it was applied, and applies nothing then", async () => {
  await run();
  await write("0001_one.sql", "create table one (n bigint);");
  await write("0003_three.sql", "create table three (n int);");
  expect(await refusal(run)).toBe("SCHEMA_CHANGED");
  expect(await tables()).not.toContain("three");
});

test("a line ending is not an edit", async () => {
  await write("0001_one.sql", "create table one\n(n int);\n");
  await run();
  await write("0001_one.sql", "create table one\r\n(n int);\r\n");
  expect((await run()).files).toEqual([]);
});

test("a file that fails leaves nothing of itself, and keeps those before it", async () => {
  await write("0003_three.sql", "create table three (n int); select 1 / 0;");
  expect(await refusal(run)).toBe("MIGRATION_FAILED");
  expect(await tables()).toEqual(["lockstep_migrations", "one", "two"]);
  expect(await migrationStatus(database.url, dir)).toMatchObject({ from: 2, to: 3 });
});

test("refuses a gap, a double and a misnamed file before touching the database", async () => {
  for (const name of ["0004_four.sql", "0002_twice.sql", "three.sql"]) {
    await write(name, "select 1;");
    expect(await refusal(run)).toBe("BAD_INPUT");
    await rm(join(dir, name));
  }
  expect(await tables()).toEqual([]);
});

test("a database that is not there is DATABASE_DOWN", async () => {
  const url = "postgres://u:p@127.0.0.1:1/none";
  expect(await refusal(() => migrate(url, dir))).toBe("DATABASE_DOWN");
});
