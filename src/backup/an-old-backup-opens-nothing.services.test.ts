import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import type { Hub } from "../hub/hub.ts";
import { killsOf, releaseKill } from "../risk/kill/service.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled, TENANT_ID, type World } from "../testing/harness.ts";
import { killed, openStage, type Stage } from "../testing/stage.ts";
import { backup } from "./backup.ts";
import { restore } from "./restore.ts";

let stage: Stage;
let other: TestDatabase;
let folder: string;
beforeEach(async () => {
  stage = await openStage();
  other = await testDatabase("template1");
  folder = await mkdtemp(join(tmpdir(), "lockstep-backup-"));
});
afterEach(async () => {
  await stage.close();
  await other.drop();
  await rm(folder, { recursive: true, force: true });
});

const EVERYTHING = { tenantId: TENANT_ID, scope: "everything", scopeId: TENANT_ID } as const;
const WHY = { by: "tester", reason: "looked at" };
const file = (): string => join(folder, "ledger.backup");

const save = () => backup({ url: stage.database.url, dataDir: folder, file: file() });

const bring = (change: { readonly url?: string; readonly replace?: boolean } = {}) =>
  restore({
    ...{ url: other.url, dataDir: folder, file: file(), replace: false, withoutKeys: false },
    ...change,
  });

/** Opened and closed by our orders at the followers' broker, and how often one key was executed. */
function dealsOf(world: World) {
  const deals = world.records().beta.flatMap((one) => (one.type === "deal" ? [one.deal] : []));
  const keys = deals.flatMap(({ key }) => (key === null ? [] : [key]));
  const ins = deals.filter(({ entry }) => entry === "in").length;
  return { ins, all: deals.length, twice: keys.length - new Set(keys).size };
}

const exposure = (world: World): readonly string[] =>
  world.followers.map(({ login }) =>
    String(
      world.brokers.beta
        .snapshot(login)
        .positions.reduce((sum, one) => sum + (one.side === "buy" ? one.volume : -one.volume), 0n),
    ),
  );

async function onRestored(world: World): Promise<Hub> {
  const gateways = world.connect({});
  const hub = await stage.start(world, { sql: other.sql, gateways });
  await eventually("compared", async () => {
    const [kill] = await killsOf(other.sql, TENANT_ID);
    return kill !== undefined && kill.acknowledgedAt !== null;
  });
  await settled(hub);
  await hub.reconcile();
  await settled(hub);
  return hub;
}

test.each(["hedging", "netting"] as const)(
  "a ledger that its brokers have outrun opens nothing and sends nothing again (%s)",
  async (positionMode) => {
    const world = createWorld({ followers: 3, positionMode });
    await stage.enrol(world);
    const hub = await stage.start(world);
    const kept = world.trade({ volume: parseFixed("0.3") });
    const closed = world.trade({ symbol: "NZDUSD" });
    const halved = world.trade({ symbol: "XAUUSD", volume: parseFixed("0.4") });
    await settled(hub);
    await save();
    // The hub goes on: what happens now the backup does not know of.
    const later = world.trade({ symbol: "NZDUSD", side: "buy", volume: parseFixed("0.7") });
    world.trade({
      kind: "protect",
      positionId: kept.positionId,
      volume: null,
      stopLoss: parseFixed("1.05"),
    });
    const half = parseFixed("0.2");
    world.trade({ kind: "close", symbol: "XAUUSD", positionId: halved.positionId, volume: half });
    world.trade({
      kind: "close",
      symbol: "NZDUSD",
      positionId: closed.positionId,
      volume: parseFixed("1"),
    });
    await settled(hub);
    await killed(hub);
    const before = { deals: dealsOf(world), exposure: exposure(world) };
    await bring();
    const next = await onRestored(world);
    expect(dealsOf(world)).toEqual(before.deals);
    expect(exposure(world)).toEqual(before.exposure);
    // What is new is refused until somebody says otherwise, and closes pass.
    world.trade({ volume: parseFixed("0.2") });
    world.trade({ kind: "close", positionId: kept.positionId, volume: parseFixed("0.3") });
    await settled(next);
    expect(dealsOf(world).ins).toBe(before.deals.ins);
    expect(dealsOf(world).all).toBe(before.deals.all + 3);
    await releaseKill(other.sql, EVERYTHING, WHY);
    await next.kills.look();
    world.trade({ volume: parseFixed("0.2") });
    await settled(next);
    expect(dealsOf(world)).toMatchObject({ ins: before.deals.ins + 3, twice: 0 });
    expect(later.positionId).not.toBeNull();
    expect(stage.faults).toEqual([]);
  },
);

