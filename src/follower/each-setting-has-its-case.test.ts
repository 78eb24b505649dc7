/**
 * One case for each setting of the schema, by its path: what an open becomes without it, and with
 * it. A setting that is added without a case, or that changes nothing, fails here; the edges of each
 * stand in every-setting-does-what-it-says.test.ts and the tests beside it.
 */
import { expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { ORDER_TYPES } from "../domain/pending-order.ts";
import { type DecisionCase, decided } from "../testing/decisions.ts";
import { copiedOf, figures, NOW, signalOf } from "../testing/follower-builders.ts";
import { subscriptionOf } from "../testing/owner-builders.ts";
import { untilDue } from "./mirror-due.ts";
import { SETTINGS } from "./rules/schema.ts";
import { parseRules, type Rules } from "./rules.ts";
import { PLAIN_ACCOUNT } from "./state.ts";
import { waitsForStop } from "./stop-wait.ts";

type Given = Omit<DecisionCase, "rules">;
type Case = {
  /** Of the setting alone; what it needs besides stands in both. */
  readonly value: unknown;
  readonly besides?: object;
  readonly given?: Given;
  /** Without the setting, and with it. */
  readonly plain: string;
  readonly set: string;
  /** Absent: the decision in a few words. */
  readonly ask?: (rules: Rules, given: Given) => string;
};

const lots = parseFixed;
const stop = { signal: { stopLoss: lots("1.09"), takeProfit: lots("1.12") } };
const facts = (change: object): Given => ({ follower: { facts: { ...PLAIN_ACCOUNT, ...change } } });
const holding = (volume: string): Given => ({
  follower: { copies: () => [copiedOf([volume], { position: "held" })] },
});
const byRisk = { sizing: { mode: "risk-percent", riskPercent: "1" } };
const pending: Given = {
  signal: {
    ...{ kind: "place", position: "order:7", orderId: "7", price: lots("1.09") },
    pending: { type: "buy-limit", price: lots("1.09"), limitPrice: null, expiresAt: null },
  },
  ...facts({ pendingOrders: ORDER_TYPES }),
};
const filledAlone = copiedOf(["1"], {
  position: "order:7",
  order: {
    ...{ type: "buy-limit", price: lots("1.09"), limitPrice: null, expiresAt: null },
    ...{ key: "KEY", orderId: null, volume: lots("1"), filled: lots("1"), deals: ["1"] },
    ...{ firedAt: NOW, masterGone: false, linked: null, masterFilled: 0n, astray: false },
  },
});
const under = (rules: Rules) => [{ version: 1, fromSequence: 0, rules }];

const CASES: Readonly<Record<string, Case>> = {
  "sizing.mode": {
    value: "same-volume",
    given: { signal: { figures: figures("20000") } },
    plain: "open 0.5",
    set: "open 1",
  },
  "sizing.multiplier": { value: "0.3", plain: "open 1", set: "open 0.3" },
  "sizing.volume": {
    value: "0.7",
    besides: { sizing: { mode: "fixed-volume", volume: "0.1" } },
    plain: "open 0.1",
    set: "open 0.7",
  },
  "sizing.riskPercent": {
    value: "2",
    besides: byRisk,
    given: stop,
    plain: "open 0.1 stop 1.09 target 1.12",
    set: "open 0.2 stop 1.09 target 1.12",
  },
  "sizing.equityPercent": {
    value: "200",
    besides: { sizing: { mode: "equity-percent", equityPercent: "100" } },
    plain: "open 0.09",
    set: "open 0.18",
  },
  "sizing.leverage": {
    value: "3",
    besides: { sizing: { mode: "fixed-leverage", leverage: "2" } },
    plain: "open 0.18",
    set: "open 0.27",
  },
  "sizing.assumedStopPoints": {
    value: 1000,
    besides: byRisk,
    plain: "NO_STOP_LOSS",
    set: "open 0.1",
  },
  "sizing.raiseToMinimum": {
    value: true,
    besides: { sizing: { multiplier: "0.006" } },
    plain: "BELOW_MIN_VOLUME",
    set: "open 0.01",
  },
  "sizing.maxRiskCoefficient": {
    value: "1.1",
    besides: { sizing: { multiplier: "0.006", raiseToMinimum: true } },
    plain: "open 0.01",
    set: "BELOW_MIN_VOLUME",
  },
  "sizing.aboveMaximum": {
    value: "cap",
    given: { market: { spec: { volumeMax: lots("0.6") } } },
    plain: "open 0.6, open 0.4",
    set: "open 0.6",
  },
  "sizing.table": {
    value: [
      { symbol: "EURUSD", volume: "0.2" },
      { symbol: "*", volume: "0.1" },
    ],
    besides: { sizing: { mode: "custom", table: [{ symbol: "*", volume: "0.1" }] } },
    plain: "open 0.1",
    set: "open 0.2",
  },
  symbols: { value: { include: ["XAU*"] }, plain: "open 1", set: "SYMBOL_EXCLUDED" },
  sides: { value: ["sell"], plain: "open 1", set: "SIDE_EXCLUDED" },
  magic: { value: { exclude: ["0"] }, plain: "open 1", set: "MAGIC_EXCLUDED" },
  comment: {
    value: { exclude: ["test*"] },
    given: { signal: { comment: "test 1" } },
    plain: "open 1",
    set: "COMMENT_EXCLUDED",
  },
  "masterVolume.min": { value: "2", plain: "open 1", set: "MASTER_VOLUME" },
  "masterVolume.max": { value: "0.5", plain: "open 1", set: "MASTER_VOLUME" },
  "masterDrawdown.below": {
    value: "0.1",
    given: { market: { more: { masterDrawdown: lots("0.2") } } },
    plain: "open 1",
    set: "MASTER_DRAWDOWN",
  },
  "masterDrawdown.above": {
    value: "0.3",
    given: { market: { more: { masterDrawdown: lots("0.2") } } },
    plain: "open 1",
    set: "MASTER_DRAWDOWN",
  },
  pendingOrders: { value: "mirror", given: pending, plain: "PENDING_EXCLUDED", set: "place 1" },
  pendingGraceMs: {
    value: 1_000,
    plain: "closed in 60000 ms",
    set: "closed in 1000 ms",
    ask: (rules) => {
      const copied = new Map([[filledAlone.position, filledAlone]]);
      return `closed in ${untilDue(subscriptionOf({ rules: under(rules), copied }), NOW)} ms`;
    },
  },
  windows: {
    value: { timeZone: "Europe/London", weekdays: { mon: ["00:00-00:01"] } },
    plain: "open 1",
    set: "OUTSIDE_WINDOW",
  },
  news: { value: { impact: ["high"] }, plain: "open 1", set: "NEWS_WINDOW" },
  "guards.maxAgeMs": {
    value: 10,
    given: { signal: { ageAtReceiptMs: 11 } },
    plain: "open 1",
    set: "STALE",
  },
  "guards.maxDeviationPoints": {
    value: 5,
    given: { market: { quote: ["1.1", "1.1001"] } },
    plain: "open 1",
    set: "PRICE_MOVED",
  },
  "guards.maxDeviationPercent": {
    value: "0.001",
    given: { market: { quote: ["1.1", "1.1002"] } },
    plain: "open 1",
    set: "PRICE_MOVED",
  },
  "guards.maxSpreadPoints": { value: 5, plain: "open 1", set: "SPREAD_TOO_WIDE" },
  "guards.maxVolume": { value: "0.4", plain: "open 1", set: "open 0.4" },
  "guards.maxOpenPositions": {
    value: 1,
    given: holding("0.1"),
    plain: "open 1",
    set: "MAX_POSITIONS",
  },
  "guards.maxVolumePerSymbol": {
    value: "0.5",
    given: holding("0.1"),
    plain: "open 1",
    set: "open 0.4",
  },
  "guards.maxTotalVolume": {
    value: "0.6",
    given: holding("0.1"),
    plain: "open 1",
    set: "open 0.5",
  },
  "guards.maxLeverage": { value: "6", plain: "open 1", set: "open 0.54" },
  "guards.maxRiskPerTradePercent": {
    value: "1",
    given: stop,
    plain: "open 1 stop 1.09 target 1.12",
    set: "open 0.1 stop 1.09 target 1.12",
  },
  "guards.reservedMarginFraction": {
    value: "0.5",
    given: facts({ leverage: lots("15") }),
    plain: "open 1",
    set: "NO_MONEY",
  },
  "guards.throttle": {
    value: { count: 1, windowMs: 60_000 },
    given: { follower: { recent: { carried: new Map(), opens: [NOW], tripped: false } } },
    plain: "open 1",
    set: "THROTTLED",
  },
  "guards.delayMs": { value: { min: 50, max: 50 }, plain: "open 1", set: "open 1 after 50 ms" },
  "stops.stopLoss.mode": {
    value: "none",
    given: stop,
    plain: "open 1 stop 1.09 target 1.12",
    set: "open 1 target 1.12",
  },
  "stops.stopLoss.points": {
    value: 500,
    besides: { stops: { stopLoss: { mode: "fixed-points", points: 100 } } },
    plain: "open 1 stop 1.099",
    set: "open 1 stop 1.095",
  },
  "stops.stopLoss.offsetPoints": {
    value: 100,
    given: stop,
    plain: "open 1 stop 1.09 target 1.12",
    set: "open 1 stop 1.089 target 1.12",
  },
  "stops.takeProfit.mode": {
    value: "none",
    given: stop,
    plain: "open 1 stop 1.09 target 1.12",
    set: "open 1 stop 1.09",
  },
  "stops.takeProfit.points": {
    value: 500,
    besides: { stops: { takeProfit: { mode: "fixed-points", points: 100 } } },
    plain: "open 1 target 1.101",
    set: "open 1 target 1.105",
  },
  "stops.takeProfit.offsetPoints": {
    value: 100,
    given: stop,
    plain: "open 1 stop 1.09 target 1.12",
    set: "open 1 stop 1.09 target 1.121",
  },
  "stops.lockAfterOpen": {
    value: true,
    given: { signal: { ...stop.signal, kind: "protect" }, follower: { copied: copiedOf(["1"]) } },
    plain: "protect stop 1.09 target 1.12",
    set: "STOPS_LOCKED",
  },
  "stops.illegal": {
    value: "skip",
    given: { signal: { stopLoss: lots("1.0999") } },
    plain: "open 1 stop 1.09989",
    set: "INVALID_STOPS",
  },
  "symbolMap.suffix": {
    value: ".b",
    given: { market: { spec: { name: "EURUSD.b" } } },
    plain: "SYMBOL_MISSING",
    set: "open 1",
  },
  "symbolMap.pairs": {
    value: [{ from: "EURUSD", to: "EU" }],
    given: { market: { spec: { name: "EU" } } },
    plain: "SYMBOL_MISSING",
    set: "open 1",
  },
  reverse: {
    value: true,
    given: stop,
    plain: "open 1 stop 1.09 target 1.12",
    set: "open 1 sell stop 1.1199 target 1.0899",
  },
  includeCredit: {
    value: true,
    given: { follower: { figures: { ...figures("10000"), credit: lots("5000"), asOf: NOW } } },
    plain: "open 0.5",
    set: "open 1",
  },
  carryRemainder: {
    value: true,
    besides: { sizing: { multiplier: "0.015" } },
    given: {
      follower: {
        recent: { carried: new Map([["EURUSD", lots("0.005")]]), opens: [], tripped: false },
      },
    },
    plain: "open 0.01",
    set: "open 0.02",
  },
  shrinkToMargin: {
    value: true,
    besides: { guards: { reservedMarginFraction: "0.5" } },
    given: facts({ leverage: lots("11") }),
    plain: "NO_MONEY",
    set: "open 0.5",
  },
  copyExisting: {
    value: "all",
    given: { signal: { existing: true } },
    plain: "EXISTING",
    set: "open 1",
  },
  mode: { value: "paused", plain: "open 1", set: "PAUSED" },
  waitForStopMs: {
    value: 5_000,
    besides: byRisk,
    plain: "waits: false",
    set: "waits: true",
    ask: (rules) =>
      `waits: ${waitsForStop(subscriptionOf({ rules: under(rules) }), signalOf(), NOW)}`,
  },
  reduceCorrelation: {
    value: "by-account",
    given: holding("0.4"),
    plain: "open 1",
    set: "open 0.6",
  },
  limits: {
    value: [{ measure: "equity-from-peak", period: "day", relative: "0.05" }],
    plain: "0 limits",
    set: "1 limits",
    ask: ({ limits }) => `${limits.length} limits`,
  },
};

/** {"a.b": 1} in what stands besides. */
function withSetting(path: string, { value, besides = {} }: Case): Record<string, unknown> {
  const rules = structuredClone(besides) as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let at = rules;
  for (const key of keys) {
    at[key] ??= {};
    at = at[key] as Record<string, unknown>;
  }
  at[last] = value;
  return rules;
}

const WORDS = { stopLoss: "stop", takeProfit: "target" } as const;

function said(given: DecisionCase): string {
  const { reason, plans, delayMs } = decided(given);
  const words = plans.map((plan) =>
    [
      plan.kind,
      ...(plan.volume === null ? [] : [formatFixed(plan.volume)]),
      ...(plan.side === "sell" ? ["sell"] : []),
      ...(["stopLoss", "takeProfit"] as const).flatMap((name) => {
        const price = plan[name];
        return price === null ? [] : [`${WORDS[name]} ${formatFixed(price)}`];
      }),
    ].join(" "),
  );
  return `${reason ?? words.join(", ")}${delayMs === undefined ? "" : ` after ${delayMs} ms`}`;
}

test("every setting of the schema has a case, and no case is of another", () => {
  expect(Object.keys(CASES).sort()).toEqual(SETTINGS.map(({ path }) => path).sort());
});

test.each(Object.entries(CASES))("%s", (path, one) => {
  const { plain, set, given = {}, besides = {} } = one;
  const ask = (rules: object): string =>
    one.ask?.(parseRules(rules), given) ?? said({ ...given, rules: { ...rules } });
  expect([ask(besides), ask(withSetting(path, one))]).toEqual([plain, set]);
  expect(plain).not.toBe(set);
});
