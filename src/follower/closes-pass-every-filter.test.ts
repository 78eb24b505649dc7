/** Nothing that keeps a follower from opening ever keeps it from closing. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { ZERO_RATIO } from "../domain/ratio.ts";
import { copiedOf, followerOf, marketOf, signalOf } from "../testing/follower-builders.ts";
import { decide } from "./decide.ts";
import type { CopiedPosition, CopyState, FollowerState } from "./decision.ts";
import { NOTHING_RECENT } from "./state.ts";

const close = signalOf({
  kind: "close",
  volume: parseFixed("1"),
  before: parseFixed("1"),
  after: 0n,
});
const reduce = signalOf({
  kind: "reduce",
  volume: parseFixed("0.5"),
  before: parseFixed("1"),
  after: parseFixed("0.5"),
});
const protect = signalOf({ kind: "protect", price: null, stopLoss: parseFixed("1.05") });

const hostileRules = fc.record(
  {
    symbols: fc.constant({ exclude: ["*"] }),
    sides: fc.constantFrom(["buy"], ["sell"]),
    magic: fc.constant({ include: ["1"] }),
    masterVolume: fc.constant({ min: "50" }),
    guards: fc.constant({
      ...{ maxAgeMs: 0, maxDeviationPoints: 0, maxVolume: "0.001", maxSpreadPoints: 0 },
      ...{ maxOpenPositions: 1, maxVolumePerSymbol: "0.001", maxTotalVolume: "0.001" },
      ...{ maxLeverage: "0.01", maxRiskPerTradePercent: "0.01", reservedMarginFraction: "1" },
      throttle: { count: 1, windowMs: 1 },
    }),
    comment: fc.constant({ include: ["nothing"] }),
    masterDrawdown: fc.constant({ below: "0.01" }),
    windows: fc.constant({ timeZone: "UTC", weekdays: { sat: ["03:00-03:01"] } }),
    news: fc.constant({ impact: ["low"], beforeMinutes: 1_440 }),
    shrinkToMargin: fc.boolean(),
    reduceCorrelation: fc.constantFrom("by-strategy", "by-account"),
    pendingOrders: fc.constant("off"),
    sizing: fc.constantFrom(
      { multiplier: "0.0001" },
      { mode: "risk-percent", riskPercent: "0.01" },
      { mode: "fixed-volume", volume: "0.001" },
    ),
    symbolMap: fc.constant({ suffix: ".none" }),
    mode: fc.constantFrom("active", "close-only", "paused"),
  },
  { requiredKeys: [] },
);
function constants<T extends object>(values: T) {
  const entries = Object.entries(values).map(([name, value]) => [name, fc.constant(value)]);
  return Object.fromEntries(entries) as { [K in keyof T]: fc.Arbitrary<T[K]> };
}

const hostileState: fc.Arbitrary<Partial<FollowerState>> = fc.record({
  online: fc.boolean(),
  armed: fc.boolean(),
  killed: fc.boolean(),
  barred: fc.constantFrom("RISK_LIMIT", "PLAN_LAPSED", null),
  facts: fc.record({
    leverage: fc.constant(null),
    hedgingProhibited: fc.boolean(),
    tradeAllowed: fc.boolean(),
  }),
  recent: fc.record({ ...constants(NOTHING_RECENT), tripped: fc.boolean() }),
  mode: fc.constantFrom<FollowerState["mode"]>("active", "close-only", "paused"),
  figures: fc.constant(null),
});
const hostileMarket = fc.record({
  quote: fc.constantFrom(null, ["0.5", "2"] as const),
  spec: fc.record({ tradeMode: fc.constantFrom("disabled", "close-only", "full") }),
});

test("closes, reductions and stop changes pass every rule, state and market", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(close, reduce, protect),
      hostileRules,
      hostileState,
      fc.tuple(hostileMarket, fc.boolean(), fc.nat({ max: 10 ** 9 })),
      (signal, rules, state, [market, existing, ageAtReceiptMs]) => {
        const follower = followerOf(rules, { ...state, copied: copiedOf(["0.6", "0.4"]) });
        const told = { ...signal, existing, ageAtReceiptMs };
        expect(decide(told, follower, marketOf(market)).decision).toBe("copy");
      },
    ),
  );
});

test("the same rules and states keep some opens out", () => {
  const opens = fc.sample(fc.tuple(hostileRules, hostileState, hostileMarket), 50);
  for (const [rules, state, market] of opens) {
    const decision = decide(signalOf(), followerOf(rules, state), marketOf(market));
    expect(decision.decision).toBe("skip");
  }
});

test("a close takes every holding whole, also without facts of the symbol", () => {
  const copied = copiedOf(["0.6", "0.405"], { symbol: "GONE" });
  const decision = decide(close, followerOf({}, { copied }), marketOf());
  expect(
    decision.plans.map(({ kind, positionId, volume, part }) => [kind, positionId, volume, part]),
  ).toEqual([
    ["close", "h1", parseFixed("0.6"), 1],
    ["close", "h2", parseFixed("0.405"), 2],
  ]);
  expect([formatFixed(decision.volume), decision.target]).toEqual(["1.005", ZERO_RATIO]);
  expect(decision.plans.every(({ side, symbol }) => side === "buy" && symbol === "GONE")).toBe(
    true,
  );
});

test("what becomes of a pending order is never sent, whatever the rules and the state", () => {
  fc.assert(
    fc.property(hostileRules, hostileState, (rules, state) => {
      for (const kind of ["place", "change", "cancel"] as const) {
        const signal = signalOf({ kind, position: "order:1", orderId: "1" });
        const { decision, reason, plans } = decide(signal, followerOf(rules, state), marketOf());
        const told = reason === "PAUSED" ? "PAUSED" : "PENDING_EXCLUDED";
        expect({ decision, reason, plans }).toEqual({ decision: "skip", reason: told, plans: [] });
      }
    }),
  );
});

describe("what is no longer there is said, not sent", () => {
  const ended = (state: CopyState): CopiedPosition => copiedOf([], { state });
  test.each<[string, CopiedPosition | null, string]>([
    ["never decided", null, "NEVER_OPENED"],
    ["never opened", ended("never-opened"), "NEVER_OPENED"],
    ["closed", ended("closed"), "ALREADY_CLOSED"],
    ["stopped out", ended("stopped-out"), "ALREADY_CLOSED"],
    ["detached", copiedOf(["1"], { state: "detached" }), "ALREADY_CLOSED"],
    ["nothing held", ended("open"), "ALREADY_CLOSED"],
  ])("%s", (_, copied, reason) => {
    for (const signal of [close, reduce, protect]) {
      const decision = decide(signal, followerOf({}, { copied }), marketOf());
      expect(decision).toMatchObject({ reason, plans: [], volume: 0n });
    }
  });

  test("a close that overtakes the answer to its open still closes what comes", () => {
    const copied = copiedOf(["0.3"], { state: "opening" });
    const { plans } = decide(close, followerOf({}, { copied }), marketOf());
    expect(plans.map(({ positionId, volume }) => [positionId, volume])).toEqual([
      ["h1", parseFixed("0.3")],
      [null, null],
    ]);
  });
});
