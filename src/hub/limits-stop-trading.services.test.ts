/** A risk limit of a subscription stops what it has to, and nothing else, until it is reset by hand. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseRules } from "../follower/rules.ts";
import { keptLimits, LimitKeeper } from "../risk/service.ts";
import { postgresGuardStore } from "../risk/store.ts";
import { runCli } from "../testing/cli.ts";
import { decisionsSaid } from "../testing/decisions-said.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled, TENANT_ID, type World } from "../testing/harness.ts";
import { accountPointOf } from "../testing/risk-builders.ts";
import { killed, openStage, type Stage, successor } from "../testing/stage.ts";
import type { Hub } from "./hub.ts";

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

/** 500 USD of the 100,000 that each follower begins with. */
const limitsOf = (action: string) => [
  {
    ...{ measure: "equity-from-equity", period: "lifetime", startAmount: "100000" },
    ...{ absolute: "500", action },
  },
];

async function start(action: string): Promise<void> {
  world = createWorld({ followers: 1 });
  await stage.enrol(world, { limits: limitsOf(action), guards: { maxDeviationPoints: null } });
  hub = await stage.start(world);
}

const said = () => decisionsSaid(stage.database.admin);
const held = () => world.brokers.beta.snapshot("follower-00001").positions.length;
const open = async (): Promise<string | null> => {
  const { positionId } = world.trade({});
  await settled(hub);
  return positionId;
};
const barred = () => [...hub.followers.subscriptions.values()].map((one) => one.barred);
/** One lot loses 1,000 USD and the spread. */
const fall = (): void => world.quote("EURUSD", "1.09000", "1.09010");
const reset = () =>
  runCli(["reenable", "follower-00001", "--reason", "a test"], {
    DATABASE_URL: stage.database.url,
  });

test("close-only bars opens and holds back no close", async () => {
  await start("close-only");
  const positionId = await open();
  fall();
  await eventually("barred", () => barred()[0] === "RISK_LIMIT");
  await open();
  expect(held()).toBe(1);
  world.trade({ kind: "close", positionId });
  await settled(hub);
  expect(held()).toBe(0);
  expect(await said()).toEqual(["open copy 1", "open skip RISK_LIMIT 0", "close copy 1"]);
});

test("close-all-and-stop closes every copy once, over restarts, until it is reset", async () => {
  await start("close-all-and-stop");
  const positionId = await open();
  fall();
  await eventually("closed", () => held() === 0);
  await settled(hub);
  hub = await successor(stage, world, hub);
  expect(barred()).toEqual(["RISK_LIMIT"]);
  await open();
  world.trade({ kind: "close", positionId });
  await settled(hub);
  expect(await reset()).toMatchObject({ err: "", exit: 0 });
  await eventually("reset", () => barred()[0] === null);
  await open();
  expect(await said()).toEqual([
    "open copy 1",
    "open skip RISK_LIMIT 0",
    "close skip ALREADY_CLOSED 0",
    "open copy 1",
  ]);
  expect(held()).toBe(1);
  const closes = await stage.database.admin`
    select origin, state from instruction_states where kind = 'close'`;
  expect([...closes]).toEqual([{ origin: "limit", state: "done" }]);
  const events = await stage.database.admin`
    select kind, to_stage, by_whom from guard_events order by number`;
  expect([...events]).toEqual([
    { kind: "reached", to_stage: "close-all-and-stop", by_whom: null },
    { kind: "reset", to_stage: "clear", by_whom: "command line" },
  ]);
});

test("what an owner has committed and not acted on, the next one does", async () => {
  await start("close-all-and-stop");
  await open();
  const [id = ""] = hub.followers.subscriptions.keys();
  await killed(hub);
  const { limits } = parseRules({ limits: limitsOf("close-all-and-stop") });
  const store = postgresGuardStore(stage.database.sql);
  const kept = keptLimits({ kind: "subscription", id }, limits);
  const keeper = await LimitKeeper.open(store, TENANT_ID, kept);
  await keeper.feed(id, accountPointOf(Date.now(), { equity: 99_000 }));
  expect(held()).toBe(1);
  hub = await stage.start(world);
  await eventually("closed by the next owner", () => held() === 0);
  await settled(hub);
  expect(barred()).toEqual(["RISK_LIMIT"]);
});

test("an alert tells and bars nothing", async () => {
  await start("alert");
  await open();
  fall();
  const incidents = () => stage.database.admin`select code from incidents`;
  await eventually("told", async () => (await incidents()).length === 1);
  await open();
  expect(barred()).toEqual([null]);
  expect(held()).toBe(2);
});
