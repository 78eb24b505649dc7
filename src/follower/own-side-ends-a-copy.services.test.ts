import { afterEach, beforeEach, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { CALM } from "../gateway/simulator/faults.ts";
import type { Hub } from "../hub/hub.ts";
import { audit, followerRef } from "../testing/audit.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, SUFFIX, settled, type World, type WorldOptions } from "../testing/harness.ts";
import { openStage, type Stage } from "../testing/stage.ts";

let stage: Stage;
let world: World;
let hub: Hub;

beforeEach(async () => {
  stage = await openStage();
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

async function start(options: Partial<WorldOptions> = {}): Promise<void> {
  world = createWorld({ followers: 1, ...options });
  await stage.enrol(world);
  hub = await stage.start(world);
}

const held = () => world.brokers.beta.snapshot("follower-00001").positions;
const copies = () =>
  [...hub.followers.subscriptions.values()].flatMap((one) => [...one.copied.values()]);
const causes = () => hub.reconciler.divergences.map((one) => one.cause);
const reasons = async () => {
  const rows = await stage.database.admin<{ said: string }[]>`
    select concat_ws(' ', kind, decision, reason) as said
    from signals join decisions using (tenant_id, signal_id) order by sequence`;
  return rows.map((row) => row.said);
};
const audited = () => audit(stage.database.admin, world, world.records());

/** A hand at the follower's own terminal. */
function byHand(volume: string): void {
  const [position] = held();
  if (position === undefined) throw new Error("nothing to close");
  const { id: positionId, symbol, side, stopLoss, takeProfit } = position;
  const order = { kind: "close" as const, symbol, side, positionId, stopLoss, takeProfit };
  world.brokers.beta.trade("follower-00001", {
    ...order,
    volume: parseFixed(volume),
    magic: 0,
    comment: "",
  });
}

test("its own stop ends the copy, and the master's close finds it closed already", async () => {
  await start();
  const { positionId } = world.trade({ stopLoss: parseFixed("1.09") });
  await settled(hub);
  // The master's broker has not seen the price that the follower's has.
  const price = { bid: parseFixed("1.0899"), ask: parseFixed("1.09") };
  world.brokers.beta.applyQuotes([{ symbol: `EURUSD${SUFFIX}`, ...price }], Date.now());
  await settled(hub);
  expect(held()).toEqual([]);
  expect(copies().map((one) => one.state)).toEqual(["stopped-out"]);
  expect(causes()).toEqual(["STOPPED_OUT"]);
  world.trade({ kind: "close", positionId });
  await settled(hub);
  expect(await reasons()).toEqual(["open copy", "close skip ALREADY_CLOSED"]);
  expect(causes()).toEqual([]);
  expect(await audited()).toEqual([]);
});

test("what was closed by hand is a divergence, and is not opened again", async () => {
  await start({ masterMode: "netting" });
  world.trade({});
  await settled(hub);
  byHand("1");
  await settled(hub);
  expect(copies().map((one) => one.state)).toEqual(["detached"]);
  expect(causes()).toEqual(["CLOSED_BY_HAND"]);
  world.trade({});
  await settled(hub);
  expect(held()).toEqual([]);
  expect(await reasons()).toEqual(["open copy", "increase skip DETACHED"]);
  expect(await audited()).toEqual([]);
});

test("what was taken off by hand scales what is left to follow", async () => {
  await start();
  const { positionId } = world.trade({});
  await settled(hub);
  byHand("0.6");
  await settled(hub);
  world.trade({ kind: "close", positionId, volume: parseFixed("0.5") });
  await settled(hub);
  expect(held().map((one) => formatFixed(one.volume))).toEqual(["0.2"]);
  expect(await audited()).toEqual([]);
});

test("hands that were at it while the link was down are found when it returns", async () => {
  await start();
  world.trade({});
  await settled(hub);
  byHand("0.3");
  await settled(hub);
  const [gateway] = [...world.gateways.values()].slice(1);
  const account = followerRef(world, 0);
  gateway?.setLink(account, false);
  byHand("0.2");
  gateway?.setLink(account, true);
  await settled(hub);
  // Only what is missing counts: the first deal was known.
  expect(copies()[0]?.holdings.map((one) => formatFixed(one.volume))).toEqual(["0.5"]);
  expect(await audited()).toEqual([]);
});

test("a stop that is touched before the open's answer has come is found all the same", async () => {
  await start({ simulator: { fates: () => ({ ...CALM, replyMs: 120 }) } });
  world.trade({ stopLoss: parseFixed("1.09") });
  await eventually("opened", () => held().length === 1);
  const price = { bid: parseFixed("1.0899"), ask: parseFixed("1.09") };
  world.brokers.beta.applyQuotes([{ symbol: `EURUSD${SUFFIX}`, ...price }], Date.now());
  expect(held()).toEqual([]);
  await settled(hub);
  expect(copies().map((one) => one.state)).toEqual(["stopped-out"]);
  expect(causes()).toEqual(["STOPPED_OUT"]);
  expect(await audited()).toEqual([]);
});
