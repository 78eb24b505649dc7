import fc from "fast-check";
import { expect, test } from "vitest";
import { formatFixed } from "../domain/fixed.ts";
import { NOW, signalOf } from "../testing/follower-builders.ts";
import { subscriptionOf } from "../testing/owner-builders.ts";
import { copy, skip } from "./answer.ts";
import type { Decision } from "./decision.ts";
import { type PastDecision, recentOf, reenabled, storedRecent } from "./recents.ts";
import { parseRules } from "./rules.ts";
import { NOTHING_RECENT, rememberDecision } from "./state.ts";

const rules = parseRules({
  carryRemainder: true,
  guards: { throttle: { count: 3, windowMs: 86_400_000 } },
});

const plan = { part: 1, kind: "open", symbol: "EURUSD", side: "buy", volume: 1n } as const;
const plans = [{ ...plan, positionId: null, stopLoss: null, takeProfit: null }];

/** What one signal was answered with, as deciders do it. */
const decisions = fc.record({
  what: fc.constantFrom("copied", "carried", "too small", "tripped", "stale", "enabled"),
  symbol: fc.constantFrom("EURUSD", "XAUUSD"),
  left: fc.bigInt(0n, 999_999n),
});
type Drawn = typeof decisions extends fc.Arbitrary<infer T> ? T : never;

function decisionOf({ what, symbol, left }: Drawn): Decision {
  const facts = { symbol, left: formatFixed(left) };
  const remember = { carried: { symbol, left } };
  const opened = { wanted: 1n, volume: 1n, plans, target: null };
  if (what === "copied") return copy({ ...opened, steps: [] });
  if (what === "carried")
    return copy({ ...opened, steps: [{ step: "carry", ...facts }], remember });
  if (what === "too small") {
    return { ...skip("BELOW_MIN_VOLUME", [{ step: "round", ...facts }]), remember };
  }
  if (what === "stale") return skip("STALE", [{ step: "carry", ...facts }, { step: "price" }]);
  const throttle = { step: "throttle", trips: "yes" };
  return { ...skip("THROTTLED", [throttle]), remember: { tripped: true } };
}

/** Memory that is told of everything; `store` keeps what the ledger would have by then. */
function life() {
  const subscription = subscriptionOf({ rules: [{ version: 1, fromSequence: 0, rules }] });
  const ledger = { stored: null as unknown, past: [] as PastDecision[], reenabledThrough: 0 };
  return {
    subscription,
    ledger,
    store(): void {
      ledger.stored = JSON.parse(storedRecent(subscription.recent));
      ledger.past = [];
    },
    live(one: Drawn, sequence: number): void {
      const { recent } = subscription;
      if (one.what === "enabled") {
        if (!recent.tripped) return;
        ledger.reenabledThrough = sequence - 1;
        subscription.recent = reenabled(recent);
        return;
      }
      // Once it has tripped nothing is opened, and nothing trips it again.
      if (recent.tripped && one.what !== "too small") return;
      const decision = decisionOf(one);
      const at = NOW + sequence;
      rememberDecision(subscription, signalOf({ sequence }), decision, at);
      ledger.past.push({ ...decision, sequence, at });
    },
  };
}

test("wherever it was stored, what was held is read back", () => {
  fc.assert(
    fc.property(fc.array(decisions), fc.nat(), (drawn, cut) => {
      const { subscription, ledger, store, live } = life();
      const storedAt = drawn.length === 0 ? 0 : cut % drawn.length;
      for (const [index, one] of drawn.entries()) {
        if (index === storedAt) store();
        live(one, index + 1);
      }
      const { stored, past, reenabledThrough } = ledger;
      const found = recentOf(stored, past, { reenabledThrough, counts: true });
      expect(found).toEqual(subscription.recent);
    }),
  );
});

test("what was never stored and never happened is nothing", () => {
  expect(recentOf(null, [], { reenabledThrough: 0, counts: true })).toBe(NOTHING_RECENT);
});
