/**
 * The rules read as a specification: each setting at its edges, and what becomes of an open.
 * The plain case is one lot of EURUSD bought at 1.10000 by a master with 10,000 USD, copied by a
 * follower with 10,000 USD whose broker quotes 1.09990 / 1.10000.
 */
import { describe, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { answerTo, type DecisionCase } from "../testing/decisions.ts";
import { copiedOf, figures, NOW, signalOf } from "../testing/follower-builders.ts";
import type { FollowerState, NewsEvent } from "./decision.ts";
import { NOTHING_RECENT, PLAIN_ACCOUNT } from "./state.ts";

type Table = readonly (readonly [what: string, given: DecisionCase, answer: string])[];

const lots = parseFixed;
const guards = (set: Record<string, unknown>, more: DecisionCase = {}): DecisionCase => ({
  rules: { guards: set },
  ...more,
});
const sizing = (set: Record<string, unknown>, more: DecisionCase = {}): DecisionCase => ({
  rules: { sizing: set },
  ...more,
});
/** Copies that stand: "EURUSD buy 0.5". */
function holding(...copies: readonly string[]): Partial<FollowerState> {
  const held = copies.map((text, index) => {
    const [symbol = "", side = "buy", volume = "0"] = text.split(" ");
    const isBuy = side === "buy";
    return copiedOf([volume], { symbol, side: isBuy ? "buy" : "sell", position: `held${index}` });
  });
  return { copies: () => held };
}
const withFacts = (change: Partial<FollowerState["facts"]>) => ({
  facts: { ...PLAIN_ACCOUNT, ...change },
});

const TABLES: Readonly<Record<string, Table>> = {
  "sizing.mode equity-percent: a share of the equity as notional": [
    [
      "100 % of 10,000 USD is 10,000 of 109,995 a lot",
      sizing({ mode: "equity-percent", equityPercent: "100" }),
      "0.09",
    ],
    [
      "5 % is less than the smallest lot",
      sizing({ mode: "equity-percent", equityPercent: "5" }),
      "BELOW_MIN_VOLUME",
    ],
    [
      "in the account's currency",
      {
        rules: { sizing: { mode: "equity-percent", equityPercent: "1000" } },
        follower: { currency: "EUR", figures: { ...figures("10000", "EUR"), asOf: NOW } },
        market: { rates: { "USD>EUR": "0.8" } },
      },
      "1.13",
    ],
    [
      "without a rate there is no size",
      {
        rules: { sizing: { mode: "equity-percent", equityPercent: "100" } },
        follower: { currency: "EUR", figures: { ...figures("10000", "EUR"), asOf: NOW } },
      },
      "NO_PRICE",
    ],
  ],
  "sizing.mode fixed-leverage: a multiple of the equity as notional": [
    ["11 times 10,000", sizing({ mode: "fixed-leverage", leverage: "11" }), "1"],
    [
      "not by the master's lots",
      sizing({ mode: "fixed-leverage", leverage: "11" }, { signal: { volume: lots("9") } }),
      "1",
    ],
    [
      "nor by the multiplier",
      sizing({ mode: "fixed-leverage", leverage: "11", multiplier: "9" }),
      "1",
    ],
    [
      "without equity there is no money",
      sizing(
        { mode: "fixed-leverage", leverage: "2" },
        { follower: { figures: { ...figures("0"), asOf: NOW } } },
      ),
      "NO_MONEY",
    ],
  ],
  "sizing.table for custom": [
    [
      "a row of its own",
      sizing({
        mode: "custom",
        table: [
          { symbol: "EURUSD", volume: "0.2" },
          { symbol: "*", volume: "1" },
        ],
      }),
      "0.2",
    ],
    [
      "whatever the order",
      sizing({
        mode: "custom",
        table: [
          { symbol: "*", volume: "1" },
          { symbol: "eurusd", volume: "0.2" },
        ],
      }),
      "0.2",
    ],
    [
      "a glob before the default",
      sizing({
        mode: "custom",
        table: [
          { symbol: "*", volume: "1" },
          { symbol: "EUR*", volume: "0.3" },
        ],
      }),
      "0.3",
    ],
    [
      "all others",
      sizing({
        mode: "custom",
        table: [
          { symbol: "XAUUSD", volume: "0.2" },
          { symbol: "*", volume: "0.7" },
        ],
      }),
      "0.7",
    ],
    [
      "by risk",
      sizing(
        { mode: "custom", table: [{ symbol: "*", riskPercent: "0.5" }] },
        { signal: { stopLoss: lots("1.099") } },
      ),
      "0.5",
    ],
    [
      "by risk without a stop-loss",
      sizing({ mode: "custom", table: [{ symbol: "*", riskPercent: "0.5" }] }),
      "NO_STOP_LOSS",
    ],
  ],
  "futures are sized by tick value / tick size": [
    [
      "0.25 points are 12.5: 50 a point against 100,000 units",
      sizing(
        { mode: "risk-percent", riskPercent: "1" },
        {
          signal: { stopLoss: lots("1.08") },
          market: {
            spec: { tickValue: lots("12.5"), tickSize: lots("0.00025"), volumeMin: lots("0.01") },
          },
        },
      ),
      "0.1",
    ],
    [
      "the master's lots by the units of a lot",
      {
        rules: { sizing: { mode: "multiplier" } },
        market: { spec: { tickValue: lots("2"), tickSize: lots("0.00001") } },
      },
      "0.5",
    ],
  ],
  includeCredit: [
    [
      "credit is out",
      { follower: { figures: { ...figures("10000"), credit: lots("4000"), asOf: NOW } } },
      "0.6",
    ],
    [
      "unless it is included",
      {
        rules: { includeCredit: true },
        follower: { figures: { ...figures("10000"), credit: lots("4000"), asOf: NOW } },
      },
      "1",
    ],
    [
      "also in the free margin",
      {
        rules: { includeCredit: true, sizing: { mode: "free-margin-ratio" } },
        follower: { figures: { ...figures("10000"), credit: lots("4000"), asOf: NOW } },
      },
      "1",
    ],
  ],
  carryRemainder: [
    [
      "what was lost is added",
      {
        rules: { carryRemainder: true, sizing: { multiplier: "0.015" } },
        follower: { recent: { ...NOTHING_RECENT, carried: new Map([["EURUSD", lots("0.005")]]) } },
      },
      "0.02",
    ],
    [
      "of another symbol it is not",
      {
        rules: { carryRemainder: true, sizing: { multiplier: "0.015" } },
        follower: { recent: { ...NOTHING_RECENT, carried: new Map([["XAUUSD", lots("0.005")]]) } },
      },
      "0.01",
    ],
    [
      "nor where the rules do not say so",
      {
        rules: { sizing: { multiplier: "0.015" } },
        follower: { recent: { ...NOTHING_RECENT, carried: new Map([["EURUSD", lots("0.005")]]) } },
      },
      "0.01",
    ],
    [
      "it may lift a copy to the minimum",
      {
        rules: { carryRemainder: true, sizing: { multiplier: "0.004" } },
        follower: { recent: { ...NOTHING_RECENT, carried: new Map([["EURUSD", lots("0.006")]]) } },
      },
      "0.01",
    ],
    [
      "but not beyond maxRiskCoefficient",
      {
        rules: { carryRemainder: true, sizing: { multiplier: "0.001" } },
        follower: { recent: { ...NOTHING_RECENT, carried: new Map([["EURUSD", lots("0.009")]]) } },
      },
      "BELOW_MIN_VOLUME",
    ],
    [
      "nor beyond a cap",
      {
        rules: {
          carryRemainder: true,
          sizing: { multiplier: "0.015" },
          guards: { maxVolume: "0.01" },
        },
        follower: { recent: { ...NOTHING_RECENT, carried: new Map([["EURUSD", lots("0.009")]]) } },
      },
      "0.01",
    ],
  ],
  comment: [
    [
      "excluded",
      { rules: { comment: { exclude: ["test*"] } }, signal: { comment: "Test 7" } },
      "COMMENT_EXCLUDED",
    ],
    [
      "not excluded",
      { rules: { comment: { exclude: ["test*"] } }, signal: { comment: "a test" } },
      "1",
    ],
    [
      "not included",
      { rules: { comment: { include: ["trend*"] } }, signal: { comment: "" } },
      "COMMENT_EXCLUDED",
    ],
    [
      "included",
      { rules: { comment: { include: ["trend*"] } }, signal: { comment: "trend-1" } },
      "1",
    ],
  ],
  masterDrawdown: [
    [
      "below its bound",
      {
        rules: { masterDrawdown: { below: "0.2" } },
        market: { more: { masterDrawdown: lots("0.1999") } },
      },
      "1",
    ],
    [
      "at its bound",
      {
        rules: { masterDrawdown: { below: "0.2" } },
        market: { more: { masterDrawdown: lots("0.2") } },
      },
      "MASTER_DRAWDOWN",
    ],
    [
      "above its bound",
      {
        rules: { masterDrawdown: { above: "0.1" } },
        market: { more: { masterDrawdown: lots("0.11") } },
      },
      "1",
    ],
    [
      "not yet above it",
      {
        rules: { masterDrawdown: { above: "0.1" } },
        market: { more: { masterDrawdown: lots("0.1") } },
      },
      "MASTER_DRAWDOWN",
    ],
    ["not known", { rules: { masterDrawdown: { below: "0.2" } } }, "MASTER_DRAWDOWN"],
    ["not asked", { market: { more: { masterDrawdown: lots("0.9") } } }, "1"],
  ],
  pendingOrders: [
    ["on-fill copies what one opened", { signal: { fromPending: true } }, "1"],
    [
      "off does not",
      { rules: { pendingOrders: "off" }, signal: { fromPending: true } },
      "PENDING_EXCLUDED",
    ],
    [
      "off copies market orders",
      { rules: { pendingOrders: "off" }, signal: { fromPending: false } },
      "1",
    ],
  ],
  "guards.maxDeviationPercent": [
    [
      "at the limit",
      guards({ maxDeviationPercent: "0.01" }, { market: { quote: ["1.10001", "1.10011"] } }),
      "1",
    ],
    [
      "over it",
      guards({ maxDeviationPercent: "0.01" }, { market: { quote: ["1.10002", "1.10012"] } }),
      "PRICE_MOVED",
    ],
    [
      "a better price passes",
      guards({ maxDeviationPercent: "0" }, { market: { quote: ["1", "1.0001"] } }),
      "1",
    ],
    [
      "with points, both must hold",
      guards(
        { maxDeviationPercent: "1", maxDeviationPoints: 5 },
        { market: { quote: ["1.1", "1.10006"] } },
      ),
      "PRICE_MOVED",
    ],
  ],
  "guards.maxSpreadPoints": [
    ["at the limit", guards({ maxSpreadPoints: 10 }), "1"],
    ["over it", guards({ maxSpreadPoints: 9 }), "SPREAD_TOO_WIDE"],
  ],
  "guards.maxOpenPositions": [
    [
      "the last that fits",
      guards({ maxOpenPositions: 2 }, { follower: holding("EURUSD buy 1") }),
      "1",
    ],
    [
      "one too many",
      guards({ maxOpenPositions: 1 }, { follower: holding("EURUSD buy 1") }),
      "MAX_POSITIONS",
    ],
    [
      "an increase of one of them passes",
      guards(
        { maxOpenPositions: 1 },
        {
          signal: { kind: "increase" },
          follower: { ...holding("EURUSD buy 1"), copied: copiedOf(["1"]) },
        },
      ),
      "1",
    ],
    [
      "closed ones do not count",
      guards(
        { maxOpenPositions: 1 },
        { follower: { copies: () => [copiedOf([], { state: "closed" })] } },
      ),
      "1",
    ],
    [
      "one that is being opened does",
      guards(
        { maxOpenPositions: 1 },
        { follower: { copies: () => [copiedOf([], { state: "opening" })] } },
      ),
      "MAX_POSITIONS",
    ],
  ],
  "guards.maxVolumePerSymbol": [
    [
      "what is over it is cut off",
      guards({ maxVolumePerSymbol: "1.25" }, { follower: holding("EURUSD buy 0.5") }),
      "0.75",
    ],
    [
      "both sides count",
      guards(
        { maxVolumePerSymbol: "1.25" },
        { follower: holding("EURUSD sell 0.5", "EURUSD buy 0.5") },
      ),
      "0.25",
    ],
    [
      "other symbols do not",
      guards({ maxVolumePerSymbol: "1.25" }, { follower: holding("XAUUSD buy 5") }),
      "1",
    ],
    [
      "nothing is left",
      guards({ maxVolumePerSymbol: "0.505" }, { follower: holding("EURUSD buy 0.5") }),
      "MAX_VOLUME",
    ],
  ],
  "guards.maxTotalVolume": [
    [
      "all symbols count",
      guards({ maxTotalVolume: "1.5" }, { follower: holding("EURUSD buy 0.5", "XAUUSD sell 0.6") }),
      "0.4",
    ],
    [
      "nothing is left",
      guards({ maxTotalVolume: "1" }, { follower: holding("XAUUSD sell 2") }),
      "MAX_VOLUME",
    ],
  ],
  "guards.maxLeverage": [
    ["six times 10,000 of 109,995 a lot", guards({ maxLeverage: "6" }), "0.54"],
    [
      "less what is held",
      guards({ maxLeverage: "6" }, { follower: holding("EURUSD sell 0.3") }),
      "0.24",
    ],
    [
      "nothing is left",
      guards({ maxLeverage: "6" }, { follower: holding("EURUSD buy 0.54") }),
      "MAX_LEVERAGE",
    ],
    [
      "what is held cannot be valued",
      guards({ maxLeverage: "6" }, { follower: holding("GONE buy 0.1") }),
      "NO_PRICE",
    ],
  ],
  "guards.maxRiskPerTradePercent": [
    [
      "1 % of 10,000 at 200 points",
      guards({ maxRiskPerTradePercent: "1" }, { signal: { stopLoss: lots("1.098") } }),
      "0.5",
    ],
    [
      "a nearer stop leaves all",
      guards({ maxRiskPerTradePercent: "1" }, { signal: { stopLoss: lots("1.0995") } }),
      "1",
    ],
    ["no stop-loss", guards({ maxRiskPerTradePercent: "1" }), "MAX_RISK"],
    [
      "nothing is left",
      guards({ maxRiskPerTradePercent: "0.01" }, { signal: { stopLoss: lots("1") } }),
      "MAX_RISK",
    ],
  ],
  "guards.reservedMarginFraction and shrinkToMargin, at a leverage of 10": [
    [
      "half of 10,000 is not enough for 10,999.5",
      guards({ reservedMarginFraction: "0.5" }, { follower: withFacts({ leverage: lots("10") }) }),
      "NO_MONEY",
    ],
    [
      "for half a lot it nearly is",
      {
        rules: { guards: { reservedMarginFraction: "0.4" }, sizing: { multiplier: "0.5" } },
        follower: withFacts({ leverage: lots("10") }),
      },
      "0.5",
    ],
    [
      "shrinking to what fits",
      { rules: { shrinkToMargin: true }, follower: withFacts({ leverage: lots("10") }) },
      "0.9",
    ],
    [
      "beside what is reserved",
      {
        rules: { shrinkToMargin: true, guards: { reservedMarginFraction: "0.5" } },
        follower: withFacts({ leverage: lots("10") }),
      },
      "0.45",
    ],
    [
      "to nothing",
      { rules: { shrinkToMargin: true, guards: { reservedMarginFraction: "1" } } },
      "NO_MONEY",
    ],
    [
      "by default the broker is left to say so",
      { follower: withFacts({ leverage: lots("1") }) },
      "1",
    ],
  ],
  "guards.throttle": [
    [
      "one under the count",
      guards(
        { throttle: { count: 2, windowMs: 1000 } },
        { follower: { recent: { ...NOTHING_RECENT, opens: [NOW - 999] } } },
      ),
      "1",
    ],
    [
      "one too many",
      guards(
        { throttle: { count: 2, windowMs: 1000 } },
        { follower: { recent: { ...NOTHING_RECENT, opens: [NOW - 999, NOW] } } },
      ),
      "THROTTLED",
    ],
    [
      "older ones do not count",
      guards(
        { throttle: { count: 2, windowMs: 1000 } },
        { follower: { recent: { ...NOTHING_RECENT, opens: [NOW - 1000, NOW] } } },
      ),
      "1",
    ],
    [
      "of several each must hold",
      guards(
        {
          throttle: [
            { count: 5, windowMs: 10 },
            { count: 1, windowMs: 1000 },
          ],
        },
        { follower: { recent: { ...NOTHING_RECENT, opens: [NOW - 500] } } },
      ),
      "THROTTLED",
    ],
    ["tripped before", { follower: { recent: { ...NOTHING_RECENT, tripped: true } } }, "THROTTLED"],
  ],
  copyExisting: [
    ["none", { signal: { existing: true } }, "EXISTING"],
    [
      "all, however old",
      { rules: { copyExisting: "all" }, signal: { existing: true, ageAtReceiptMs: 10 ** 9 } },
      "1",
    ],
    [
      "all, at a worse price",
      {
        rules: { copyExisting: "all" },
        signal: { existing: true },
        market: { quote: ["1.2", "1.2001"] },
      },
      "1",
    ],
    [
      "better only, at the same price",
      { rules: { copyExisting: "better-price-only" }, signal: { existing: true } },
      "1",
    ],
    [
      "better only, one point worse",
      {
        rules: { copyExisting: "better-price-only" },
        signal: { existing: true },
        market: { quote: ["1.09991", "1.10001"] },
      },
      "EXISTING",
    ],
    [
      "better only is no guard of new ones",
      { rules: { copyExisting: "better-price-only" }, market: { quote: ["1.09991", "1.10001"] } },
      "1",
    ],
    [
      "it must still be recent news here",
      { rules: { copyExisting: "all" }, signal: { existing: true, receivedAt: NOW - 60_001 } },
      "STALE",
    ],
  ],
  reduceCorrelation: [
    ["off", { follower: holding("EURUSD buy 0.6") }, "1"],
    [
      "the same legs",
      { rules: { reduceCorrelation: "by-strategy" }, follower: holding("EURUSD buy 0.6") },
      "0.4",
    ],
    [
      "the other side takes nothing off",
      { rules: { reduceCorrelation: "by-account" }, follower: holding("EURUSD sell 0.6") },
      "1",
    ],
    [
      "net of both sides",
      {
        rules: { reduceCorrelation: "by-account" },
        follower: holding("EURUSD buy 0.6", "EURUSD sell 0.2"),
      },
      "0.6",
    ],
    [
      "all of it is held",
      { rules: { reduceCorrelation: "by-account" }, follower: holding("EURUSD buy 1") },
      "CORRELATED",
    ],
    [
      "what is held cannot be read",
      { rules: { reduceCorrelation: "by-account" }, follower: holding("GONE buy 1") },
      "NO_PRICE",
    ],
  ],
  "account facts": [
    ["no trading at all", { follower: withFacts({ tradeAllowed: false }) }, "TRADE_DISABLED"],
    [
      "no opposite side",
      { follower: { ...holding("EURUSD sell 0.1"), ...withFacts({ hedgingProhibited: true }) } },
      "HEDGE_PROHIBITED",
    ],
    [
      "the same side",
      { follower: { ...holding("EURUSD buy 0.1"), ...withFacts({ hedgingProhibited: true }) } },
      "1",
    ],
    [
      "another symbol",
      { follower: { ...holding("XAUUSD sell 0.1"), ...withFacts({ hedgingProhibited: true }) } },
      "1",
    ],
    [
      "a netting account nets",
      {
        follower: {
          ...holding("EURUSD sell 0.1"),
          ...withFacts({ hedgingProhibited: true }),
          positionMode: "netting",
        },
      },
      "1",
    ],
  ],
  "the market": [
    ["closed", { market: { more: { isOpen: () => false } } }, "MARKET_CLOSED"],
    [
      "closed and not quoted",
      { market: { quote: null, more: { isOpen: () => false } } },
      "MARKET_CLOSED",
    ],
    ["open", { market: { more: { isOpen: () => true } } }, "1"],
    ["mids 0.5 % apart", { market: { more: { masterQuote: () => quoteOf("1.105472") } } }, "1"],
    [
      "mids further apart",
      { market: { more: { masterQuote: () => quoteOf("1.1056") } } },
      "NO_PRICE",
    ],
    [
      "ten times apart, mapped with a factor",
      {
        rules: { symbolMap: { pairs: [{ from: "EURUSD", to: "EURUSD", priceFactor: "0.1" }] } },
        signal: { price: lots("11"), contractSize: lots("10000") },
        market: { more: { masterQuote: () => quoteOf("11") } },
      },
      "1",
    ],
    [
      "a factor that does not fit",
      {
        rules: { symbolMap: { pairs: [{ from: "EURUSD", to: "EURUSD", priceFactor: "0.2" }] } },
        market: { more: { masterQuote: () => quoteOf("11") } },
      },
      "NO_PRICE",
    ],
  ],
};

function quoteOf(mid: string) {
  return { symbol: "EURUSD", bid: lots(mid), ask: lots(mid), at: NOW };
}

describe.each(Object.entries(TABLES))("%s", (_, table) => {
  test.each(table)("%s", (_what, given, answer) => expect(answerTo(given)).toBe(answer));
});

describe("windows, on the wall clock of their zone", () => {
  const open = (hours: Record<string, string[]>, at: string, timeZone = "Europe/London") => {
    const now = Date.parse(at);
    return answerTo({
      rules: { windows: { timeZone, weekdays: hours } },
      signal: signalOf({ receivedAt: now }),
      market: { now },
    });
  };
  test.each([
    ["inside, at its first minute", { tue: ["07:00-21:00"] }, "2025-01-07T07:00:00Z", "1"],
    ["before it", { tue: ["07:00-21:00"] }, "2025-01-07T06:59:59Z", "OUTSIDE_WINDOW"],
    ["its end is outside", { tue: ["07:00-21:00"] }, "2025-01-07T21:00:00Z", "OUTSIDE_WINDOW"],
    ["another weekday", { wed: ["07:00-21:00"] }, "2025-01-07T12:00:00Z", "OUTSIDE_WINDOW"],
    ["in summer an hour earlier in UTC", { tue: ["07:00-21:00"] }, "2025-07-08T06:00:00Z", "1"],
    ["over midnight, before it", { tue: ["22:00-02:00"] }, "2025-01-07T23:00:00Z", "1"],
    ["over midnight, after it", { tue: ["22:00-02:00"] }, "2025-01-08T01:59:00Z", "1"],
    [
      "and not on the morning before",
      { tue: ["22:00-02:00"] },
      "2025-01-07T01:00:00Z",
      "OUTSIDE_WINDOW",
    ],
    ["Sunday into Monday", { sun: ["22:00-02:00"] }, "2025-01-06T01:00:00Z", "1"],
    [
      "the hour that is skipped in spring",
      { sun: ["01:00-02:00"] },
      "2025-03-30T01:00:00Z",
      "OUTSIDE_WINDOW",
    ],
    ["the hour that comes twice, first", { sun: ["01:00-02:00"] }, "2025-10-26T00:30:00Z", "1"],
    ["the hour that comes twice, again", { sun: ["01:00-02:00"] }, "2025-10-26T01:30:00Z", "1"],
  ])("%s", (_, hours, at, answer) => expect(open(hours, at)).toBe(answer));
});

describe("news", () => {
  const release: NewsEvent = { currency: "USD", impact: "high", title: "Payrolls", at: NOW };
  const near = (event: NewsEvent | null, offsetMs: number, rule: Record<string, unknown> = {}) =>
    answerTo({
      rules: { news: { impact: ["high"], beforeMinutes: 30, afterMinutes: 15, ...rule } },
      signal: { receivedAt: NOW + offsetMs },
      market: {
        now: NOW + offsetMs,
        more: {
          news: ({ currencies, impacts, from, to }) =>
            event !== null &&
            currencies.includes(event.currency) &&
            impacts.includes(event.impact) &&
            event.at >= from &&
            event.at <= to
              ? event
              : null,
        },
      },
    });
  test.each([
    ["half an hour before", release, -30 * 60_000, "NEWS_WINDOW"],
    ["earlier than that", release, -30 * 60_000 - 1, "1"],
    ["a quarter after", release, 15 * 60_000, "NEWS_WINDOW"],
    ["later than that", release, 15 * 60_000 + 1, "1"],
    ["of less impact", { ...release, impact: "low" }, 0, "1"],
    ["of another currency", { ...release, currency: "JPY" }, 0, "1"],
    ["of either currency", { ...release, currency: "EUR" }, 0, "NEWS_WINDOW"],
    ["none at all", null, 0, "1"],
  ])("%s", (_, event, offsetMs, answer) => expect(near(event, offsetMs)).toBe(answer));
  test("without a calendar nothing is opened", () =>
    expect(answerTo({ rules: { news: { impact: ["high"] } } })).toBe("NEWS_WINDOW"));
});
