import { describe, expect, test } from "vitest";
import type { Signal } from "../master/signal.ts";
import { NOW, signalOf } from "../testing/follower-builders.ts";
import { accountStateOf, subscriptionOf } from "../testing/owner-builders.ts";
import { mayDecide, takeReady } from "./turn.ts";

const busyAt = (position: string) =>
  accountStateOf({ unresolved: new Map([["k", { subscriptionId: "subscription", position }]]) });
const may = (
  signal: Signal,
  account = accountStateOf(),
  { ahead = [] as readonly Signal[], now = NOW } = {},
): boolean => mayDecide(subscriptionOf({ account }), signal, { ahead, now });

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

test("what is ready is taken one by one, in order, and the rest keeps its order", () => {
  const subscription = subscriptionOf({ waiting: [open, other, close] });
  expect(takeReady(subscription, NOW)).toEqual([open]);
  expect(subscription.waiting).toEqual([other, close]);
});
