/** migrate, doctor and reset against a real database and a real data directory. */
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEmbeddedPostgres, removeEmbeddedPostgres } from "../platform/embedded-postgres.ts";
import { runCli } from "../testing/cli.ts";
import { testDatabase } from "../testing/database.ts";
import { footings, testRedis } from "../testing/redis.ts";

let dataDir = "";
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "lockstep-cli-"));
  await chmod(dataDir, 0o755);
});
afterEach(async () => {
  await removeEmbeddedPostgres(dataDir);
  await rm(dataDir, { recursive: true, force: true });
});

test("migrate says what it would do, does it, and then has nothing to do", async () => {
  const database = await testDatabase("template1");
  const env = { DATABASE_URL: database.url };
  const status = await runCli(["migrate", "--status"], env);
  expect(status).toMatchObject({ exit: 0, err: "" });
  expect(status.out).toContain("to apply 0001_");
  const { from, to, files, applied } = JSON.parse((await runCli(["migrate", "--json"], env)).out);
  expect({ from, applied, count: files.length }).toEqual({ from: 0, applied: true, count: to });
  expect((await runCli(["migrate"], env)).out).toBe(`The database is at ${to}, and so are we.`);
  await database.drop();
});

test.each(footings())("doctor finds a hub on %s well", async (footing) => {
  const database = await testDatabase();
  const redis = footing === "redis" ? await testRedis() : null;
  const env = {
    DATABASE_URL: database.url,
    LOCKSTEP_DATA_DIR: dataDir,
    ...(redis === null ? {} : { REDIS_URL: redis.url }),
  };
  const { exit, out } = await runCli(["doctor", "--json"], env);
  const report: { ok: boolean; checks: { name: string; state: string }[] } = JSON.parse(out);
  expect(report.checks.filter(({ state }) => state !== "ok")).toEqual([]);
  expect(report.checks.map(({ name }) => name)).toEqual([
    "configuration",
    "data directory",
    "database",
    "schema",
    "role",
    "queue",
    "clock",
  ]);
  expect([exit, report.ok]).toEqual([0, true]);
  await redis?.stop();
  await database.drop();
});

test("doctor names each fault with what to do, and ends with 1", async () => {
  const database = await testDatabase("template1");
  const env = { DATABASE_URL: database.url, REDIS_URL: "redis://127.0.0.1:1" };
  const { exit, out } = await runCli(["doctor"], { ...env, LOCKSTEP_DATA_DIR: dataDir });
  expect(exit).toBe(1);
  expect(out).toMatch(/fault {2}schema: .+\n\s+run `lockstep migrate`/);
  expect(out).toMatch(/fault {2}queue: QUEUE_DOWN.+\n\s+start Redis/);
  await database.drop();
  const gone = await runCli(["doctor"], { ...env, LOCKSTEP_DATA_DIR: dataDir });
  expect(gone.exit).toBe(1);
  expect((await runCli(["doctor"], { LOCKSTEP_PORT: "-" })).exit).toBe(1);
});

test("doctor makes no cluster where there is none", async () => {
  const { exit, out } = await runCli(["doctor"], { LOCKSTEP_DATA_DIR: dataDir });
  expect(exit).toBe(0);
  expect(out).toContain("none yet");
  expect(await readdir(dataDir)).toEqual([]);
});

test("reset deletes only when told to, and not under a running hub", async () => {
  const env = { LOCKSTEP_DATA_DIR: dataDir };
  const hub = await openEmbeddedPostgres(dataDir);
  const asked = await runCli(["reset"], env);
  expect([asked.exit, asked.out]).toEqual([64, `would delete ${dataDir}`]);
  const refused = await runCli(["reset", "--yes"], env);
  expect(refused.exit).toBe(69);
  expect(refused.err).toContain("DATABASE_IN_USE");
  await hub.stop();
  expect((await runCli(["reset", "--yes"], env)).exit).toBe(0);
  expect((await runCli(["reset", "--yes"], env)).out).toContain("nothing to delete");
});

test("reset refuses a folder that holds what is not ours", async () => {
  await writeFile(join(dataDir, "thesis.txt"), "years of work");
  const { exit, err } = await runCli(["reset", "--yes"], { LOCKSTEP_DATA_DIR: dataDir });
  expect(exit).toBe(65);
  expect(err).toContain("thesis.txt");
  expect(await readdir(dataDir)).toEqual(["thesis.txt"]);
});
