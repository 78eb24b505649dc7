import { afterEach, beforeEach, expect, test } from "vitest";
import { benchDevices } from "../bench/terminals.ts";
import { type BenchWorld, benchWorld, VOLUME } from "../bench/world.ts";
import { createHub } from "../deps.ts";
import { Bridge } from "../gateway/metatrader/bridge.ts";
import { CALM, type Fate } from "../gateway/simulator/faults.ts";
import { Activity } from "../platform/activity.ts";
import { systemClock as clock, systemTimers as timers } from "../platform/clock.ts";
import { seededRandom } from "../platform/random.ts";
import { Fleet } from "../terminals/fleet.ts";
import { eventually } from "../testing/eventually.ts";
import { openStage, type Stage } from "../testing/stage.ts";
import { enrol } from "./enrol.ts";
import type { Hub } from "./hub.ts";

const FOLLOWERS = 6;

let stage: Stage;
let world: BenchWorld;
let bridge: Bridge;
let fleet: Fleet;
let hub: Hub;
let stop: AbortController;
let fate: Fate;
const faults: string[] = [];

beforeEach(() => begin());
afterEach(() => end());

async function begin(shown?: ReadonlySet<string>): Promise<void> {
  stage = await openStage();
  world = benchWorld(FOLLOWERS);
  await enrol(stage.database.sql, world.enrolment);
  const fault = (error: unknown): void => void faults.push(String(error));
  bridge = new Bridge({ store: benchDevices(world), clock, timers, fault, answerMs: 500 });
  const { port } = await bridge.listen({ port: 0 });
  stop = new AbortController();
  fate = CALM;
  fleet = fleetAt(port ?? 0, shown);
  void fleet.run();
  const { brokerId } = world.gateway;
  hub = createHub({
    sql: stage.database.sql,
    doorbells: stage.doorbells,
    activity: new Activity(),
    gateways: new Map([[brokerId, bridge.gateway(brokerId)]]),
    log: { info: () => {}, error: (context) => void faults.push(String(context["error"])) },
    slot: "terminals",
  });
  await hub.start();
  await eventually("all are connected", () => fleet.live === FOLLOWERS + 1);
  await eventually("all are ready", () => [...hub.accounts.values()].every(({ ready }) => ready));
}

async function end(): Promise<void> {
  stop.abort();
  await hub.stop();
  await bridge.close();
  await stage.close();
  expect(faults).toEqual([]);
}

function fleetAt(port: number, shown?: ReadonlySet<string>): Fleet {
  const devices = benchDevices(world);
  return new Fleet({
    target: { host: "127.0.0.1", port },
    accounts: world.accounts.map((account) => ({
      login: account.login,
      credentials: devices.paired(account, "hedging", "Simulated"),
      mode: "hedging",
    })),
    ...{ clock, timers, random: seededRandom(7), signal: stop.signal, aheadMs: 10_800_000 },
    fate: () => fate,
    ...(shown === undefined ? {} : { shown }),
  });
}

const held = (): number =>
  world.accounts.slice(1).filter(({ login }) => fleet.broker.snapshot(login).positions.length === 1)
    .length;

function masterTrades(positionId: string | null): string {
  const order = { symbol: "EURUSD", side: "buy" as const, volume: VOLUME, positionId };
  const rest = { stopLoss: null, takeProfit: null, magic: 5, comment: "" };
  const kind = positionId === null ? ("open" as const) : ("close" as const);
  return fleet.broker.trade("master", { kind, ...order, ...rest }).positionId ?? "";
}

test("what a master's terminal opens and closes, every follower's terminal does", async () => {
  const position = masterTrades(null);
  await eventually("all hold it", () => held() === FOLLOWERS);
  masterTrades(position);
  await eventually("none holds it", () => held() === 0);
});

test("the first signal of a symbol that no terminal shows waits for its facts and its price", async () => {
  await end();
  await begin(new Set(["NZDUSD"]));
  const market = hub.marketOf(world.gateway.brokerId);
  expect([market.spec("EURUSD"), market.quote("EURUSD")]).toEqual([undefined, undefined]);
  masterTrades(null);
  await eventually("all hold it", () => held() === FOLLOWERS);
  const decided = await stage.database.admin`select decision, count(*)::int as n from decisions
    group by 1`;
  expect(decided).toMatchObject([{ decision: "copy", n: FOLLOWERS }]);
});

test("what a broker changes of a symbol is known while its terminals stay connected", async () => {
  const market = hub.marketOf(world.gateway.brokerId);
  await eventually("it is watched", () => market.quote("EURUSD") !== undefined);
  const before = market.spec("EURUSD");
  if (before === undefined) throw new Error("no facts");
  fleet.changed({ ...before, volumeMax: VOLUME * 3n });
  await eventually("it is heard", () => market.spec("EURUSD")?.volumeMax === VOLUME * 3n);
});

test("a close while every link is down, and one whose answers are lost, are made good", async () => {
  const position = masterTrades(null);
  await eventually("all hold it", () => held() === FOLLOWERS);
  fate = { ...CALM, lost: "reply" };
  fleet.drop();
  masterTrades(position);
  await eventually("none holds it", () => held() === 0, 30_000);
  const orders = world.accounts.map(({ login }) => fleet.broker.deals(login, 0, Infinity).length);
  expect(orders).toEqual(orders.map(() => 2));
});

test("what is paid in is kept once, told by the terminal or read from its history after a loss", async () => {
  const login = world.accounts[1]?.login ?? "";
  const kept = () =>
    stage.database.admin`select kind, count(*)::int as rows from cash_movements
      where account_id = ${world.accounts[1]?.accountId ?? ""} group by kind order by kind`;
  fleet.broker.pay(login, { kind: "deposit", amount: VOLUME * 1_000n, comment: "wire" });
  await eventually("the first is kept", async () => (await kept()).length === 1);
  fleet.drop();
  fleet.broker.pay(login, { kind: "fee", amount: -VOLUME, comment: "" });
  const both = JSON.stringify([
    { kind: "deposit", rows: 1 },
    { kind: "fee", rows: 1 },
  ]);
  await eventually("both are kept", async () => JSON.stringify(await kept()) === both);
});
