/** The page's own commands, run as they stand there, lead from nothing to a copy. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { processEnvironment } from "../config.ts";
import { packageRoot } from "../platform/package-root.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { type LockstepProcess, startLockstep } from "../testing/lockstep-process.ts";

/** With it the followed master trades soon. */
const SEED = "1214";
const STEPS = 5;
const LITERAL_HUB = "http://127.0.0.1:8420";

let database: TestDatabase;
let folder: string;
let hub: LockstepProcess;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), "lockstep-stranger-"));
  env = { DATABASE_URL: database.url, LOCKSTEP_DATA_DIR: folder, LOCKSTEP_LOG_LEVEL: "warn" };
  hub = startLockstep({ ...env, LOCKSTEP_PORT: "0", LOCKSTEP_SEED: SEED });
  await hub.url;
}, 60_000);
afterAll(async () => {
  hub.kill("SIGINT");
  await hub.ended;
  await rm(folder, { recursive: true, force: true });
  await database.drop();
});

async function commandsOfThePage(): Promise<readonly string[]> {
  const page = await readFile(join(packageRoot(), "docs", "api.md"), "utf8");
  const [, walk = ""] = /## From a key to a running copy\n([\s\S]*?)\n## /.exec(page) ?? [];
  return [...walk.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].map(([, commands = ""]) => commands);
}

function inBash(script: string): Promise<{ code: number | null; out: string }> {
  const { PATH = "", HOME = "" } = processEnvironment();
  const bash = spawn("bash", ["-e"], { cwd: packageRoot(), env: { PATH, HOME, ...env } });
  const said: string[] = [];
  bash.stdout.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  bash.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  bash.stdin.end(script);
  return new Promise((resolve) => {
    bash.once("exit", (code) => resolve({ code, out: said.join("") }));
  });
}

test("five steps of curl lead from a key to a running copy", { timeout: 120_000 }, async () => {
  const steps = await commandsOfThePage();
  expect(steps).toHaveLength(STEPS);
  const script = steps.join("\necho; echo ===\n");
  expect(script).toContain(LITERAL_HUB);
  const { code, out } = await inBash(script.replaceAll(LITERAL_HUB, new URL(await hub.url).origin));
  expect(code, out).toBe(0);
  const [, , , seen = "", steered = ""] = out.split("===\n");
  expect(out).not.toContain("request_id");
  const [explained = "{}", deals = "{}"] = seen.trim().split(/\n|(?<=\})(?=\{)/);
  expect(JSON.parse(explained)).toMatchObject({ decision: "copy" });
  expect(JSON.parse(deals).data).toHaveLength(1);
  expect(steered).toMatch(/"mode":"paused"[\s\S]*"mode":"active"/);
});
