/** The embedded cluster over its whole life, in data directories of the tests' own. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isLockstepError } from "../domain/errors.ts";
import {
  embeddedState,
  openEmbeddedPostgres,
  removeEmbeddedPostgres,
} from "./embedded-postgres.ts";
import { packageRoot } from "./package-root.ts";
import { openPostgres } from "./postgres.ts";

let dataDir = "";
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "lockstep-embedded-"));
  await chmod(dataDir, 0o755);
});
afterEach(async () => {
  await removeEmbeddedPostgres(dataDir);
  await rm(dataDir, { recursive: true, force: true });
});

async function ask(url: string, text: string): Promise<unknown> {
  const sql = openPostgres(url, { max: 1 });
  try {
    const [row] = await sql.unsafe(text);
    return row?.["answer"];
  } finally {
    await sql.end();
  }
}

/** Another process that opens the cluster and stays until it is killed; resolves once it has. */
async function otherProcess(): Promise<ChildProcess> {
  const compiled = join(packageRoot(), "dist/src/platform/embedded-postgres.js");
  if (!existsSync(compiled)) throw new Error("dist/ is missing: run `npm run build` first");
  const code = `const { openEmbeddedPostgres } = await import(${JSON.stringify(compiled)});
    const embedded = await openEmbeddedPostgres(${JSON.stringify(dataDir)});
    console.log(embedded.how);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code]);
  await new Promise((resolve, reject) => {
    child.stdout.once("data", resolve);
    child.stderr.once("data", (text) => reject(new Error(String(text))));
  });
  return child;
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}

test("is made once, keeps its data, syncs to disk and listens to this machine only", async () => {
  const first = await openEmbeddedPostgres(dataDir);
  expect(first.how).toBe("made");
  await ask(first.url, "create table kept as select 42 as answer");
  expect(await ask(first.url, "select current_setting('fsync') as answer")).toBe("on");
  const listens = "select current_setting('listen_addresses') as answer";
  expect(await ask(first.url, listens)).toBe("127.0.0.1");
  const password = await stat(join(first.root, "data", "lockstep.password"));
  expect(password.mode & 0o077).toBe(0);
  expect(await first.stop()).toBe("stopped");
  expect(await embeddedState(dataDir)).toMatchObject({ initialised: true, running: false });
  const second = await openEmbeddedPostgres(dataDir);
  expect(second.how).toBe("started");
  expect(await ask(second.url, "select answer from kept")).toBe(42);
  await second.stop();
});

test("is shared, and stopped only by the last who uses it", async () => {
  const opened = await Promise.all([1, 2, 3].map(() => openEmbeddedPostgres(dataDir)));
  expect(opened.filter(({ how }) => how === "made")).toHaveLength(1);
  const stops: string[] = [];
  for (const each of opened) stops.push(await each.stop());
  expect(stops).toEqual(["left running", "left running", "stopped"]);
});

test("is adopted after its starter was SIGKILLed", async () => {
  const starter = await otherProcess();
  await kill(starter);
  expect(await embeddedState(dataDir)).toMatchObject({ running: true });
  const embedded = await openEmbeddedPostgres(dataDir);
  expect(embedded.how).toBe("shared");
  expect(await embedded.stop()).toBe("stopped");
});

test("starts again where starter and server were both SIGKILLed", async () => {
  const starter = await otherProcess();
  const { root } = await embeddedState(dataDir);
  const [pid] = (await readFile(join(root, "data", "postmaster.pid"), "utf8")).split("\n");
  process.kill(Number(pid), "SIGKILL");
  await kill(starter);
  const embedded = await openEmbeddedPostgres(dataDir);
  expect(await ask(embedded.url, "select 1 as answer")).toBe(1);
  await embedded.stop();
});

test("a pid file whose number went to another process hinders and harms nobody", async () => {
  const embedded = await openEmbeddedPostgres(dataDir);
  await embedded.stop();
  const bystander = spawn("sleep", ["60"]);
  const data = join(embedded.root, "data");
  const text = [bystander.pid, data, 1, 5432, "", "127.0.0.1", "", "ready", ""].join("\n");
  await writeFile(join(data, "postmaster.pid"), text);
  const again = await openEmbeddedPostgres(dataDir);
  expect(again.how).toBe("started");
  await again.stop();
  expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
  await kill(bystander);
});

test("is not removed under another process, and is gone after", async () => {
  const other = await otherProcess();
  const error = await removeEmbeddedPostgres(dataDir).catch((caught: unknown) => caught);
  expect(isLockstepError(error, "DATABASE_IN_USE")).toBe(true);
  expect(await embeddedState(dataDir)).toMatchObject({ running: true });
  await kill(other);
  await removeEmbeddedPostgres(dataDir);
  expect(await embeddedState(dataDir)).toMatchObject({ initialised: false, running: false });
});

const isRoot = process.getuid?.() === 0;
if (isRoot)
  test("a data directory out of the server's reach is served from outside", async () => {
    await chmod(dataDir, 0o700);
    const embedded = await openEmbeddedPostgres(dataDir);
    expect(embedded.root).toMatch(/^\/var\/lib\/lockstep\/[0-9a-f]{16}$/);
    expect((await stat(join(dataDir, "postgres"))).ino).toBe((await stat(embedded.root)).ino);
    expect(await ask(embedded.url, "select 1 as answer")).toBe(1);
    await embedded.stop();
  });
