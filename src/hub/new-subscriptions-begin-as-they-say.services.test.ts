/** What a master held before somebody subscribed is copied as the subscription says, once. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { createWorld, settled, type World } from "../testing/harness.ts";
import { openStage, type Stage, successor } from "../testing/stage.ts";

let stage: Stage;
let world: World;

beforeEach(async () => {
  stage = await openStage();
  world = createWorld({ followers: 2 });
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

const held = (login: string) =>
  world.brokers.beta
    .snapshot(login)
    .positions.map(({ symbol, volume }) => `${symbol} ${formatFixed(volume)}`);

/** A master with one position in profit, one in loss and one that was reduced and closed again. */
async function joinedLate(copyExisting: string) {
  const [first] = world.followers;
  await stage.enrol({ ...world, followers: first === undefined ? [] : [first] });
  const hub = await stage.start(world);
  world.trade({ volume: parseFixed("0.4") });
  await settled(hub);
  const cheap = world.trade({ symbol: "NZDUSD", volume: parseFixed("0.5") });
  const gone = world.trade({ symbol: "XAUUSD", volume: parseFixed("0.1") });
  await settled(hub);
  world.trade({
    kind: "close",
    symbol: "NZDUSD",
    positionId: cheap.positionId,
    volume: parseFixed("0.2"),
  });
  world.trade({
    kind: "close",
    symbol: "XAUUSD",
    positionId: gone.positionId,
    volume: parseFixed("0.1"),
  });
  world.quote("EURUSD", "1.10100", "1.10110");
  world.quote("NZDUSD", "0.59900", "0.59910");
  await settled(hub);
  await stage.enrol(world, { copyExisting, guards: { maxDeviationPoints: null } });
  await hub.reload();
  await settled(hub);
  return { hub, cheap };
}

test.each([
  ["none", []],
  ["better-price-only", ["NZDUSD.b 0.3"]],
  ["all", ["EURUSD.b 0.4", "NZDUSD.b 0.3"]],
])("copyExisting %s", async (copyExisting, expected) => {
  const { hub, cheap } = await joinedLate(copyExisting);
  expect(held("follower-00002")).toEqual(expected);
  const next = await successor(stage, world, hub);
  expect(held("follower-00002")).toEqual(expected);
  world.trade({
    kind: "close",
    symbol: "NZDUSD",
    positionId: cheap.positionId,
    volume: parseFixed("0.3"),
  });
  await settled(next);
  expect(held("follower-00002")).toEqual(expected.filter((one) => !one.startsWith("NZD")));
  expect(held("follower-00001")).toEqual(["EURUSD.b 0.4"]);
});
