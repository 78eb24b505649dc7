/** `lockstep start` as its users meet it: from nothing to a first copy, killed, begun again, stopped. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DEMO_FOLLOWERS } from "../demo/definition.ts";
import { DEMO_FOLDER } from "../demo/home.ts";
import { parseBrokerLog } from "../gateway/simulator/broker-log.ts";
import {
  embeddedState,
  openEmbeddedPostgres,
  removeEmbeddedPostgres,
} from "../platform/embedded-postgres.ts";
import { openPostgres, type Sql } from "../platform/postgres.ts";
import { runCli } from "../testing/cli.ts";
import { eventually } from "../testing/eventually.ts";
import { type LockstepProcess, startLockstep } from "../testing/lockstep-process.ts";

/** A fresh machine's promise is 20 s; the tests share theirs with others. */
const FIRST_COPY_MS_MAX = 20_000;
const DONE = 'data-tone="done"';

let dataDir = "";
let running: LockstepProcess[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "lockstep-start-"));
  await chmod(dataDir, 0o755);
  running = [];
});

afterEach(async () => {
  for (const one of running) one.kill("SIGKILL");
  await Promise.all(running.map((one) => one.ended));
  await removeEmbeddedPostgres(dataDir);
  await rm(dataDir, { recursive: true, force: true });
});

function start(env: Readonly<Record<string, string>> = {}): LockstepProcess {
  const one = startLockstep({
    ...{ LOCKSTEP_DATA_DIR: dataDir, LOCKSTEP_PORT: "0", LOCKSTEP_LOG_LEVEL: "warn" },
    ...env,
  });
  running.push(one);
  return one;
}

const page = async (url: string): Promise<string> => (await fetch(url)).text();

/** Every record that any broker of the demo has logged. */
function records() {
  const folder = join(dataDir, DEMO_FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".jsonl"))
    .flatMap((file) => parseBrokerLog(readFileSync(join(folder, file))).records);
}

function keysOfDeals(): string[] {
  return records().flatMap((one) =>
    one.type === "deal" && one.deal.key !== null ? [one.deal.key] : [],
  );
}

/** Copies that a broker has been asked for and that are being answered. */
const ordersUnderWay = (since: number): boolean => keysOfDeals().length > since;

async function ledger<T>(read: (sql: Sql) => Promise<T>): Promise<T> {
  const embedded = await openEmbeddedPostgres(dataDir);
  const sql = openPostgres(embedded.url, { max: 1 });
  try {
    return await read(sql);
  } finally {
    await sql.end();
    await embedded.stop();
  }
}

/** Every signal has a decision of each subscription, and every instruction an end. */
async function isSettled(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ owed: number }[]>`
    select ((select count(*) from signals g join subscriptions s using (tenant_id, master_id)
        where not exists (select from decisions d where d.tenant_id = g.tenant_id
          and d.signal_id = g.signal_id and d.subscription_id = s.subscription_id))
      + (select count(*) from instruction_states
        where state in ('queued', 'sent', 'working', 'unknown')))::int as owed`;
  return row?.owed === 0;
}

test("a first copy in 20 s, the same hub after two kills amid orders, nothing left after a stop", async () => {
  const began = performance.now();
  let hub = start();
  let url = await hub.url;
  await eventually("a copy is on the page", async () => (await page(url)).includes(DONE), 30_000);
  expect(performance.now() - began).toBeLessThan(FIRST_COPY_MS_MAX);

  for (let kills = 0; kills < 2; kills += 1) {
    const deals = keysOfDeals().length;
    await eventually("orders are under way", () => ordersUnderWay(deals), 60_000);
    hub.kill("SIGKILL");
    await hub.ended;
    hub = start();
    url = await hub.url;
    const shown = await page(url);
    // What was copied before the kill is shown at once, before anything new is.
    expect(shown).toContain(DONE);
    for (const { name } of DEMO_FOLLOWERS) expect(shown).toContain(name);
  }
  const deals = keysOfDeals().length;
  await eventually("copying goes on", () => ordersUnderWay(deals), 60_000);
  // What the kills left in the air is asked for at the broker first, and each look starts anew.
  await ledger((sql) => eventually("nothing is owed", () => isSettled(sql), 60_000));
  hub.kill("SIGTERM");
  expect(await hub.ended).toBe(0);
  expect(hub.out.at(-1)).toBe("Stopped.");
  expect(running.flatMap((one) => one.err)).toEqual([]);
  expect((await embeddedState(dataDir)).running).toBe(false);

  const keys = keysOfDeals();
  expect(new Set(keys).size).toBe(keys.length);
  const [found] = await ledger(
    (sql) => sql`
      select (select count(*)::int from accounts) as accounts,
        -- That one follower stands near its daily loss is told; nothing else is.
        (select count(*)::int from incidents where code <> 'RISK_LIMIT') as incidents,
        (select count(*)::int from divergences where cause in ('ORPHAN', 'VANISHED')) as unexplained`,
  );
  expect(found).toEqual({ accounts: 43, incidents: 0, unexplained: 0 });
  const reset = await runCli(["demo", "reset", "--yes"], { LOCKSTEP_DATA_DIR: dataDir });
  expect([reset.exit, existsSync(dataDir)]).toEqual([0, false]);
}, 240_000);

test("a taken port is said in words, with the variable to set, before anything is made", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const hub = start({ LOCKSTEP_PORT: String(port) });
  await expect(hub.url).rejects.toThrow();
  expect(await hub.ended).toBe(69);
  const said = hub.err.join("\n");
  expect(said).toContain(`127.0.0.1:${port}`);
  expect(said).toContain("LOCKSTEP_PORT");
  expect(said).not.toMatch(/\bat .+\.(js|ts)/);
  expect(await readdir(dataDir)).toEqual([]);
  await new Promise((resolve) => other.close(resolve));
});

test("a second hub with the same data is refused, and the first goes on", async () => {
  const first = start();
  const url = await first.url;
  const second = start();
  await expect(second.url).rejects.toThrow();
  expect(await second.ended).toBe(69);
  expect(second.err.join("\n")).toContain("LOCKSTEP_DATA_DIR");
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  first.kill("SIGINT");
  expect(await first.ended).toBe(0);
});

test("a stop while it is starting ends with 0 and leaves nothing running", async () => {
  const hub = start();
  hub.url.catch(() => {});
  await eventually("it makes the database", () => hub.out.length > 0, 30_000);
  hub.kill("SIGTERM");
  expect(await hub.ended).toBe(0);
  expect((await embeddedState(dataDir)).running).toBe(false);
});

test("all faults of the configuration are listed at once, and end it with 78", async () => {
  const hub = start({ LOCKSTEP_PORT: "port", LOCKSTEP_SEED: "-1" });
  await expect(hub.url).rejects.toThrow();
  expect(await hub.ended).toBe(78);
  expect(hub.err.join("\n")).toMatch(/LOCKSTEP_PORT[\s\S]+LOCKSTEP_SEED/);
});
