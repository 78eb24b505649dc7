import { expect, test } from "vitest";
import { isLockstepError } from "../../domain/errors.ts";
import type { Timers } from "../../platform/clock.ts";
import { seededRandom } from "../../platform/random.ts";
import {
  accountRef,
  accountTerms,
  instructionOf,
  quoteOf,
  ROUND_QUOTES,
  testBroker,
} from "../../testing/simulated-broker.ts";
import type { GatewayEvent } from "../gateway.ts";
import { CALM, type Fate, type Fates, type Faults, NO_FAULTS, seededFates } from "./faults.ts";
import { SimulatorGateway, type SimulatorOptions } from "./gateway.ts";

/** Sleepers that wake when the test says so. */
class HandTimers implements Timers {
  readonly #sleepers: Array<() => void> = [];

  sleep(): Promise<void> {
    return new Promise((resolve) => this.#sleepers.push(resolve));
  }

  async wake(): Promise<void> {
    for (const wake of this.#sleepers.splice(0)) wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const account = accountRef("one");

function bench(options: Partial<SimulatorOptions> = {}) {
  const made = testBroker();
  made.broker.openAccount(accountTerms("one"));
  made.quotes(...ROUND_QUOTES);
  const timers = new HandTimers();
  const { broker, clock } = made;
  const gateway = new SimulatorGateway({ broker, clock, timers, accounts: [account], ...options });
  return { ...made, timers, gateway };
}

const slow = (): Fates => () => ({ ...CALM, requestMs: 5, replyMs: 5 });

test("without a delay the order is executed inside the call, on no timer", async () => {
  const { gateway, broker } = bench();
  const outcome = gateway.execute(instructionOf(account));
  expect(broker.snapshot("one").positions).toHaveLength(1);
  expect(gateway.waiting).toBe(0);
  expect((await outcome).status).toBe("done");
});

test("with a delay it is executed on arrival and answered later; `waiting` counts it", async () => {
  const { gateway, broker, timers } = bench({ fates: slow() });
  const outcome = gateway.execute(instructionOf(account));
  expect(gateway.waiting).toBe(1);
  expect(broker.snapshot("one").positions).toHaveLength(0);
  await timers.wake();
  expect(broker.snapshot("one").positions).toHaveLength(1);
  expect(gateway.waiting).toBe(1);
  await timers.wake();
  expect((await outcome).status).toBe("done");
  expect(gateway.waiting).toBe(0);
});

test.each([
  [0, "not sent", 0],
  [1, "executed", 1],
])("a link that breaks after %i legs makes it unknown: %s", async (legs, _, positions) => {
  const { gateway, broker, timers } = bench({ fates: slow() });
  const outcome = gateway.execute(instructionOf(account));
  for (let leg = 0; leg < legs; leg += 1) await timers.wake();
  gateway.setLink(account, false);
  gateway.setLink(account, true);
  await timers.wake();
  expect(await outcome).toMatchObject({ status: "unknown", code: "IN_FLIGHT", brokerCode: null });
  expect(broker.snapshot("one").positions).toHaveLength(positions);
});

test("no more orders of an account are unanswered at once than the gateway says", async () => {
  const { gateway, timers } = bench({ fates: slow(), inFlightMax: 2 });
  const keys = ["KEY0000000000001", "KEY0000000000002", "KEY0000000000003"];
  const outcomes = keys.map((key) => gateway.execute(instructionOf(account, { key })));
  expect(await outcomes[2]).toMatchObject({ status: "rejected", code: "TOO_MANY_REQUESTS" });
  await timers.wake();
  await timers.wake();
  expect((await outcomes[0])?.status).toBe("done");
  expect((await outcomes[1])?.status).toBe("done");
});

test("history that lags finds an outcome only when it is old enough", async () => {
  const { gateway, clock } = bench({ historyLagMs: 1000 });
  const { key } = instructionOf(account);
  await gateway.execute(instructionOf(account));
  clock.at += 999;
  expect(await gateway.lookup(account, key)).toEqual({ status: "not-found" });
  clock.at += 1;
  expect(await gateway.lookup(account, key)).toMatchObject({ status: "done" });
});

test("publishing tells what has changed since the last time; a deal tells its figures at once", async () => {
  const { gateway, broker, quotes } = bench();
  const events: GatewayEvent[] = [];
  await gateway.start((event) => events.push(event), new AbortController().signal);
  expect(events.map(({ type }) => type)).toEqual(["link", ...ROUND_QUOTES.map(() => "quote")]);
  const published = (): string[] => {
    events.length = 0;
    broker.publish();
    return events.map(({ type }) => type);
  };
  expect(published()).toEqual([...ROUND_QUOTES.map(() => "quote"), "figures"]);
  expect(published()).toEqual([]);
  quotes(quoteOf("EURUSD", "1.20000"));
  expect(published()).toEqual(["quote"]);
  events.length = 0;
  await gateway.execute(instructionOf(account));
  expect(events.map(({ type }) => type)).toEqual(["event", "figures"]);
  expect(published()).toEqual([]);
  quotes(quoteOf("EURUSD", "1.20010"));
  expect(published()).toEqual(["quote", "figures"]);
});

test("a live gateway publishes on its timer until it is stopped", async () => {
  const { gateway, timers, quotes } = bench({ publishEveryMs: 250 });
  const events: GatewayEvent[] = [];
  const stop = new AbortController();
  await gateway.start((event) => events.push(event), stop.signal);
  events.length = 0;
  quotes(quoteOf("EURUSD", "1.20000"));
  await timers.wake();
  expect(events.map(({ type }) => type)).toEqual(["quote"]);
  stop.abort();
  quotes(quoteOf("EURUSD", "1.30000"));
  await timers.wake();
  expect(events).toHaveLength(1);
});

test("links that break by themselves break and mend by turns, and gaps are told", async () => {
  const range = { min: 1, max: 9 };
  const disconnects = { random: seededRandom(1), upMs: range, downMs: range };
  const { gateway, broker, timers } = bench({ disconnects });
  const events: GatewayEvent[] = [];
  await gateway.start((event) => events.push(event), new AbortController().signal);
  events.length = 0;
  await timers.wake();
  broker.trade("one", instructionOf(account));
  await timers.wake();
  await timers.wake();
  await timers.wake();
  const told = events.map((event) => (event.type === "link" ? event.up : event.type));
  expect(told).toEqual([false, true, "gap", false, true]);
});

const ALL_FAULTS: Faults = {
  latencyMs: { min: 10, max: 50 },
  rejectRate: 0.2,
  rejectCodes: [10004, 10019, 10012],
  partialRate: 0.2,
  lostReplyRate: 0.1,
  lostRequestRate: 0.1,
};

test("the same seed draws the same fates, and each fault about as often as asked", () => {
  const draw = () => {
    const fates = seededFates(ALL_FAULTS, seededRandom(42));
    return Array.from({ length: 5000 }, () => fates(instructionOf(account)));
  };
  const drawn = draw();
  expect(draw()).toEqual(drawn);
  const share = (of: (fate: Fate) => boolean): number => drawn.filter(of).length / drawn.length;
  expect(share((fate) => fate.rejectWith !== null)).toBeCloseTo(0.2, 1);
  expect(share((fate) => fate.fillPpm !== null)).toBeCloseTo(0.2, 1);
  expect(share((fate) => fate.lost === "request")).toBeCloseTo(0.1, 1);
  expect(share((fate) => fate.lost === "reply")).toBeCloseTo(0.09, 1);
  for (const { requestMs, replyMs } of drawn) {
    expect(requestMs + replyMs).toBeGreaterThanOrEqual(10);
    expect(requestMs + replyMs).toBeLessThanOrEqual(50);
  }
});

test.each([
  { ...NO_FAULTS, rejectRate: 1.5 },
  { ...NO_FAULTS, latencyMs: { min: 5, max: 1 } },
  { ...NO_FAULTS, rejectCodes: [10009] },
])("faults that make no sense are refused at once: %j", (faults) => {
  try {
    seededFates(faults, seededRandom(1));
    expect.unreachable();
  } catch (error) {
    expect(isLockstepError(error, "BAD_CONFIG")).toBe(true);
  }
});
