import { afterEach, expect, test } from "vitest";
import { systemClock as clock, systemTimers as timers } from "../../platform/clock.ts";
import { seededRandom } from "../../platform/random.ts";
import { Fleet } from "../../terminals/fleet.ts";
import { MemoryDevices } from "../../terminals/memory-devices.ts";
import { eventually } from "../../testing/eventually.ts";
import { accountRef } from "../../testing/simulated-broker.ts";
import { Admission } from "./admission.ts";
import { Bridge, type BridgeOptions } from "./bridge.ts";
import { Refusal } from "./refusals.ts";

const TERMINALS = 200;
const BACK_MS_MAX = 5_000;
let open: Bridge | null = null;
afterEach(async () => open?.close());

async function bridgeFor(store: MemoryDevices, options: Partial<BridgeOptions> = {}) {
  const fault = (error: unknown): void => {
    throw error;
  };
  open = new Bridge({ store, clock, timers, fault, ...options });
  return { bridge: open, port: (await open.listen({ port: 0 })).port ?? 0 };
}

function fleetOf(store: MemoryDevices, port: number, count: number, stop: AbortSignal) {
  const accounts = Array.from({ length: count }, (_, index) => {
    const login = `t${index}`;
    const credentials = store.paired(accountRef(login), "hedging", "Simulated");
    return { login, credentials, mode: "hedging" as const };
  });
  const target = { host: "127.0.0.1", port };
  return new Fleet({ target, accounts, clock, timers, random: seededRandom(1), signal: stop });
}

test("turns come in order at the rate, and beyond what may wait it is BUSY", async () => {
  const admission = new Admission(timers, { perSecond: 100, waitingMax: 3 });
  const order: number[] = [];
  const turns = [1, 2, 3, 4].map(async (number) => {
    await admission.turn();
    order.push(number);
  });
  await expect(admission.turn()).rejects.toThrow(Refusal);
  await Promise.all(turns);
  expect(order).toEqual([1, 2, 3, 4]);
  await admission.turn();
});

test("what has to be closed goes before all who came earlier", async () => {
  const admission = new Admission(timers, { perSecond: 100, waitingMax: 10 });
  const order: string[] = [];
  const turn = (name: string, urgent: boolean) =>
    admission.turn(urgent).then(() => void order.push(name));
  const earlier = ["first", "a", "b", "c"].map((name) => turn(name, false));
  await Promise.all([...earlier, turn("closes", true)]);
  expect(order).toEqual(["first", "closes", "a", "b", "c"]);
});

test("all that lose their connection at once are back, one after another", async () => {
  const store = new MemoryDevices();
  const { bridge, port } = await bridgeFor(store, { perSecond: 300 });
  const stop = new AbortController();
  const fleet = fleetOf(store, port, TERMINALS, stop.signal);
  void fleet.run();
  await eventually("all are in", () => bridge.terminals.connected === TERMINALS);
  fleet.drop();
  await eventually("some are gone", () => bridge.terminals.connected < TERMINALS);
  await eventually("all are back", () => bridge.terminals.connected === TERMINALS, BACK_MS_MAX);
  expect([...bridge.refused.keys()]).toEqual([]);
  stop.abort();
});

test("a proven terminal of an account that is served elsewhere is sent there", async () => {
  const store = new MemoryDevices();
  const there = { host: "127.0.0.1", port: 1, tls: true };
  const { bridge, port } = await bridgeFor(store, { elsewhere: async () => there });
  const stop = new AbortController();
  const fleet = fleetOf(store, port, 1, stop.signal);
  void fleet.run();
  await eventually("it is told", () => fleet.redirects.length > 0);
  expect(fleet.redirects[0]).toEqual({ host: "127.0.0.1", port: 1 });
  expect(bridge.terminals.connected).toBe(0);
  stop.abort();
});
