/** Hours of the demo's market without a hub: what the scripted masters do, and that they keep on. */
import { expect, test } from "vitest";
import { MemoryBrokerLog } from "../gateway/simulator/broker-log.ts";
import type { DealRecord } from "../gateway/simulator/records.ts";
import { HandClock } from "../testing/simulated-broker.ts";
import { openBrokers } from "./brokers.ts";
import { DEMO_BROKERS, DEMO_MASTERS } from "./definition.ts";
import { DemoMarket, TICK_MS } from "./market.ts";
import { POSITIONS_MAX } from "./strategies.ts";

const MINUTE_MS = 60_000;
const FRESH = { ranMs: 0, mids: {} };

function play(seed: number, minutes: number, each: (market: Played) => void = () => {}) {
  const clock = new HandClock();
  const logs = new Map(DEMO_BROKERS.map(({ file }) => [file, new MemoryBrokerLog()]));
  const brokers = openBrokers({
    clock,
    log: (file) => ({ log: logs.get(file) ?? new MemoryBrokerLog(), history: [] }),
  });
  const at = clock.now();
  const market = new DemoMarket({ brokers, seed, at, from: FRESH });
  market.tick(at);
  market.open(at);
  for (let ticks = 0; ticks * TICK_MS < minutes * MINUTE_MS; ticks += 1) {
    clock.at += TICK_MS;
    market.tick(clock.now());
    each({ brokers });
  }
  const records = [...logs.values()].flatMap((log) => log.records);
  const text = [...logs.values()].map((log) => log.text()).join("");
  return { records, text, startedAt: at };
}

type Played = { readonly brokers: ReturnType<typeof openBrokers> };

test("the same seed gives the same trades and prices, another seed others", () => {
  const first = play(7, 20);
  expect(play(7, 20).text).toBe(first.text);
  expect(play(8, 20).text).not.toBe(first.text);
});

test("no master ever holds more than its most, and a scalper one position a symbol", () => {
  play(11, 120, ({ brokers }) => {
    for (const master of DEMO_MASTERS) {
      const broker = brokers.find(({ terms }) => terms.name === master.broker)?.broker;
      const held = broker?.snapshot(master.login).positions ?? [];
      expect(held.length).toBeLessThanOrEqual(POSITIONS_MAX[master.strategy]);
      if (master.strategy === "grid") continue;
      expect(new Set(held.map((one) => one.symbol)).size).toBe(held.length);
    }
  });
});

test("the first trade comes after 3 to 5 s and another every 5 to 20 s", () => {
  const { records, startedAt } = play(3, 60);
  const at = records
    .filter(({ type }) => type === "request")
    .map((record) => record.at - startedAt)
    .sort((a, b) => a - b);
  expect(at[0]).toBeGreaterThanOrEqual(3_000);
  expect(at[0]).toBeLessThanOrEqual(5_000 + TICK_MS);
  const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5_000);
  // Now and then a master sees nothing to do, and lets its turn go by.
  expect(Math.max(...gaps)).toBeLessThanOrEqual(4 * (20_000 + TICK_MS));
});

test("every master opens and closes, and no broker refuses what it asks for", () => {
  const { records } = play(5, 60);
  for (const { login } of DEMO_MASTERS) {
    const deals = records.filter(
      (record): record is DealRecord => record.type === "deal" && record.login === login,
    );
    expect(deals.filter(({ deal }) => deal.entry === "in").length).toBeGreaterThan(10);
    expect(deals.filter(({ deal }) => deal.entry === "out").length).toBeGreaterThan(10);
  }
  const answers = records.flatMap((record) => (record.type === "answer" ? [record.outcome] : []));
  const refused = answers.filter(({ status }) => status === "rejected").map(({ code }) => code);
  expect(refused).toEqual([]);
});
