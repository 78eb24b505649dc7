/**
 * Two whole live states for tests of the page: a hub that has just started, and a busy one with
 * every state a row can be in and every standing an answer can have.
 */
import { parseFixed } from "../domain/fixed.ts";
import type { Side } from "../domain/trade.ts";
import type { SignalKind } from "../master/signal.ts";
import { seededRandom } from "../platform/random.ts";
import type { LiveAnswer, LiveFigures, LivePosition, LiveState } from "../portal/live.ts";
import {
  answers,
  LIVE_AS_OF,
  liveFollower,
  liveMaster,
  livePosition,
  liveResult,
  liveSignal,
} from "./live-builders.ts";

/** A hub that has just been started: nobody connected, nothing traded. */
export const EMPTY_LIVE_STATE: LiveState = {
  asOf: LIVE_AS_OF,
  environment: "DEMO",
  brokers: [],
  masters: [],
  followers: [],
  feed: [],
  totals: {
    currency: "USD",
    equity: null,
    openProfit: null,
    reported: 0,
    signals: 0,
    copied: 0,
    skipped: 0,
    rejected: 0,
    waiting: 0,
    latencyP50Ms: null,
    latencyP95Ms: null,
  },
};

type Last = readonly [sequence: number, kind: SignalKind, side: Side, symbol: string];

function lastCopy([sequence, kind, side, symbol]: Last, answer: LiveAnswer) {
  return { ...answer, at: LIVE_AS_OF - 1_500, sequence, kind, side, symbol };
}

function curve(seed: number, level: number, drift: number): number[] {
  const random = seededRandom(seed);
  let value = level;
  return Array.from({ length: 48 }, () => {
    value *= 1 + (random.next() - 0.5 + drift) * 0.0016;
    return Math.round(value * 100) / 100;
  });
}

const figuresOf = (balance: string, openProfit: string, level: number | null): LiveFigures => ({
  balance: parseFixed(balance),
  equity: parseFixed(balance) + parseFixed(openProfit),
  openProfit: parseFixed(openProfit),
  marginLevelPercent: level,
});

const OPEN_12: Last = [12, "open", "buy", "EURUSD"];
const CLOSE_8: Last = [8, "close", "sell", "XAUUSD"];
const OPEN_31: Last = [31, "open", "sell", "GBPUSD"];

