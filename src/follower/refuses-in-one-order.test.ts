/** Why an open is not copied: each reason by itself, and the first of several in the fixed order. */
import { describe, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { copiedOf, followerOf, marketOf, NOW, signalOf } from "../testing/follower-builders.ts";
import { decide } from "./decide.ts";
import type { FollowerState } from "./decision.ts";
import { NOTHING_RECENT } from "./state.ts";

type Case = {
  readonly reason: string;
  readonly rules?: Record<string, unknown>;
  readonly signal?: Parameters<typeof signalOf>[0];
  readonly follower?: Partial<FollowerState>;
  readonly market?: Parameters<typeof marketOf>[0];
};

/** In the order in which they are asked (open.ts). */
const CHECKS: readonly Case[] = [
  { reason: "PAUSED", follower: { mode: "paused" } },
  { reason: "THROTTLED", follower: { recent: { ...NOTHING_RECENT, tripped: true } } },
  { reason: "CIRCULAR", signal: { masterId: "follower" } },
  { reason: "EXISTING", signal: { existing: true } },
  { reason: "KILLED", follower: { killed: true } },
  { reason: "RISK_LIMIT", follower: { barred: "RISK_LIMIT" } },
  { reason: "DETACHED", follower: { copied: copiedOf(["1"], { state: "detached" }) } },
  { reason: "SYMBOL_EXCLUDED", rules: { symbols: { exclude: ["EUR*"] } } },
  { reason: "SIDE_EXCLUDED", rules: { sides: ["sell"] } },
  { reason: "MAGIC_EXCLUDED", rules: { magic: { include: ["7"] } } },
  { reason: "MASTER_VOLUME", rules: { masterVolume: { min: "1.01" } } },
  { reason: "COMMENT_EXCLUDED", rules: { comment: { include: ["x"] } } },
  {
    reason: "PENDING_EXCLUDED",
    rules: { pendingOrders: "off" },
    signal: { fromPending: true },
  },
  { reason: "MASTER_DRAWDOWN", rules: { masterDrawdown: { below: "0.1" } } },
  { reason: "ACCOUNT_OFFLINE", follower: { online: false } },
  { reason: "TRADE_DISABLED", market: { spec: { tradeMode: "close-only" } } },
  { reason: "MARKET_CLOSED", market: { more: { isOpen: () => false } } },
  { reason: "NO_PRICE", market: { quote: null } },
  {
    reason: "INVALID_STOPS",
    rules: { stops: { illegal: "skip" } },
    signal: { stopLoss: parseFixed("1.2") },
  },
  {
    reason: "CORRELATED",
    rules: { reduceCorrelation: "by-account" },
    follower: { copies: () => [copiedOf(["9"])] },
  },
  { reason: "BELOW_MIN_VOLUME", rules: { sizing: { multiplier: "0.001" } } },
  { reason: "STALE", signal: { ageAtReceiptMs: 60_001 } },
  {
    reason: "OUTSIDE_WINDOW",
    rules: { windows: { timeZone: "UTC", weekdays: { sat: ["03:00-03:01"] } } },
  },
  { reason: "NEWS_WINDOW", rules: { news: { impact: ["high"] } } },
];

function reasonOf(cases: readonly Omit<Case, "reason">[]) {
  const merged = cases.reduce<Required<Omit<Case, "reason">>>(
    (all, one) => ({
      rules: { ...all.rules, ...one.rules },
      signal: { ...all.signal, ...one.signal },
      follower: { ...all.follower, ...one.follower },
      market: { ...all.market, ...one.market },
    }),
    { rules: {}, signal: {}, follower: {}, market: {} },
  );
  const decision = decide(
    signalOf(merged.signal),
    followerOf(merged.rules, merged.follower),
    marketOf(merged.market),
  );
  if (decision.decision === "skip") {
    expect(decision).toMatchObject({ volume: 0n, plans: [], target: null });
    expect(decision.steps.length).toBeGreaterThan(0);
  }
  return decision.reason;
}

test("nothing against it: it is copied", () => expect(reasonOf([])).toBeNull());

test.each(CHECKS)("$reason", (check) => expect(reasonOf([check])).toBe(check.reason));

test("of two reasons, the earlier one is recorded", () => {
  CHECKS.forEach((earlier, index) => {
    for (const later of CHECKS.slice(index + 1)) {
      expect(reasonOf([earlier, later])).toBe(earlier.reason);
    }
  });
});

describe("and by other ways", () => {
  test.each<[string, Omit<Case, "reason">, string | null]>([
    ["the rules pause", { rules: { mode: "paused" } }, "PAUSED"],
    ["only closes", { follower: { mode: "close-only" } }, "CLOSE_ONLY"],
    [
      "the stricter of both",
      { rules: { mode: "close-only" }, follower: { mode: "paused" } },
      "PAUSED",
    ],
    ["stopped", { rules: { mode: "stopped" } }, "PAUSED"],
    ["never seen", { follower: { figures: null } }, "ACCOUNT_OFFLINE"],
    ["another name", { rules: { symbolMap: { suffix: ".a" } } }, "SYMBOL_MISSING"],
    [
      "the pair and not the suffix",
      {
        rules: { symbolMap: { suffix: ".a", pairs: [{ from: "GOLD", to: "EURUSD" }] } },
        signal: { symbol: "GOLD" },
      },
      null,
    ],
    ["a step of nothing", { market: { spec: { volumeStep: 0n } } }, "SYMBOL_MISSING"],
    ["a tick of nothing", { market: { spec: { tickSize: 0n } } }, "SYMBOL_MISSING"],
    ["a contract of nothing", { market: { spec: { contractSize: 0n } } }, "SYMBOL_MISSING"],
    ["a case that differs is another symbol", { signal: { symbol: "eurusd" } }, "SYMBOL_MISSING"],
    ["the filter asks the master's name", { rules: { symbols: { include: ["EURUSD"] } } }, null],
    ["trading disabled", { market: { spec: { tradeMode: "disabled" } } }, "TRADE_DISABLED"],
    ["above the master's most", { rules: { masterVolume: { max: "0.99" } } }, "MASTER_VOLUME"],
    ["at the master's most", { rules: { masterVolume: { min: "1", max: "1" } } }, null],
    ["opened twice", { follower: { copied: copiedOf(["1"]) } }, "DUPLICATE"],
    ["stopped out", { follower: { copied: copiedOf([], { state: "stopped-out" }) } }, "DETACHED"],
    ["refused before", { follower: { copied: copiedOf([], { state: "never-opened" }) } }, null],
    ["disarmed is the caller's to wait for", { follower: { armed: false } }, null],
  ])("%s", (_, given, reason) => expect(reasonOf([given])).toBe(reason));
});

describe("an increase", () => {
  const increase = { kind: "increase", volume: parseFixed("0.5") } as const;
  test.each<[string, Partial<FollowerState>, string | null]>([
    ["of what was never copied is an open", { copied: null }, null],
    ["of an open copy adds to it", { copied: copiedOf(["1"]) }, null],
    ["of a detached one is not", { copied: copiedOf(["1"], { state: "detached" }) }, "DETACHED"],
    [
      "of a stopped-out one neither",
      { copied: copiedOf([], { state: "stopped-out" }) },
      "DETACHED",
    ],
  ])("%s", (_, follower, reason) =>
    expect(reasonOf([{ signal: increase, follower }])).toBe(reason),
  );
});

describe("age is counted from the master's deal", () => {
  const aged = (atReceipt: number, since: number, maxAgeMs = 60_000) =>
    reasonOf([
      {
        rules: { guards: { maxAgeMs } },
        signal: { ageAtReceiptMs: atReceipt, receivedAt: NOW - since },
      },
    ]);
  test("at the limit it still opens", () => expect(aged(20_000, 40_000)).toBeNull());
  test("past it no more", () => expect(aged(20_000, 40_001)).toBe("STALE"));
  test("nor with an own limit", () => expect(aged(0, 11, 10)).toBe("STALE"));
});

describe("a deviation is only ever a worse price", () => {
  const moved = (side: "buy" | "sell", quote: readonly [string, string]) =>
    reasonOf([
      { rules: { guards: { maxDeviationPoints: 5 } }, signal: { side }, market: { quote } },
    ]);
  test.each<["buy" | "sell", readonly [string, string], string | null]>([
    ["buy", ["1.10000", "1.10005"], null],
    ["buy", ["1.10000", "1.10006"], "PRICE_MOVED"],
    ["buy", ["1.00000", "1.00010"], null],
    ["sell", ["1.09995", "1.10000"], null],
    ["sell", ["1.09994", "1.10000"], "PRICE_MOVED"],
    ["sell", ["1.20000", "1.20010"], null],
  ])("%s at %j", (side, quote, reason) => expect(moved(side, quote)).toBe(reason));
  test("and a better price is recorded as none", () => {
    const { steps } = decide(signalOf(), followerOf(), marketOf({ quote: ["1.0", "1.0001"] }));
    expect(steps.at(-1)).toMatchObject({ step: "price", worsePoints: "0" });
  });
  test("and is not asked about by default", () =>
    expect(reasonOf([{ market: { quote: ["1.2", "1.3"] } }])).toBeNull());
});

test("a monitoring subscription decides all and sends nothing", () => {
  const watch = (rules: Record<string, unknown> = {}, change: Partial<FollowerState> = {}) =>
    decide(signalOf(), followerOf({ mode: "monitor", ...rules }, change), marketOf());
  const decision = watch();
  expect(decision).toMatchObject({ reason: "MONITOR", plans: [], volume: 0n, target: null });
  expect(decision.wanted).toBe(parseFixed("1"));
  expect(decision.steps.at(-1)).toEqual({ step: "monitor", plans: "open" });
  expect(watch({ sides: ["sell"] }).reason).toBe("SIDE_EXCLUDED");
  const close = signalOf({ kind: "close", after: 0n });
  const held = followerOf({}, { mode: "monitor", copied: copiedOf(["1"]) });
  expect(decide(close, held, marketOf()).reason).toBe("MONITOR");
});

test("the steps carry the numbers", () => {
  const signal = signalOf({ volume: parseFixed("0.7") });
  expect(decide(signal, followerOf({ sizing: { multiplier: "0.55" } }), marketOf()).steps).toEqual([
    {
      step: "size",
      mode: "equity-ratio",
      masterVolume: "0.7",
      masterFigure: "10000",
      ownFigure: "10000",
      rate: "1",
      multiplier: "0.55",
      wanted: "0.385",
    },
    { step: "round", volumeStep: "0.01", volume: "0.38" },
    { step: "price", ageMs: "0", masterPrice: "1.1", price: "1.1", worsePoints: "0" },
  ]);
});
