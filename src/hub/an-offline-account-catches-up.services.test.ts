import { afterEach, beforeEach, expect, test } from "vitest";
import type { SimulatorGateway } from "../gateway/simulator/gateway.ts";
import { audit, followerRef } from "../testing/audit.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled, type World } from "../testing/harness.ts";
import { openStage, type Stage } from "../testing/stage.ts";
import { accountRefOf, brokerIdOf } from "./enrol.ts";
import type { Hub } from "./hub.ts";

let stage: Stage;
let world: World;
let hub: Hub;

beforeEach(async () => {
  stage = await openStage();
  world = createWorld({ followers: 2 });
  await stage.enrol(world);
  hub = await stage.start(world);
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

function gateway(broker: "alpha" | "beta"): SimulatorGateway {
  const found = world.gateways.get(brokerIdOf(world.tenant, broker));
  if (found === undefined) throw new Error(`no gateway for ${broker}`);
  return found;
}

const reasons = async (index: number) => {
  const rows = await stage.database.admin<{ said: string }[]>`
    select concat_ws(' ', kind, decision, reason) as said from signals
    join decisions d using (tenant_id, signal_id)
    join subscriptions s on s.subscription_id = d.subscription_id
    where s.account_id = ${followerRef(world, index).accountId} order by sequence`;
  return rows.map((row) => row.said);
};

test("an open is skipped while the link is down, and the next one is copied", async () => {
  const away = followerRef(world, 0);
  gateway("beta").setLink(away, false);
  world.trade({});
  await settled(hub);
  gateway("beta").setLink(away, true);
  await settled(hub);
  world.trade({ symbol: "NZDUSD" });
  await settled(hub);
  expect(await reasons(0)).toEqual(["open skip ACCOUNT_OFFLINE", "open copy"]);
  expect(await reasons(1)).toEqual(["open copy", "open copy"]);
  expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
});

test("a close waits in the lane until the link returns", async () => {
  const { positionId } = world.trade({});
  await settled(hub);
  const away = followerRef(world, 0);
  gateway("beta").setLink(away, false);
  world.trade({ kind: "close", positionId });
  const held = (login: string) => world.brokers.beta.snapshot(login).positions.length;
  await eventually("the other closed", () => held("follower-00002") === 0);
  expect(held(away.login)).toBe(1);
  gateway("beta").setLink(away, true);
  await settled(hub);
  expect(held(away.login)).toBe(0);
  expect(await reasons(0)).toEqual(["open copy", "close copy"]);
  expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
});

test("a hub that stops does not wait for an account that is away", async () => {
  const { positionId } = world.trade({});
  await settled(hub);
  gateway("beta").setLink(followerRef(world, 0), false);
  world.trade({ kind: "close", positionId });
  await eventually("decided", async () => (await reasons(0)).length === 2);
  const began = performance.now();
  await hub.stop();
  expect(performance.now() - began).toBeLessThan(2_000);
});

test("what the master did while its link was down becomes signals, once each", async () => {
  const master = accountRefOf(world.tenant, world.master);
  const { positionId } = world.trade({});
  await settled(hub);
  gateway("alpha").setLink(master, false);
  world.trade({ kind: "close", positionId, volume: 40_000_000n });
  const brief = world.trade({ symbol: "XAUUSD", volume: 10_000_000n });
  world.trade({
    kind: "close",
    symbol: "XAUUSD",
    positionId: brief.positionId,
    volume: 10_000_000n,
  });
  world.trade({ symbol: "NZDUSD", stopLoss: 55_000_000n });
  gateway("alpha").setLink(master, true);
  await settled(hub);
  const rows = await stage.database.admin<{ said: string }[]>`
    select kind || ' ' || symbol as said from signals order by sequence`;
  expect(rows.map((row) => row.said)).toEqual([
    "open EURUSD",
    "reduce EURUSD",
    "open XAUUSD",
    "close XAUUSD",
    "open NZDUSD",
  ]);
  expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
});
