import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { benchDevices } from "../bench/terminals.ts";
import { type BenchWorld, benchWorld, VOLUME } from "../bench/world.ts";
import { createHub } from "../deps.ts";
import { PARTITION_COUNT, partitionOf } from "../domain/ids.ts";
import { Bridge } from "../gateway/metatrader/bridge.ts";
import { TerminalPlaces } from "../gateway/metatrader/places.ts";
import { systemClock as clock, monotonicMs, systemTimers as timers } from "../platform/clock.ts";
import { seededRandom } from "../platform/random.ts";
import { Fleet } from "../terminals/fleet.ts";
import { eventually } from "../testing/eventually.ts";
import { openStage, type Stage } from "../testing/stage.ts";
import { enrol } from "./enrol.ts";
import type { Hub } from "./hub.ts";

type Process = { readonly hub: Hub; readonly bridge: Bridge; readonly port: number };

const FOLLOWERS = 8;
const HOST = "127.0.0.1";
const all = Array.from({ length: PARTITION_COUNT }, (_, partition) => partition);
const even = new Set(all.filter((partition) => partition % 2 === 0));
const odd = new Set(all.filter((partition) => partition % 2 === 1));

let stage: Stage;
let world: BenchWorld;
const stop = new AbortController();
const processes: Process[] = [];
const faults: string[] = [];

beforeEach(async () => {
  stage = await openStage();
  world = benchWorld(FOLLOWERS);
  await enrol(stage.database.sql, world.enrolment);
});
afterEach(async () => {
  stop.abort();
  for (const { hub, bridge } of processes) {
    if (!hub.stopped) await hub.stop();
    await bridge.close();
  }
  await stage.close();
  expect(faults).toEqual([]);
});

/** A process of the hub, but for the process. */
async function processOf(slot: string, only: ReadonlySet<number>): Promise<Process> {
  const { sql } = stage.database;
  const owner = randomUUID();
  const places = new TerminalPlaces(sql, owner, monotonicMs);
  const fault = (error: unknown): void => void faults.push(String(error));
  const bridge = new Bridge({
    ...{ store: benchDevices(world), clock, timers, fault },
    elsewhere: (account, carrier) => places.of(account, carrier),
  });
  const port = (await bridge.listen({ port: 0 })).port ?? 0;
  await places.announce({ host: HOST, port, httpPort: null, tls: false });
  const { brokerId } = world.gateway;
  const hub = createHub({
    ...{ sql, doorbells: stage.doorbells, slot, owner, only, turnMs: 100 },
    gateways: new Map([[brokerId, bridge.gateway(brokerId)]]),
    log: { info: () => {}, error: (context) => void faults.push(String(context["error"])) },
  });
  await hub.start();
  const process = { hub, bridge, port };
  processes.push(process);
  return process;
}

function fleetAt(port: number): Fleet {
  const devices = benchDevices(world);
  return new Fleet({
    target: { host: HOST, port },
    accounts: world.accounts.map((account) => ({
      login: account.login,
      credentials: devices.paired(account, "hedging", "Simulated"),
      mode: "hedging",
    })),
    ...{ clock, timers, random: seededRandom(7), signal: stop.signal },
  });
}

const servedBy = ({ hub, bridge }: Process): boolean =>
  [...hub.accounts.values()].every(({ ready }) => ready) &&
  bridge.terminals.connected === hub.accounts.size;

test("a terminal is served by its account's owner, wherever it comes to and when that changes", async () => {
  const [a, b] = [await processOf("a", even), await processOf("b", odd)];
  const fleet = fleetAt(a.port);
  void fleet.run();
  await eventually("each serves its own", () => [a, b].every(servedBy));
  const own = world.accounts.filter(({ accountId }) => even.has(partitionOf(accountId)));
  expect(a.bridge.terminals.connected).toBe(own.length);
  expect(b.bridge.terminals.connected).toBe(FOLLOWERS + 1 - own.length);
  const marks = { stopLoss: null, takeProfit: null, magic: 5, comment: "" };
  const order = { symbol: "EURUSD", side: "buy" as const, volume: VOLUME, positionId: null };
  fleet.broker.trade("master", { kind: "open", ...order, ...marks });
  const held = (): number =>
    world.accounts.filter(({ login }) => fleet.broker.snapshot(login).positions.length === 1)
      .length;
  await eventually("all hold it", () => held() === FOLLOWERS + 1);
  // Its partitions go to a third process, while its bridge stands.
  await b.hub.stop();
  const c = await processOf("c", odd);
  await eventually("the third serves them", () => servedBy(c) && c.hub.accounts.size > 0, 20_000);
  expect(b.bridge.terminals.connected).toBe(0);
});