export function busyLiveState(): LiveState {
  const eur = (id: string, profit: string): LivePosition =>
    livePosition(id, "EURUSD.a", ["buy", "0.06", "1.10236", profit]);
  return {
    ...EMPTY_LIVE_STATE,
    brokers: [
      { id: "n", name: "Northgate", link: "live" },
      { id: "m", name: "Meridian", link: "live" },
      { id: "h", name: "Harbour FX", link: "stale" },
    ],
    masters: [
      liveMaster({
        id: "atlas",
        name: "Atlas Trend",
        followers: 6,
        figures: figuresOf("100000", "1250.5", 812.4),
        positions: [
          livePosition("1", "EURUSD", ["buy", "0.5", "1.10235", "86.5"]),
          livePosition("2", "USDJPY", ["sell", "1.2", "149.352", "1164"]),
        ],
      }),
      liveMaster({
        id: "gold",
        name: "Gold Rush Intraday",
        broker: "Meridian",
        currency: "EUR",
        positionMode: "netting",
        followers: 4,
        figures: figuresOf("48210.77", "-312.08", 132),
        positions: [livePosition("3", "XAUUSD.a", ["sell", "0.8", "2914.310", "-312.08"])],
      }),
      liveMaster({
        id: "quiet",
        name: "Quiet Reversion",
        broker: "Harbour FX",
        currency: "GBP",
        followers: 2,
        figures: figuresOf("25000", "0", null),
      }),
    ],
    followers: [
      liveFollower({
        id: "ada",
        name: "Ada Pension",
        figures: figuresOf("12000", "34.2", 540),
        equitySpark: curve(1, 12_000, 0.06),
        positions: [
          eur("1", "10.38"),
          livePosition("2", "USDJPY.a", ["sell", "0.14", "149.350", "23.82"]),
        ],
        lastCopy: lastCopy(OPEN_12, answers.done(3.42)),
      }),
      liveFollower({
        id: "bruno",
        name: "Bruno Family",
        broker: "Northgate",
        currency: "USD",
        figures: figuresOf("250000", "2960.4", 1_904),
        ruleSummary: "balance ratio × 0.5",
        equitySpark: curve(2, 250_000, 0.1),
        positions: [livePosition("1", "EURUSD", ["buy", "0.62", "1.10237", "104.16"])],
        lastCopy: lastCopy(OPEN_12, answers.done(3.9)),
      }),
      liveFollower({
        id: "chen",
        name: "Chen Low Risk",
        ruleSummary: "risk 0.5 % a trade",
        figures: figuresOf("30400", "-4.1", 2_240),
        equitySpark: curve(3, 30_400, -0.02),
        positions: [eur("1", "-4.1")],
        lastCopy: lastCopy(OPEN_12, answers.done(4.1)),
      }),
      liveFollower({
        id: "dora",
        name: "Dora Mini",
        figures: figuresOf("180", "0", null),
        equitySpark: curve(4, 180, 0),
        lastCopy: lastCopy(
          OPEN_12,
          answers.skipped("BELOW_MIN_VOLUME", "0.0009 lots wanted, the minimum is 0.01."),
        ),
      }),
      liveFollower({
        id: "emil",
        name: "Emil Away",
        broker: "Harbour FX",
        currency: "GBP",
        link: "offline",
        asOf: LIVE_AS_OF - 640_000,
        figures: figuresOf("8120.5", "12.25", 310),
        equitySpark: curve(5, 8_120, 0.02).slice(0, 20),
        positions: [livePosition("1", "EUR/USD", ["buy", "0.04", "1.10190", "12.25"])],
        lastCopy: lastCopy(OPEN_12, answers.skipped("ACCOUNT_OFFLINE")),
      }),
      liveFollower({
        id: "fay",
        name: "Fay Netting",
        broker: "Harbour FX",
        currency: "JPY",
        positionMode: "netting",
        link: "stale",
        asOf: LIVE_AS_OF - 41_000,
        figures: figuresOf("4200000", "-18240", 118),
        masterIds: ["atlas", "gold"],
        equitySpark: curve(6, 4_200_000, -0.08),
        positions: [livePosition("1", "EUR/USD", ["sell", "0.3", "1.10231", "-18240"])],
        lastCopy: lastCopy(OPEN_12, answers.ended("partial", "NO_MONEY", 48)),
      }),
      liveFollower({
        id: "gus",
        name: "Gus Growth",
        masterIds: ["gold"],
        ruleSummary: "multiplier × 2, at most 5 lots",
        figures: figuresOf("64310", "612.9", 402),
        equitySpark: curve(7, 64_000, 0.12),
        lastCopy: lastCopy(CLOSE_8, answers.ended("rejected", "MARKET_CLOSED", 212)),
      }),
      liveFollower({
        id: "hana",
        name: "Hana & Partners",
        masterIds: ["gold"],
        currency: "CHF",
        figures: figuresOf("91000.01", "-77.3", 655),
        equitySpark: curve(8, 91_000, -0.05),
        lastCopy: lastCopy(CLOSE_8, answers.ended("unknown", "IN_FLIGHT", 5_020)),
      }),
      liveFollower({
        id: "ivo",
        name: "Ivo Small",
        masterIds: ["quiet"],
        asOf: LIVE_AS_OF - 12_000,
        ruleSummary: "fixed 0.02 lots",
        figures: figuresOf("2450", "1.2", 3_420),
        equitySpark: curve(9, 2_450, 0.01),
        lastCopy: lastCopy(OPEN_31, answers.ended("working", null, 9)),
      }),
      liveFollower({
        id: "june",
        name: "June New",
        masterIds: ["quiet"],
        asOf: null,
        figures: null,
        link: "offline",
      }),
    ],
    feed: [
      liveSignal({
        id: "s12",
        sequence: 12,
        results: [
          liveResult("ada", answers.done(3.42), { follower: "Ada Pension" }),
          liveResult("bruno", answers.done(3.9), {
            follower: "Bruno Family",
            volume: parseFixed("0.62"),
            price: parseFixed("1.10237"),
            slippage: parseFixed("0.00002"),
          }),
          liveResult("chen", answers.done(4.1), {
            follower: "Chen Low Risk",
            volume: parseFixed("0.02"),
            price: parseFixed("1.10233"),
            slippage: parseFixed("-0.00002"),
          }),
          liveResult(
            "dora",
            answers.skipped("BELOW_MIN_VOLUME", "0.0009 lots wanted, the minimum is 0.01."),
            { follower: "Dora Mini" },
          ),
          liveResult("emil", answers.skipped("ACCOUNT_OFFLINE"), { follower: "Emil Away" }),
          liveResult("fay", answers.ended("partial", "NO_MONEY", 48), {
            follower: "Fay Netting",
            volume: parseFixed("0.3"),
          }),
        ],
      }),
      liveSignal({
        id: "s8",
        sequence: 8,
        at: LIVE_AS_OF - 9_800,
        master: "Gold Rush Intraday",
        kind: "close",
        side: "sell",
        symbol: "XAUUSD.a",
        digits: 3,
        volume: parseFixed("0.4"),
        price: parseFixed("2911.27"),
        results: [
          liveResult("fay", answers.done(41), {
            follower: "Fay Netting",
            volume: parseFixed("0.1"),
            price: parseFixed("2911.31"),
            digits: 3,
            slippage: parseFixed("0.04"),
          }),
          liveResult("gus", answers.ended("rejected", "MARKET_CLOSED", 212), {
            follower: "Gus Growth",
          }),
          liveResult("hana", answers.ended("unknown", "IN_FLIGHT", 5_020), {
            follower: "Hana & Partners",
            volume: parseFixed("0.12"),
          }),
        ],
      }),
      liveSignal({
        id: "s31",
        sequence: 31,
        at: LIVE_AS_OF - 22_400,
        master: "Quiet Reversion",
        side: "sell",
        symbol: "GBP/USD",
        volume: parseFixed("0.15"),
        price: parseFixed("1.29418"),
        results: [
          liveResult("ivo", answers.ended("working", null, 9), { follower: "Ivo Small" }),
          liveResult("june", answers.undecided, { follower: "June New" }),
        ],
      }),
      liveSignal({
        id: "s11",
        sequence: 11,
        at: LIVE_AS_OF - 47_000,
        kind: "protect",
        symbol: "USDJPY",
        side: "sell",
        price: null,
        results: [
          liveResult("ada", answers.done(2.8), {
            follower: "Ada Pension",
            volume: null,
            price: null,
            slippage: null,
          }),
        ],
      }),
    ],
    totals: {
      currency: "USD",
      equity: parseFixed("581204.18"),
      openProfit: parseFixed("3480.07"),
      reported: 9,
      signals: 51,
      copied: 214,
      skipped: 37,
      rejected: 2,
      waiting: 3,
      latencyP50Ms: 3.6,
      latencyP95Ms: 41.2,
    },
  };
}
