import { afterEach, beforeEach, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { CALM } from "../gateway/simulator/faults.ts";
import type { Doorbells } from "../platform/doorbells.ts";
import { openDoorbells } from "../platform/open-doorbells.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { createWorld, enrolWorld, settled, startHub, type World } from "../testing/harness.ts";
import type { Hub } from "./hub.ts";
import { realign } from "./realigner.ts";

let database: TestDatabase;
let doorbells: Doorbells;
let world: World;
let hub: Hub;
let refusals: number;

beforeEach(async () => {
  refusals = 1;
  database = await testDatabase();
  doorbells = await openDoorbells({ databaseUrl: database.url, redisUrl: null, onError: () => {} });
  const fates = () => {
    refusals -= 1;
    return refusals >= 0 ? { ...CALM, rejectWith: 10019 } : CALM;
  };
  world = createWorld({ followers: 1, simulator: { fates } });
  await enrolWorld(database.sql, world);
  hub = await startHub({ sql: database.sql, doorbells, world });
  await settled(hub);
});

afterEach(async () => {
  await hub.stop();
  await doorbells.close();
  await database.drop();
});

test("what a broker refused is a divergence, and realigning it opens it once and ends it", async () => {
  const opened = world.trade({ volume: parseFixed("0.3") });
  await settled(hub);
  const [divergence] = hub.reconciler.divergences;
  expect(divergence).toMatchObject({ cause: "REJECTED", expected: parseFixed("0.3"), actual: 0n });
  expect(await realign(hub, divergence?.id ?? "")).toMatchObject({ done: true });
  await settled(hub);
  const held = world.brokers.beta.snapshot("follower-00001").positions;
  expect(held.map((one) => formatFixed(one.volume))).toEqual(["0.3"]);
  expect(hub.reconciler.divergences).toEqual([]);
  await expect(realign(hub, divergence?.id ?? "")).rejects.toMatchObject({ code: "NOT_FOUND" });
  world.trade({ kind: "close", positionId: opened.positionId, volume: parseFixed("0.3") });
  await settled(hub);
  expect(world.brokers.beta.snapshot("follower-00001").positions).toEqual([]);
  const rows = await database.admin`select resolution from divergences`;
  expect(rows.map((row) => row["resolution"])).toEqual(["realigned"]);
});

test("a position that the master has closed meanwhile is not opened any more", async () => {
  const opened = world.trade({ volume: parseFixed("0.3") });
  await settled(hub);
  const [divergence] = hub.reconciler.divergences;
  world.trade({ kind: "close", positionId: opened.positionId, volume: parseFixed("0.3") });
  await settled(hub);
  await expect(realign(hub, divergence?.id ?? "")).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(world.brokers.beta.snapshot("follower-00001").positions).toEqual([]);
});
