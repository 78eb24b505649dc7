import { afterEach, beforeEach, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { CALM, type Fate } from "../gateway/simulator/faults.ts";
import { type DivergenceView, listDivergences } from "../reconcile/desk/ledger.ts";
import {
  answersOf,
  askDesk,
  planRealignment,
  policyOf,
  setPolicy,
} from "../reconcile/desk/service.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled, TENANT, TENANT_ID, type World } from "../testing/harness.ts";
import { openStage, type Stage, successor } from "../testing/stage.ts";
import { accountRefOf, subscriptionIdOf } from "./enrol.ts";
import type { Hub } from "./hub.ts";

const BY = { tenantId: TENANT_ID, by: "tester", address: null };
const reason = "a test";

let stage: Stage;
let world: World;
let hub: Hub;
let refusals: number;

beforeEach(async () => {
  stage = await openStage();
  refusals = 0;
  const fates = (): Fate => {
    refusals -= 1;
    return refusals >= 0 ? { ...CALM, rejectWith: 10019 } : CALM;
  };
  world = createWorld({ followers: 3, simulator: { fates } });
  await stage.enrol(world);
  hub = await stage.start(world);
  await settled(hub);
});
afterEach(() => stage.close());

const held = (index: number): number =>
  world.brokers.beta.snapshot(world.followers[index]?.login ?? "").positions.length;
const open = (filter = {}): Promise<readonly DivergenceView[]> =>
  listDivergences(stage.database.sql, TENANT_ID, filter);

/** The open divergences once their owner has reckoned them. */
async function reckoned(count: number): Promise<readonly DivergenceView[]> {
  await eventually(`${count} are reckoned`, async () => {
    await hub.divergences.sweep(TENANT_ID);
    const found = await open();
    return found.length === count && found.every(({ valuedAt }) => valuedAt !== null);
  });
  return open();
}

async function answered(ids: readonly string[]) {
  await hub.divergences.sweep(TENANT_ID);
  await settled(hub);
  return answersOf(stage.database.sql, TENANT_ID, ids);
}

test("a plan is looked at, done as it was looked at, and ends the divergences of all", async () => {
  refusals = 3;
  world.trade({ volume: parseFixed("0.3") });
  await settled(hub);
  const found = await reckoned(3);
  expect(found[0]).toMatchObject({
    cause: "REJECTED",
    code: "NO_MONEY",
    expected: "0.3",
    actual: "0",
    currency: "USD",
    value: "33001.50",
    cost: "0.00",
    wayBack: { possible: true, orders: [{ kind: "open", side: "buy", volume: "0.3" }] },
  });
  const { sql } = stage.database;
  const plan = await planRealignment(sql, TENANT_ID, {});
  expect(plan.possible).toBe(3);
  expect(world.followers.map((_, index) => held(index))).toEqual([0, 0, 0]);
  const request = { action: "realign" as const, filter: {}, reason };
  await expect(askDesk(sql, BY, { ...request, digest: "another" })).rejects.toMatchObject({
    code: "PLAN_CHANGED",
  });
  const ids = await askDesk(sql, BY, { ...request, digest: plan.digest });
  expect((await answered(ids)).map(({ state }) => state)).toEqual(["done", "done", "done"]);
  expect(world.followers.map((_, index) => held(index))).toEqual([1, 1, 1]);
  await eventually("they are over", async () => (await open()).length === 0);
  const over = await open({ closed: true });
  expect(over.map(({ resolution }) => resolution)).toEqual(["realigned", "realigned", "realigned"]);
  expect(stage.faults).toEqual([]);
});

test("what was accepted or is ignored is not told of again, also by the next owner", async () => {
  refusals = 2;
  world.trade({});
  await settled(hub);
  const [first, second] = await reckoned(2);
  const { sql } = stage.database;
  const ask = (action: "accept" | "ignore", id = "") =>
    askDesk(sql, BY, {
      action,
      filter: { ids: [id] },
      reason,
      until: new Date(Date.now() + 60_000),
    });
  const ids = [
    ...(await ask("accept", first?.divergenceId)),
    ...(await ask("ignore", second?.divergenceId)),
  ];
  expect((await answered(ids)).map(({ state }) => state)).toEqual(["done", "done"]);
  expect(await open()).toEqual([]);
  hub = await successor(stage, world, hub);
  await hub.reconcile();
  expect(await open()).toEqual([]);
  expect(await open({ ignored: true })).toHaveLength(1);
  const audited = await stage.database.admin`select 1 from audit where action like '%divergence'`;
  expect(audited).toHaveLength(2);
});

test("what was closed by hand comes back only where a person asks for it", async () => {
  const follower = world.followers[0]?.login ?? "";
  world.trade({});
  await settled(hub);
  const [position] = world.brokers.beta.snapshot(follower).positions;
  const strategyId = subscriptionIdOf(
    TENANT,
    "strategy",
    accountRefOf(TENANT, world.followers[0] ?? world.master),
  );
  const { sql } = stage.database;
  const policy = { action: "realign", graceMs: 0, causes: ["CLOSED_BY_HAND"] };
  await setPolicy(sql, BY, { subscriptionId: strategyId, policy, version: 0 });
  world.brokers.beta.trade(follower, {
    ...{
      kind: "close",
      symbol: "EURUSD.b",
      side: "buy",
      volume: null,
      positionId: position?.id ?? "",
    },
    ...{ stopLoss: null, takeProfit: null, magic: 0, comment: "" },
  });
  await settled(hub);
  const [divergence] = await reckoned(1);
  expect(divergence).toMatchObject({ cause: "CLOSED_BY_HAND", wayBack: { possible: true } });
  await hub.divergences.sweep(TENANT_ID);
  await settled(hub);
  expect(held(0)).toBe(0);
  const plan = await planRealignment(sql, TENANT_ID, {});
  await answered(
    await askDesk(sql, BY, { action: "realign", filter: {}, reason, digest: plan.digest }),
  );
  expect(held(0)).toBe(1);
});

test("a policy realigns by itself within its limits, once its grace is over", async () => {
  const { sql } = stage.database;
  const follower = world.followers[0] ?? world.master;
  const subscriptionId = subscriptionIdOf(TENANT, "strategy", accountRefOf(TENANT, follower));
  const set = (policy: object, version: number) =>
    setPolicy(sql, BY, { subscriptionId, policy, version });
  await set({ action: "realign", graceMs: 0, volumeMax: "0.5" }, 0);
  await expect(set({ action: "never" }, 0)).rejects.toMatchObject({ code: "PLAN_CHANGED" });
  expect(await policyOf(sql, TENANT_ID, subscriptionId)).toMatchObject({
    version: 1,
    policy: { action: "realign", volumeMax: parseFixed("0.5") },
  });
  await expect(set({ action: "maybe" }, 1)).rejects.toMatchObject({ code: "BAD_INPUT" });
  refusals = 3;
  world.trade({ volume: parseFixed("0.3") });
  await settled(hub);
  await eventually("it is brought home", async () => {
    await hub.divergences.sweep(TENANT_ID);
    return (await open()).length === 2;
  });
  await settled(hub);
  expect(world.followers.map((_, index) => held(index)).sort()).toEqual([0, 0, 1]);
});

test("what was missed while its account was away is decided anew when asked for", async () => {
  const gateway = world.gateways.get(world.brokers.beta.brokerId);
  const follower = accountRefOf(TENANT, world.followers[0] ?? world.master);
  gateway?.setLink(follower, false);
  await settled(hub);
  world.trade({ volume: parseFixed("0.2") });
  await settled(hub);
  gateway?.setLink(follower, true);
  await settled(hub);
  const [divergence] = await reckoned(1);
  expect(divergence).toMatchObject({
    cause: "MISSED",
    code: "ACCOUNT_OFFLINE",
    wayBack: { possible: true, orders: [{ kind: "open", volume: "0.2", symbol: "EURUSD.b" }] },
  });
  const { sql } = stage.database;
  const plan = await planRealignment(sql, TENANT_ID, {});
  await answered(
    await askDesk(sql, BY, { action: "realign", filter: {}, reason, digest: plan.digest }),
  );
  expect(held(0)).toBe(1);
  expect(stage.faults).toEqual([]);
});

test("a broker that cannot be read is not an empty account", async () => {
  world.trade({});
  await settled(hub);
  const gateway = world.gateways.get(world.brokers.beta.brokerId);
  for (const one of world.followers) gateway?.setLink(accountRefOf(TENANT, one), false);
  await hub.reconcile();
  await settled(hub);
  expect(await open()).toEqual([]);
});

test("stops changed by hand are told of, and a detached copy is the follower's own", async () => {
  const follower = world.followers[0]?.login ?? "";
  const opened = world.trade({ stopLoss: parseFixed("1.05") });
  await settled(hub);
  const [position] = world.brokers.beta.snapshot(follower).positions;
  world.brokers.beta.trade(follower, {
    ...{
      kind: "protect",
      symbol: "EURUSD.b",
      side: "buy",
      volume: null,
      positionId: position?.id ?? "",
    },
    ...{ stopLoss: parseFixed("1.01"), takeProfit: null, magic: 0, comment: "" },
  });
  await hub.reconcile();
  await settled(hub);
  const [divergence] = await reckoned(1);
  expect(divergence).toMatchObject({
    cause: "STOPS",
    wayBack: { possible: true, orders: [{ kind: "protect", stopLoss: "1.05" }] },
  });
  const { sql } = stage.database;
  const [answer] = await answered(await askDesk(sql, BY, { action: "detach", filter: {}, reason }));
  expect(answer?.state).toBe("done");
  world.trade({ kind: "close", positionId: opened.positionId, volume: parseFixed("1") });
  await settled(hub);
  await hub.reconcile();
  await settled(hub);
  expect(world.followers.map((_, index) => held(index))).toEqual([1, 0, 0]);
  expect(await open()).toEqual([]);
});

test("a position under our key that belongs to no copy is adopted into the one it was for", async () => {
  const opened = world.trade({});
  await settled(hub);
  const [subscription] = hub.followers.ofAccount(
    accountRefOf(TENANT, world.followers[0] ?? world.master).accountId,
  );
  subscription?.copied.clear();
  await hub.reconcile();
  await settled(hub);
  expect(await reckoned(1)).toMatchObject([{ cause: "ORPHAN", actual: "1" }]);
  const { sql } = stage.database;
  const [answer] = await answered(await askDesk(sql, BY, { action: "adopt", filter: {}, reason }));
  expect(answer?.state).toBe("done");
  world.trade({ kind: "close", positionId: opened.positionId, volume: parseFixed("1") });
  await settled(hub);
  expect(world.followers.map((_, index) => held(index))).toEqual([0, 0, 0]);
});
