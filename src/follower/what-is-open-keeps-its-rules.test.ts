/** New rules hold from a signal on; what is open keeps those it was opened under. */
import { describe, expect, test } from "vitest";
import { copiedOf, marketOf, signalOf } from "../testing/follower-builders.ts";
import { subscriptionOf } from "../testing/owner-builders.ts";
import { releaseToCloseFor } from "./closes-before-news.ts";
import type { NewsQuestion } from "./decision.ts";
import { parseRules } from "./rules.ts";
import { openedUnder, rulesOf } from "./state.ts";

const versions = (...list: readonly (readonly [fromSequence: number, rules: object])[]) =>
  list.map(([fromSequence, rules], index) => ({
    version: index + 1,
    fromSequence,
    rules: parseRules(rules),
  }));

/** Opened by signal 5; new rules from signal 6 on. */
function opened(rules: object, openedBy: number | null = 5) {
  const copied = copiedOf(["1"], openedBy === null ? {} : { openedBy });
  return subscriptionOf({
    rules: versions([0, { reverse: false }], [5, rules]),
    copied: new Map([[copied.position, copied]]),
  });
}
const told = (subscription: ReturnType<typeof opened>, kind: "protect" | "close" | "increase") => {
  const { rules, version } = rulesOf(subscription, { ...signalOf({ kind }), sequence: 9 });
  return [version, rules.reverse, rules.mode];
};

test("stop changes and closes of what is open go by the rules it was opened under", () => {
  const subscription = opened({ reverse: true });
  expect(told(subscription, "protect")).toEqual([1, false, "active"]);
  expect(told(subscription, "close")).toEqual([1, false, "active"]);
});

test("what the master adds goes by the rules of the day", () => {
  expect(told(opened({ reverse: true }), "increase")).toEqual([2, true, "active"]);
});

test("a mode holds at once, for what is open too", () => {
  expect(told(opened({ reverse: true, mode: "monitor" }), "close")).toEqual([1, false, "monitor"]);
});

test("what the version's own first signal opened, or nobody knows what did, has the new rules", () => {
  expect(told(opened({ reverse: true }, 6), "protect")).toEqual([2, true, "active"]);
  expect(told(opened({ reverse: true }, null), "protect")).toEqual([2, true, "active"]);
});

test("what was there before the subscription has its first rules", () => {
  const { version } = openedUnder(opened({ reverse: true }), { openedBy: 1 });
  expect(version).toBe(1);
});

describe("a release closes", () => {
  const NOW = Date.UTC(2026, 0, 2, 13, 20);
  const asked: NewsQuestion[] = [];
  const close = (news: object | null, minutesAhead = 10, symbol = "EURUSD") => {
    asked.length = 0;
    const at = NOW + minutesAhead * 60_000;
    return releaseToCloseFor({ symbol }, parseRules(news === null ? {} : { news }), {
      now: NOW,
      spec: (name) => marketOf().spec(name),
      news(question) {
        asked.push(question);
        const event = { currency: "USD", impact: "high", title: "NFP", at };
        return question.from <= at && at <= question.to ? event : null;
      },
    });
  };
  const high = { impact: ["high"], beforeMinutes: 15, afterMinutes: 30, closeBefore: true };

  test("what it concerns, from the minutes before it until it", () => {
    expect(close(high)?.title).toBe("NFP");
    expect(asked).toEqual([
      {
        currencies: ["EUR", "USD"],
        impacts: ["high"],
        from: NOW,
        to: NOW + 15 * 60_000,
      },
    ]);
    expect(close(high, 15)).not.toBeNull();
    expect(close(high, 0)).not.toBeNull();
  });
  test("nothing too early, nothing once it is over", () => {
    expect(close(high, 16)).toBeNull();
    expect(close(high, -1)).toBeNull();
  });
  test("nothing of a symbol that nobody knows, and nothing that was not asked for", () => {
    expect(close(high, 10, "UNKNOWN")).toBeNull();
    expect(close({ ...high, closeBefore: false })).toBeNull();
    expect(close(null)).toBeNull();
    expect(asked).toEqual([]);
  });
});