test("every row of every table comes back as it was", async () => {
  const world = createWorld({ followers: 3 });
  await stage.enrol(world);
  const hub = await stage.start(world);
  world.trade({ comment: 'tab\t, \\ and "quotes"' });
  await settled(hub);
  await hub.stop();
  const report = await save();
  const brought = await bring();
  expect(brought).toMatchObject({ rows: report.rows, tables: report.tables, unanswered: 0 });
  const digest = async (sql: TestDatabase["admin"], table: string) =>
    sql.unsafe(
      `select count(*) as n, md5(string_agg(t::text, '|' order by t::text)) as h from ${table} t`,
    );
  for (const table of [
    "signals",
    "decisions",
    "instructions",
    "outcomes",
    "deals",
    "copied_positions",
  ]) {
    const [was, is] = [await digest(stage.database.admin, table), await digest(other.admin, table)];
    expect(is, table).toEqual(was);
    expect(Number(was[0]?.["n"]), table).toBeGreaterThan(0);
  }
  const loose = await other.admin`select relname from pg_class where relkind = 'r'
    and relrowsecurity and not relforcerowsecurity`;
  expect(loose).toEqual([]);
});

test("what waited to be sent is asked for first, and fences are beyond what was given", async () => {
  const world = createWorld({ followers: 1 });
  await stage.enrol(world);
  const hub = await stage.start(world);
  world.trade({});
  await settled(hub);
  await killed(hub);
  const { admin } = stage.database;
  await admin`delete from outcomes`;
  await admin`update instructions set status = 'queued'`;
  await save();
  const before = dealsOf(world);
  expect(await bring()).toMatchObject({ unanswered: 1 });
  const next = await onRestored(world);
  await eventually("found", async () => {
    const rows = await other.admin`select 1 from instruction_states where state = 'done'`;
    return rows.length === 1;
  });
  expect(dealsOf(world)).toEqual(before);
  expect(
    Math.min(...next.deps.leases.partitions.map((p) => next.deps.leases.fence(p) ?? 0)),
  ).toBeGreaterThan(1e9);
});

test("the switch of a restore is not released before each account was compared", async () => {
  const world = createWorld({ followers: 2 });
  await stage.enrol(world);
  await save();
  await bring();
  const released = releaseKill(other.sql, EVERYTHING, WHY);
  await expect(released).rejects.toMatchObject({ code: "BAD_INPUT" });
  await onRestored(world);
  await releaseKill(other.sql, EVERYTHING, WHY);
  expect(await killsOf(other.sql, TENANT_ID)).toEqual([]);
});

test("a file that was cut or altered, a ledger in use and a taken name are refused, untouched", async () => {
  const world = createWorld({ followers: 1 });
  await stage.enrol(world);
  const hub = await stage.start(world);
  world.trade({});
  await settled(hub);
  await save();
  await expect(save()).rejects.toMatchObject({ code: "BAD_INPUT" });
  const whole = await readFile(file());
  const refused = { code: "BAD_INPUT" };
  const text = gunzipSync(whole).toString();
  const faulty = [
    whole.subarray(0, -20),
    gzipSync(text.slice(0, -40)),
    gzipSync(text.replace("EURUSD", "USDEUR")),
  ];
  for (const bytes of faulty) {
    await writeFile(file(), bytes);
    await expect(bring()).rejects.toMatchObject(refused);
  }
  await writeFile(file(), whole);
  const url = stage.database.url;
  await expect(bring({ url, replace: true })).rejects.toMatchObject({ code: "DATABASE_IN_USE" });
  await hub.stop();
  await expect(bring({ url })).rejects.toMatchObject(refused);
  await bring({ url, replace: true });
  expect(await stage.database.admin`select 1 from signals`).toHaveLength(1);
});
