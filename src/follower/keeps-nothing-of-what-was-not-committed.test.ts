import { expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { BrokerMarket } from "../gateway/market.ts";
import { DEFAULT_VARIANT, symbolsOf } from "../gateway/simulator/symbols.ts";
import type { Signal } from "../master/signal.ts";
import { Activity } from "../platform/activity.ts";
import { noFailpoints } from "../platform/failpoints.ts";
import { allProtections } from "../platform/protections.ts";
import { NOW, signalOf } from "../testing/follower-builders.ts";
import { accountStateOf, NOTHING_AROUND, subscriptionOf } from "../testing/owner-builders.ts";
import type { LedgerInstruction } from "./instruction.ts";
import type { FollowerDeps } from "./ports.ts";
import { FollowerService } from "./service.ts";
import type { Subscription } from "./state.ts";
import type { DecisionRow } from "./store.ts";

/** A service over a ledger that notes what it is given, and lanes that count their places. */
function serviceOf(subscription: Subscription, change: Partial<FollowerDeps> = {}) {
  const seen = { written: [] as DecisionRow[], sent: [] as LedgerInstruction[], promised: 0 };
  const stale: number[] = [];
  const activity = new Activity();
  const service = new FollowerService({
    store: {
      writeDecisions: async (_, rows) => void seen.written.push(...rows),
      alongside: () => ({ fences: [], args: [] }),
    },
    lanes: {
      admit: () => {
        seen.promised += 1;
        return "sent";
      },
      withdraw: (instructions) => {
        seen.promised -= instructions.length;
      },
      submit: (instructions) => {
        seen.promised -= instructions.length;
        seen.sent.push(...instructions);
      },
      cancelUnsent: () => {},
    },
    surroundings: NOTHING_AROUND,
    clock: { now: () => NOW },
    timers: { sleep: async () => {} },
    ...{ activity, failpoints: noFailpoints, protections: allProtections },
    fence: () => 1,
    stale: (partitions) => void stale.push(...partitions),
    ...{ decided: () => {}, behind: () => {}, changed: () => {} },
    fault: (error) => {
      throw error;
    },
    ...change,
  });
  service.registry.add(subscription);
  return { service, seen, stale, activity };
}

function follower(): Subscription {
  const market = new BrokerMarket();
  market.setSpecs(symbolsOf(["EURUSD"], DEFAULT_VARIANT));
  const price = parseFixed("1.10000");
  market.setQuote({ symbol: "EURUSD", bid: price, ask: price, at: NOW });
  return subscriptionOf({ account: accountStateOf({ market }), seen: 0 });
}

const first = signalOf({ sequence: 1 });

async function committed(signal: Signal, end: "written" | "refused" | "failed") {
  const subscription = follower();
  const { service, seen, stale, activity } = serviceOf(subscription);
  const opening = service.opening(signal);
  if (opening === null) throw new Error("nobody was ready");
  if (end === "failed") opening.failed();
  else opening.committed(end === "written");
  await activity.quiet();
  return { subscription, service, seen, stale, activity };
}

test("decisions that went in with their signal are sent once, and written no second time", async () => {
  const { service, seen, subscription, activity } = await committed(first, "written");
  service.onSignals([first]);
  await activity.quiet();
  expect(seen).toMatchObject({ written: [], promised: 0 });
  expect(seen.sent).toHaveLength(1);
  expect(subscription.waiting).toEqual([]);
});

test("decisions that could not go in with their signal are written after it", async () => {
  const { seen } = await committed(first, "refused");
  expect(seen.written).toHaveLength(1);
  expect(seen.sent).toHaveLength(1);
  expect(seen.promised).toBe(0);
});

test("of a signal whose commit failed nothing is kept, and it is taken when it comes again", async () => {
  const { subscription, seen, service, activity } = await committed(first, "failed");
  expect(seen).toEqual({ written: [], sent: [], promised: 0 });
  expect(subscription.seen).toBe(0);
  expect([...subscription.account.unresolved]).toEqual([]);
  service.onSignals([first], "ledger");
  await activity.quiet();
  expect(seen.sent).toHaveLength(1);
});

test("a follower whose lease is not sure is read again, and not left waiting for ever", async () => {
  const subscription = follower();
  const { service, seen, stale, activity } = serviceOf(subscription, { fence: () => null });
  service.onSignals([first]);
  await activity.quiet();
  expect(stale).toEqual([subscription.account.partition]);
  expect(subscription.waiting).toEqual([first]);
  expect(seen.promised).toBe(0);
});

test("what was dropped while it waited takes no place in the lane of what was read afresh", async () => {
  const subscription = follower();
  const { service, seen, activity } = serviceOf(subscription);
  subscription.waiting.push(first);
  service.pump(subscription.account);
  service.registry.remove(subscription);
  await activity.quiet();
  expect(seen).toEqual({ written: [], sent: [], promised: 0 });
});
