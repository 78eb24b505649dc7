/** Rules that reach beyond one decision: what is sent when, on which side, and what is remembered. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import type { Hub } from "../hub/hub.ts";
import { audit } from "../testing/audit.ts";
import { decisionsSaid } from "../testing/decisions-said.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled, type World } from "../testing/harness.ts";
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

async function start(rules: object): Promise<void> {
  world = createWorld({ followers: 1 });
  await stage.enrol(world, rules);
  hub = await stage.start(world);
}

const held = () => world.brokers.beta.snapshot("follower-00001").positions;
const answers = () => decisionsSaid(stage.database.admin);
const audited = () => audit(stage.database.admin, world, world.records());

test("a reversed copy stands on the other side with its stops swapped, and closes with the master", async () => {
  await start({ reverse: true });
  const stops = { stopLoss: parseFixed("1.09"), takeProfit: parseFixed("1.12") };
  const { positionId } = world.trade(stops);
  await settled(hub);
  // Bought at 1.1001 there, sold at 1.1 here.
  expect(held()).toMatchObject([
    { side: "sell", stopLoss: parseFixed("1.1199"), takeProfit: parseFixed("1.0899") },
  ]);
  world.trade({
    kind: "protect",
    positionId,
    volume: null,
    ...stops,
    takeProfit: parseFixed("1.13"),
  });
  await settled(hub);
  expect(held()).toMatchObject([{ side: "sell", stopLoss: parseFixed("1.1299") }]);
  world.trade({ kind: "close", positionId, volume: parseFixed("0.5") });
  await settled(hub);
  expect(held().map(({ volume }) => formatFixed(volume))).toEqual(["0.5"]);
  world.trade({ kind: "close", positionId, volume: parseFixed("0.5") });
  await settled(hub);
  expect(held()).toEqual([]);
});

test("a delayed open is committed at once and sent when its time comes", async () => {
  await start({ guards: { delayMs: { min: 400, max: 400 } } });
  const began = performance.now();
  world.trade({});
  await eventually("decided", async () => (await answers()).length === 1);
  expect(held()).toEqual([]);
  await eventually("opened", () => held().length === 1);
  expect(performance.now() - began).toBeGreaterThanOrEqual(390);
  await settled(hub);
  expect(await audited()).toEqual([]);
});

test("an open that is sized by risk waits for the stop-loss that the master sets after it", async () => {
  await start({ sizing: { mode: "risk-percent", riskPercent: "1" }, waitForStopMs: 20_000 });
  const { positionId } = world.trade({});
  const placed = world.trade({ symbol: "NZDUSD", stopLoss: parseFixed("0.59") });
  await eventually("the other is copied", () => held().length === 1);
  const stopLoss = parseFixed("1.0901");
  world.trade({ kind: "protect", positionId, volume: null, stopLoss });
  await eventually("sized by it", () => held().length === 2);
  await settled(hub);
  // 1 % of 100,000 USD at 1,010 points of 1 USD a lot; then at 1,000, less the spread of the first.
  expect(held().map(({ volume, stopLoss: at }) => [formatFixed(volume), at])).toEqual([
    ["0.99", parseFixed("0.59")],
    ["0.99", stopLoss],
  ]);
  expect(placed.status).toBe("done");
  expect(await audited()).toEqual([]);
});

test("caps count what is held, and a throttle that trips stays so", async () => {
  await start({
    sizing: { mode: "multiplier" },
    guards: { maxTotalVolume: "1.5", throttle: { count: 2, windowMs: 60_000 } },
  });
  const first = world.trade({});
  await settled(hub);
  world.trade({ symbol: "NZDUSD" });
  await settled(hub);
  world.trade({ kind: "close", positionId: first.positionId });
  await settled(hub);
  world.trade({ symbol: "XAUUSD", volume: parseFixed("0.1") });
  await settled(hub);
  expect(await answers()).toEqual([
    "open copy 1",
    "open copy 0.5",
    "close copy 1",
    "open skip THROTTLED 0",
  ]);
  expect([...hub.followers.subscriptions.values()].map(({ recent }) => recent.tripped)).toEqual([
    true,
  ]);
});
