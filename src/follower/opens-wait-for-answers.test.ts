import { describe, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { BrokerMarket } from "../gateway/market.ts";
import type { Signal } from "../master/signal.ts";
import { copiedOf, marketOf, NOW, signalOf } from "../testing/follower-builders.ts";
import { accountStateOf, subscriptionOf } from "../testing/owner-builders.ts";
import { decide } from "./decide.ts";
import { parseRules } from "./rules.ts";
import { followerState } from "./state.ts";
import { laterStopsFor } from "./stop-wait.ts";
import { Ahead, mayDecide, NOTHING, takeReady, validUntilOf } from "./turn.ts";

const busyAt = (position: string) =>
  accountStateOf({ unresolved: new Map([["k", { subscriptionId: "subscription", position }]]) });
const may = (
  signal: Signal,
  account = accountStateOf(),
  { ahead = [] as readonly Signal[], now = NOW } = {},
): boolean => {
  const subscription = subscriptionOf({ account });
  return mayDecide(subscription, signal, { ahead: Ahead.of(subscription, ahead, now), now });
};

const open = signalOf();
const close = signalOf({ kind: "close", after: 0n, before: open.volume });
const other = signalOf({ id: "other", position: "p2", sequence: 2 });

describe("an open", () => {
  test("waits for every unanswered instruction of the account", () => {
    expect(may(open)).toBe(true);
    expect(may(open, busyAt("p2"))).toBe(false);
    expect(may(open, accountStateOf({ ready: false }))).toBe(false);
  });

  test("waits for the opens before it, and for its own position", () => {
    expect(may(other, accountStateOf(), { ahead: [open] })).toBe(false);
    expect(may(other, accountStateOf(), { ahead: [close] })).toBe(true);
    expect(may(open, accountStateOf(), { ahead: [close] })).toBe(false);
  });

  test("waits no longer than it may be copied at all", () => {
    expect(may(open, busyAt("p2"), { now: NOW + 60_000 })).toBe(false);
    expect(may(open, busyAt("p2"), { now: NOW + 60_001 })).toBe(true);
  });

  test("waits for nothing where it can only be refused", () => {
    expect(may(open, accountStateOf({ online: false, ready: false }))).toBe(true);
    expect(may({ ...open, existing: true }, busyAt("p2"))).toBe(true);
  });
});

test("a close or a stop change waits for its own position only", () => {
  for (const signal of [close, { ...close, kind: "protect" as const }]) {
    expect(may(signal, busyAt("p2"))).toBe(true);
    expect(may(signal, accountStateOf({ ready: false }))).toBe(true);
    expect(may(signal, busyAt("p1"))).toBe(false);
    expect(may(signal, accountStateOf(), { ahead: [open] })).toBe(false);
  }
});

test("a reduction waits until the broker has told its symbol, and a close never does", () => {
  const copied = new Map([["p1", copiedOf(["1"])]]);
  const reduce = signalOf({ kind: "reduce", after: 1n, before: open.volume });
  const asked = (signal: Signal, ready: boolean) =>
    mayDecide(subscriptionOf({ account: accountStateOf({ ready }), copied }), signal, {
      ...{ ahead: NOTHING, now: NOW },
    });
  for (const signal of [reduce, { ...reduce, kind: "protect" as const }]) {
    expect(asked(signal, false)).toBe(false);
    // The broker was asked and knows no such symbol: that is an answer.
    expect(asked(signal, true)).toBe(true);
  }
  expect(asked(close, false)).toBe(true);
  const market = new BrokerMarket();
  const spec = marketOf().spec("EURUSD");
  market.setSpecs(spec === undefined ? [] : [spec]);
  const known = subscriptionOf({ account: accountStateOf({ ready: false, market }), copied });
  expect(mayDecide(known, reduce, { ahead: NOTHING, now: NOW })).toBe(true);
});

test("what is ready is taken one by one, in order, and the rest keeps its order", () => {
  const subscription = subscriptionOf({ waiting: [open, other, close] });
  expect(takeReady(subscription, NOW)).toEqual(open);
  expect(subscription.waiting).toEqual([other, close]);
});

test("however much waits, each of it is looked at a few times only", () => {
  const MANY = 5_000;
  let looks = 0;
  const waiting = Array.from({ length: MANY }, (_, index) => {
    const position = `p${Math.floor(index / 2)}`;
    const kind = index % 2 === 0 ? ("open" as const) : ("close" as const);
    const signal = signalOf({ id: `s${index}`, kind, sequence: index + 1 });
    return Object.defineProperty(signal, "position", {
      get() {
        looks += 1;
        return position;
      },
    });
  });
  const subscription = subscriptionOf({ account: busyAt("another"), waiting });
  expect(takeReady(subscription, NOW)).toBeNull();
  expect(looks).toBeLessThan(MANY * 5);
});

describe("an open that is sized by risk", () => {
  const rules = parseRules({
    sizing: { mode: "risk-percent", riskPercent: "1" },
    waitForStopMs: 5_000,
  });
  const stop = parseFixed("1.09");
  const protect = signalOf({ id: "stop", kind: "protect", sequence: 3, stopLoss: stop });
  const waiting = (...signals: Signal[]) =>
    subscriptionOf({ rules: [{ version: 1, fromSequence: 0, rules }], waiting: signals });

  test("waits for the master's stop-loss, and no longer than it may", () => {
    const subscription = waiting(open);
    expect(takeReady(subscription, NOW + 4_999)).toBeNull();
    expect(takeReady(subscription, NOW + 5_000)).toEqual(open);
  });

  test("goes on with the stop that came, and is sized by it", () => {
    const subscription = waiting(open, protect);
    expect(takeReady(subscription, NOW)).toEqual(open);
    const later = laterStopsFor(subscription, open);
    expect(later).toEqual({ stopLoss: stop, takeProfit: null });
    const state = followerState(subscription, open, { ofAccount: () => [] }, later);
    expect(decide(open, state, marketOf()).plans).toMatchObject([
      { volume: parseFixed("0.1"), stopLoss: stop },
    ]);
  });

  test("is decided at once where the master closes", () => {
    expect(takeReady(waiting(open, { ...close, sequence: 3 }), NOW)).toEqual(open);
  });

  test("does not hold up the opens behind it", () => {
    const placed = { ...other, stopLoss: stop };
    const subscription = waiting(open, placed);
    expect(takeReady(subscription, NOW)).toEqual(placed);
    expect(subscription.waiting).toEqual([open]);
  });

  test("that has its stop, or an assumed one, does not wait", () => {
    expect(takeReady(waiting({ ...open, stopLoss: stop }), NOW)).not.toBeNull();
    const assumed = parseRules({
      sizing: { mode: "risk-percent", riskPercent: "1", assumedStopPoints: 100 },
      waitForStopMs: 5_000,
    });
    const subscription = subscriptionOf({
      rules: [{ version: 1, fromSequence: 0, rules: assumed }],
      waiting: [open],
    });
    expect(takeReady(subscription, NOW)).toEqual(open);
  });
});

test("a position from before waits as any open where it is to be copied, and ages from its receipt", () => {
  const rules = parseRules({ copyExisting: "all" });
  const existing = { ...open, existing: true, ageAtReceiptMs: 10 ** 9 };
  const account = busyAt("p2");
  const subscription = subscriptionOf({ account, rules: [{ version: 1, fromSequence: 0, rules }] });
  expect(mayDecide(subscription, existing, { ahead: NOTHING, now: NOW })).toBe(false);
  expect(validUntilOf(subscription, existing)).toBe(NOW + 60_000);
});
