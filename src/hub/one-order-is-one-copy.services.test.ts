/** What is told twice is done once: events, doorbells, snapshots, and a start after a kill. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { audit } from "../testing/audit.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled, type World } from "../testing/harness.ts";
import { killed, openStage, type Stage } from "../testing/stage.ts";
import { through } from "../testing/through.ts";

const TIMES = 6;

let stage: Stage;
let world: World;

beforeEach(async () => {
  stage = await openStage();
  world = createWorld({ followers: 3 });
  await stage.enrol(world);
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

/** Tells everything six times, as a broker does that was not sure whether it was heard. */
const repeating = (inner: Gateway): Gateway => ({
  ...through(inner, {}),
  start: (sink, signal) =>
    inner.start((event) => {
      for (let time = 0; time < TIMES; time += 1) sink(event);
    }, signal),
});

/** The orders that reached the followers' broker. */
const orders = (): number => world.records().beta.filter((one) => one.type === "request").length;
const held = () =>
  world.followers.map(({ login }) =>
    world.brokers.beta.snapshot(login).positions.map((one) => formatFixed(one.volume)),
  );

test("one order is copied once, though all of it is told six times", async () => {
  const gateways = new Map([...world.gateways].map(([id, one]) => [id, repeating(one)]));
  const hub = await stage.start(world, { gateways });
  const { positionId } = world.trade({ volume: parseFixed("0.7") });
  for (let time = 0; time < TIMES; time += 1) await stage.doorbells.ring("a");
  await settled(hub);
  for (let time = 0; time < TIMES; time += 1) {
    for (const watcher of hub.watchers.values()) watcher.resync();
    await hub.reconcile();
  }
  await settled(hub);
  expect(held()).toEqual([["0.7"], ["0.7"], ["0.7"]]);
  expect(orders()).toBe(3);
  world.trade({ kind: "close", positionId, volume: parseFixed("0.7") });
  await settled(hub);
  expect(held()).toEqual([[], [], []]);
  expect(orders()).toBe(6);
  expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
});

test("a start after a kill, and every reconcile after it, places no order", async () => {
  const first = await stage.start(world);
  for (const symbol of ["EURUSD", "NZDUSD", "XAUUSD"]) {
    world.trade({ symbol, volume: parseFixed("0.2") });
  }
  await settled(first);
  expect(orders()).toBe(9);
  await killed(first);
  const next = await stage.start(world, { slot: "b", gateways: world.connect() });
  await eventually("taken over", () => next.watchers.size === 1);
  await next.turn();
  for (let time = 0; time < TIMES; time += 1) await next.reconcile();
  await settled(next);
  expect(orders()).toBe(9);
  expect(held()).toEqual(world.followers.map(() => ["0.2", "0.2", "0.2"]));
  expect(next.reconciler.divergences).toEqual([]);
  expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
});
