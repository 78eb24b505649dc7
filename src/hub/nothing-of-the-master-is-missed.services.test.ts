/** Whatever the master does, at once or in many parts, with links that come and go: all is followed. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Fixed, formatFixed, parseFixed } from "../domain/fixed.ts";
import type { OrderType } from "../domain/pending-order.ts";
import { audit, followerRef } from "../testing/audit.ts";
import { createWorld, settled, type World } from "../testing/harness.ts";
import { openStage, type Stage } from "../testing/stage.ts";
import { accountRefOf, brokerIdOf } from "./enrol.ts";
import type { Hub } from "./hub.ts";

const lots = parseFixed;

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

const held = (index = 0): string[] =>
  world.brokers.beta
    .snapshot(followerRef(world, index).login)
    .positions.map((one) => formatFixed(one.volume));
const audited = () => audit(stage.database.admin, world, world.records());

function close(positionId: string | null, volume: Fixed): void {
  world.trade({ kind: "close", positionId, volume });
}

function place(type: OrderType, price: string): string {
  const pending = { type, price: lots(price), limitPrice: null, expiresAt: null };
  const volume = lots("0.3");
  return world.trade({ kind: "place", orderId: null, pending, volume }).orderId ?? "";
}

test("all of twelve positions that open at once are copied, in their order", async () => {
  const volumes = Array.from({ length: 12 }, (_, index) => lots(`0.${index + 10}`));
  for (const volume of volumes) world.trade({ volume });
  await settled(hub);
  for (const index of [0, 1]) expect(held(index)).toEqual(volumes.map((one) => formatFixed(one)));
  expect(await audited()).toEqual([]);
});

describe("partial closes", () => {
  test("every one is followed, not only the first", async () => {
    const { positionId } = world.trade({});
    await settled(hub);
    const left: string[][] = [];
    for (let part = 0; part < 9; part += 1) {
      close(positionId, lots("0.1"));
      await settled(hub);
      left.push(held());
    }
    expect(left.flat()).toEqual(["0.9", "0.8", "0.7", "0.6", "0.5", "0.4", "0.3", "0.2", "0.1"]);
    close(positionId, lots("0.1"));
    await settled(hub);
    expect([held(0), held(1)]).toEqual([[], []]);
    expect(await audited()).toEqual([]);
  });

  test("also where they come all at once, with the open", async () => {
    const { positionId } = world.trade({});
    for (let part = 0; part < 7; part += 1) close(positionId, lots("0.1"));
    await settled(hub);
    expect([held(0), held(1)]).toEqual([["0.3"], ["0.3"]]);
    expect(await audited()).toEqual([]);
  });
});

test("after the master is flat nothing is left, of positions or of orders, nor comes later", async () => {
  const [one, other] = [world.trade({}), world.trade({ symbol: "NZDUSD" })];
  const limit = place("buy-limit", "1.09500");
  const stop = place("buy-stop", "1.10500");
  await settled(hub);
  world.quote("EURUSD", "1.09480", "1.09490");
  await settled(hub);
  // The limit order has filled: its copy, opened at the market, is one more to close.
  expect(held()).toEqual(["1", "1", "0.3"]);
  close(one.positionId, lots("1"));
  world.trade({ kind: "cancel", orderId: stop, volume: null });
  world.trade({ kind: "close", symbol: "NZDUSD", positionId: other.positionId });
  const [filled] = world.brokers.alpha.snapshot("master").positions;
  close(filled?.id ?? limit, lots("0.3"));
  world.quote("EURUSD", "1.10600", "1.10610");
  await settled(hub);
  const left = world.followers.map(({ login }) => world.brokers.beta.snapshot(login));
  expect(left.flatMap(({ positions, orders }) => [...positions, ...orders])).toEqual([]);
  expect(hub.reconciler.divergences).toEqual([]);
  expect(await audited()).toEqual([]);
});

test("links that drop again and again are recovered from each time, on both sides", async () => {
  const drop = (broker: "alpha" | "beta", during: () => void): void => {
    const gateway = world.gateways.get(brokerIdOf(world.tenant, broker));
    const account =
      broker === "alpha" ? accountRefOf(world.tenant, world.master) : followerRef(world, 0);
    gateway?.setLink(account, false);
    during();
    gateway?.setLink(account, true);
  };
  const opened: (string | null)[] = [];
  for (let round = 1; round <= 6; round += 1) {
    drop("alpha", () => void opened.push(world.trade({}).positionId));
    await settled(hub);
    expect([held(0).length, held(1).length]).toEqual([round, round]);
  }
  for (const [round, positionId] of opened.entries()) {
    drop("beta", () => close(positionId, lots("1")));
    await settled(hub);
    expect([held(0).length, held(1).length]).toEqual([5 - round, 5 - round]);
  }
  expect(await audited()).toEqual([]);
});
