/**
 * What a decision puts on record, whole: its reason, each step with its numbers, and the orders. The
 * text beside this file is read as people read a record; `vitest -u` writes it anew.
 */
import { expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { ratioToFixed } from "../domain/ratio.ts";
import { type DecisionCase, decided } from "../testing/decisions.ts";
import { copiedOf, NOW, signalOf } from "../testing/follower-builders.ts";
import type { Decision, FollowerState } from "./decision.ts";

const lots = parseFixed;
const guards = (set: Record<string, unknown>, more: DecisionCase = {}): DecisionCase => ({
  rules: { guards: set },
  ...more,
});
const sizing = (set: Record<string, unknown>, more: DecisionCase = {}): DecisionCase => ({
  rules: { sizing: set },
  ...more,
});
const holding = (...list: ReturnType<typeof copiedOf>[]): Partial<FollowerState> => ({
  copies: () => list,
});
const other = copiedOf(["0.6"], { position: "p2" });
const of = (
  kind: "reduce" | "close" | "protect",
  copied: ReturnType<typeof copiedOf> | null,
  more: DecisionCase = {},
): DecisionCase => ({
  ...more,
  follower: { copied },
  signal: { kind, before: lots("1"), after: kind === "close" ? 0n : lots("0.5"), ...more.signal },
});
const small = { volumeMin: lots("0.1"), volumeStep: lots("0.1") };
const drawn = (masterDrawdown: string | null) => ({
  more: { masterDrawdown: masterDrawdown === null ? null : lots(masterDrawdown) },
});

const CASES: Readonly<Record<string, DecisionCase>> = {
  "a plain open": {},
  "a multiplier": sizing({ multiplier: "0.333" }),
  "fixed lots": sizing({ mode: "fixed-volume", volume: "0.25" }),
  "a share at risk": sizing(
    { mode: "risk-percent", riskPercent: "1" },
    { signal: { stopLoss: lots("1.09") } },
  ),
  "a share at risk without a stop": sizing({ mode: "risk-percent", riskPercent: "1" }),
  "a share at risk of an assumed stop": sizing({
    mode: "risk-percent",
    riskPercent: "1",
    assumedStopPoints: 500,
  }),
  "a notional": sizing({ mode: "fixed-leverage", leverage: "3" }),
  "a table": sizing({
    mode: "custom",
    table: [
      { symbol: "EUR*", volume: "0.07" },
      { symbol: "*", riskPercent: "1" },
    ],
  }),
  "below the minimum": sizing({ multiplier: "0.04" }, { market: { spec: small } }),
  "exactly the minimum": sizing({ multiplier: "0.1" }, { market: { spec: small } }),
  "raised to the minimum": sizing(
    { multiplier: "0.04", raiseToMinimum: true },
    { market: { spec: small } },
  ),
  "raised just as far as it may be": sizing(
    { multiplier: "0.02", raiseToMinimum: true },
    { market: { spec: small } },
  ),
  "not raised any further": sizing(
    { multiplier: "0.019", raiseToMinimum: true },
    { market: { spec: small } },
  ),
  "split in several": sizing(
    { mode: "multiplier", multiplier: "5" },
    { market: { spec: { volumeMax: lots("2") } } },
  ),
  "split so that each is legal": sizing(
    { mode: "multiplier", multiplier: "4.1" },
    { market: { spec: { ...small, volumeMin: lots("0.5"), volumeMax: lots("2") } } },
  ),
  "exactly the maximum": sizing(
    { mode: "multiplier", multiplier: "2" },
    { market: { spec: { volumeMax: lots("2") } } },
  ),
  "capped at the largest": sizing(
    { mode: "multiplier", multiplier: "5", aboveMaximum: "cap" },
    { market: { spec: { volumeMax: lots("2") } } },
  ),
  "a largest below the smallest": sizing(
    { mode: "multiplier" },
    { market: { spec: { volumeMin: lots("0.5"), volumeMax: lots("0.4") } } },
  ),
  "a largest of nothing": sizing(
    { mode: "multiplier" },
    { market: { spec: { volumeMin: 0n, volumeMax: 0n } } },
  ),
  "what rounding loses is carried": {
    rules: { sizing: { multiplier: "0.33" }, carryRemainder: true },
    market: { spec: small },
  },
  "too little is carried, too": {
    rules: { sizing: { multiplier: "0.04" }, carryRemainder: true },
    market: { spec: small },
  },
  "carried lots are added": {
    rules: { sizing: { multiplier: "0.38" }, carryRemainder: true },
    market: { spec: small },
    follower: {
      recent: { carried: new Map([["EURUSD", lots("0.07")]]), opens: [], tripped: false },
    },
  },
  "nothing of it is left": {
    rules: { sizing: { multiplier: "0.3" }, carryRemainder: true },
    market: { spec: small },
  },
  "carried beside a refusal of another kind": {
    rules: {
      sizing: { multiplier: "0.33" },
      carryRemainder: true,
      guards: { maxOpenPositions: 1 },
    },
    market: { spec: small },
    follower: holding(other),
  },
  "cut by the largest volume": guards({ maxVolume: "0.3" }),
  "just the largest volume": guards({ maxVolume: "1" }),
  "cut by what the symbol may have": guards(
    { maxVolumePerSymbol: "1" },
    { follower: holding(other) },
  ),
  "nothing is left for the symbol": guards(
    { maxVolumePerSymbol: "0.6" },
    { follower: holding(other) },
  ),
  "cut by the total": guards({ maxTotalVolume: "0.8" }, { follower: holding(other) }),
  "cut by leverage": guards({ maxLeverage: "10" }, { follower: holding(other) }),
  "cut by risk": guards({ maxRiskPerTradePercent: "2" }, { signal: { stopLoss: lots("1.09") } }),
  "no risk known": guards({ maxRiskPerTradePercent: "2" }),
  "one position too many": guards({ maxOpenPositions: 1 }, { follower: holding(other) }),
  "margin kept back": guards(
    { reservedMarginFraction: "0.5" },
    { follower: { facts: { leverage: lots("10"), hedgingProhibited: false, tradeAllowed: true } } },
  ),
  "shrunk to the margin": {
    rules: { guards: { reservedMarginFraction: "0.5" }, shrinkToMargin: true },
    follower: { facts: { leverage: lots("10"), hedgingProhibited: false, tradeAllowed: true } },
  },
  "the same legs by account": {
    rules: { reduceCorrelation: "by-account" },
    follower: holding(other),
  },
  "the same legs are all there is": {
    rules: { reduceCorrelation: "by-strategy" },
    follower: holding(copiedOf(["1"])),
  },
  "a sell beside a sell": {
    rules: { reduceCorrelation: "by-account" },
    signal: { side: "sell" },
    follower: holding(copiedOf(["0.6"], { side: "sell" })),
  },
  "legs on the other side": {
    rules: { reduceCorrelation: "by-account" },
    signal: { side: "sell" },
    follower: holding(other),
  },
  "no legs at all": { rules: { reduceCorrelation: "by-account" } },
  "legs without a price": {
    rules: { reduceCorrelation: "by-account" },
    follower: holding(copiedOf(["1"], { symbol: "GONE" })),
  },
  "an excluded symbol": { rules: { symbols: { include: ["GBP*"], exclude: [] } } },
  "an excluded side": { rules: { sides: ["sell"] } },
  "an excluded magic": { rules: { magic: { include: [], exclude: ["7"] } }, signal: { magic: 7 } },
  "an excluded comment": {
    rules: { comment: { include: [], exclude: ["test*"] } },
    signal: { comment: `test ${"x".repeat(80)}` },
  },
  "too small a master": { rules: { masterVolume: { min: "2" } } },
  "too large a master": { rules: { masterVolume: { max: "0.5" } } },
  "a master within both": { rules: { masterVolume: { min: "1", max: "1" } } },
  "a master out of both": { rules: { masterVolume: { min: "0.1", max: "0.5" } } },
  "what a pending order opened": { rules: { pendingOrders: "off" }, signal: { fromPending: true } },
  "what no pending order opened": {
    rules: { pendingOrders: "off" },
    signal: { fromPending: false },
  },
  "a pending order that is copied on its fill": {
    rules: { comment: { include: [], exclude: ["x"] } },
    signal: { fromPending: true },
  },
  "a master too far down": { rules: { masterDrawdown: { below: "0.2" } }, market: drawn("0.2") },
  "a master just so far down": {
    rules: { masterDrawdown: { below: "0.2", above: "0.1" } },
    market: drawn("0.19"),
  },
  "a master not far enough down": {
    rules: { masterDrawdown: { above: "0.1" } },
    market: drawn("0.1"),
  },
  "a master of whom nobody knows": {
    rules: { masterDrawdown: { below: "0.2", above: "0.1" } },
    market: drawn(null),
  },
  "an old signal": { signal: { ageAtReceiptMs: 60_001 } },
  "a price that has moved": { market: { quote: ["1.10100", "1.10110"] } },
  "a price that has moved by percent": guards(
    { maxDeviationPoints: null, maxDeviationPercent: "0.05" },
    { market: { quote: ["1.10100", "1.10110"] } },
  ),
  "a wide spread": guards({ maxSpreadPoints: 5 }),
  "stops of the master": { signal: { stopLoss: lots("1.09"), takeProfit: lots("1.12") } },
  "a stop too close": {
    signal: { stopLoss: lots("1.0999") },
    market: { spec: { stopLevelPoints: 50 } },
  },
  "a stop too close that is refused": {
    rules: { stops: { illegal: "skip" } },
    signal: { stopLoss: lots("1.0999") },
    market: { spec: { stopLevelPoints: 50 } },
  },
  "what was never copied": of("close", null),
  "what never opened": of("close", copiedOf([], { state: "never-opened" })),
  "what a hand has closed": of("close", copiedOf([], { state: "detached" })),
  "what holds nothing any more": of("close", copiedOf([])),
  "a close of two holdings": of("close", copiedOf(["0.3", "0.2"])),
  "a close that meets its open": of("close", copiedOf(["0.3"], { state: "opening" })),
  "a close that comes before it": of("close", copiedOf([], { state: "opening" })),
  "a holding of nothing is no order": of("close", copiedOf(["0", "0.2"])),
  "half of it": of("reduce", copiedOf(["0.3", "0.2"])),
  "less than a step of it": of("reduce", copiedOf(["0.01"]), { signal: { after: lots("0.99") } }),
  "a reduction to nothing": of("reduce", copiedOf(["0.4"]), { signal: { after: 0n } }),
  "a reduction of a symbol that is gone": of("reduce", copiedOf(["0.4"], { symbol: "GONE" })),
  "new stops": of("protect", copiedOf(["0.3", "0.2"]), {
    signal: { stopLoss: lots("1.08"), takeProfit: lots("1.2") },
  }),
  "stops taken off": of("protect", copiedOf(["0.3"], { stopLoss: lots("1.08") })),
  "a stop widened": of("protect", copiedOf(["0.3"]), {
    signal: { stopLoss: lots("1.0999") },
    market: { spec: { stopLevelPoints: 50 } },
  }),
  "stops of a symbol that is gone": of("protect", copiedOf(["0.3"], { symbol: "GONE" })),
  "locked stops": of("protect", copiedOf(["0.3"]), { rules: { stops: { lockAfterOpen: true } } }),
  "a stopped subscription": { follower: { mode: "stopped" } },
  "a paused subscription": { follower: { mode: "paused" } },
  "one that is only watched": { rules: { mode: "monitor" } },
  "a close that is only watched": of("close", copiedOf(["0.3"]), { rules: { mode: "monitor" } }),
  "a kill switch": { follower: { killed: true } },
  "a limit": { follower: { barred: "RISK_LIMIT" } },
  "a moment before the restore": { follower: { restoredAt: NOW } },
  "a moment after it": { follower: { restoredAt: NOW - 1 } },
  "an old deal, heard after it": {
    signal: { ageAtReceiptMs: 10 },
    follower: { restoredAt: NOW - 10 },
  },
  "stops that came while it waited": {
    follower: { laterStops: { stopLoss: lots("1.08"), takeProfit: null } },
  },
  "no figures": { follower: { figures: null } },
  "no connection": { follower: { online: false } },
  "a closed market": { market: { more: { isOpen: () => false } } },
  "a symbol nobody has": { signal: { symbol: "GONE" } },
};

function record({
  decision,
  reason,
  wanted,
  volume,
  steps,
  plans,
  target,
  remember,
}: Decision): string[] {
  const worded = steps.map(({ step, ...facts }) =>
    [`  ${step}:`, ...Object.entries(facts).map(([name, value]) => `${name}=${value}`)].join(" "),
  );
  const ordered = plans.map((one) => {
    const price = (value: bigint | null) => (value === null ? "-" : formatFixed(value));
    const what = `${one.part} ${one.kind} ${one.side} ${price(one.volume)} ${one.symbol}`;
    return `  > ${what} of ${one.positionId ?? "-"} sl ${price(one.stopLoss)} tp ${price(one.takeProfit)}`;
  });
  const lost = remember?.carried;
  return [
    [
      `  ${decision} ${reason ?? ""}`.trimEnd(),
      `wanted ${wanted === null ? "-" : formatFixed(wanted)}`,
      `volume ${formatFixed(volume)}`,
      ...(target === null ? [] : [`target ${formatFixed(ratioToFixed(target))}`]),
      ...(lost === undefined ? [] : [`carried ${lost.symbol} ${formatFixed(lost.left)}`]),
      ...(remember?.tripped === true ? ["tripped"] : []),
    ].join(", "),
    ...worded,
    ...ordered,
  ];
}

test("every step of every case is on record with its numbers", async () => {
  const text = Object.entries(CASES).flatMap(([name, given]) => [
    name,
    ...record(decided(given)),
    "",
  ]);
  await expect(text.join("\n")).toMatchFileSnapshot("./records-say-every-number.txt");
});

test("a target is kept exact, however it is shown", () => {
  const copied = copiedOf(["0.1"], { target: { n: 1n, d: 3n } });
  const { target } = decided({
    follower: { copied },
    signal: { ...signalOf(), kind: "reduce", before: lots("3"), after: lots("1") },
  });
  expect(target).toEqual({ n: 1n, d: 9n });
});
