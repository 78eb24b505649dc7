/** Sizing and rounding, read as a specification: rules and circumstances → lots. */
import { describe, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { figures, followerOf, marketOf, NOW, signalOf } from "../testing/follower-builders.ts";
import { decide } from "./decide.ts";

type Case = {
  readonly sizing?: Record<string, unknown>;
  readonly guards?: Record<string, unknown>;
  readonly stops?: Record<string, unknown>;
  readonly master?: string;
  readonly own?: string;
  readonly volume?: string;
  readonly stopLoss?: string;
  readonly market?: Parameters<typeof marketOf>[0];
  readonly ownCurrency?: string;
  readonly masterContract?: string;
};

function answer(given: Case) {
  const { sizing = {}, guards = {}, stops = {}, ownCurrency = "USD" } = given;
  const own = { ...figures(given.own ?? "10000", ownCurrency), asOf: NOW };
  const follower = followerOf({ sizing, guards, stops }, { figures: own, currency: ownCurrency });
  const signal = signalOf({
    figures: figures(given.master ?? "10000"),
    volume: parseFixed(given.volume ?? "1"),
    stopLoss: given.stopLoss === undefined ? null : parseFixed(given.stopLoss),
    contractSize: parseFixed(given.masterContract ?? "100000"),
  });
  const decision = decide(signal, follower, marketOf(given.market));
  return {
    wanted: decision.wanted === null ? null : formatFixed(decision.wanted),
    orders: decision.plans.map(({ volume }) => formatFixed(volume ?? 0n)),
    reason: decision.reason,
  };
}

const copies = (wanted: string, ...orders: string[]) => ({ wanted, orders, reason: null });
const skips = (reason: string, wanted: string | null = null) => ({ wanted, orders: [], reason });

const risk = (riskPercent: string, more: Record<string, unknown> = {}) => ({
  mode: "risk-percent",
  riskPercent,
  ...more,
});

describe("in proportion", () => {
  test.each<[string, Case, unknown]>([
    ["half the equity, half the lots", { own: "5000" }, copies("0.5", "0.5")],
    ["times the multiplier", { sizing: { multiplier: "0.3" } }, copies("0.3", "0.3")],
    ["a third is rounded down", { master: "30000" }, copies("0.33333333", "0.33")],
    [
      "0.1 + 0.2 loses no step",
      { volume: "0.3", sizing: { multiplier: "0.1" } },
      copies("0.03", "0.03"),
    ],
    [
      "the master's figures are converted",
      { ownCurrency: "EUR", market: { rates: { "USD>EUR": "0.8" } } },
      copies("1.25", "1.25"),
    ],
    ["without a rate there is no size", { ownCurrency: "EUR" }, skips("NO_PRICE")],
    ["by contract size", { masterContract: "10000" }, copies("0.1", "0.1")],
    ["a master without equity sizes nothing", { master: "0" }, skips("NO_FIGURES")],
    ["a follower without equity has no money", { own: "0" }, skips("NO_MONEY")],
    ["below nothing neither", { own: "-5" }, skips("NO_MONEY")],
    ["by balance", { sizing: { mode: "balance-ratio" }, own: "2500" }, copies("0.25", "0.25")],
    [
      "by free margin",
      { sizing: { mode: "free-margin-ratio" }, own: "2500" },
      copies("0.25", "0.25"),
    ],
  ])("%s", (_, given, expected) => expect(answer(given)).toEqual(expected));

  test("credit is not the follower's equity, and each mode takes its own figure", () => {
    const own = {
      currency: "USD",
      balance: parseFixed("9000"),
      credit: parseFixed("1000"),
      equity: parseFixed("8000"),
      margin: parseFixed("3000"),
      freeMargin: parseFixed("5000"),
      asOf: NOW,
    };
    const size = (mode: string) =>
      decide(signalOf(), followerOf({ sizing: { mode } }, { figures: own }), marketOf()).wanted;
    expect(size("equity-ratio")).toBe(parseFixed("0.7"));
    expect(size("balance-ratio")).toBe(parseFixed("0.9"));
    expect(size("free-margin-ratio")).toBe(parseFixed("0.4"));
  });
});

describe("by lots", () => {
  test.each<[string, Case, unknown]>([
    [
      "multiplier does not look at the accounts",
      { sizing: { mode: "multiplier", multiplier: "2" }, own: "1", master: "0" },
      copies("2", "2"),
    ],
    [
      "but at the contract",
      { sizing: { mode: "multiplier" }, masterContract: "10000" },
      copies("0.1", "0.1"),
    ],
    [
      "same-volume does not",
      { sizing: { mode: "same-volume", multiplier: "0.5" }, masterContract: "10000" },
      copies("0.5", "0.5"),
    ],
    [
      "fixed-volume is the given lots",
      { sizing: { mode: "fixed-volume", volume: "0.105", multiplier: "7" }, volume: "3" },
      copies("0.105", "0.1"),
    ],
  ])("%s", (_, given, expected) => expect(answer(given)).toEqual(expected));
});

describe("by risk: percent of the equity over the loss of one lot at the stop", () => {
  test.each<[string, Case, unknown]>([
    // 1 % of 10,000 is 100; 100 points of 1 USD a lot and point are 100 a lot.
    ["1 % at 100 points", { sizing: risk("1"), stopLoss: "1.099" }, copies("1", "1")],
    [
      "0.5 % at 130 points",
      { sizing: risk("0.5"), stopLoss: "1.0987" },
      copies("0.38461538", "0.38"),
    ],
    ["no stop-loss", { sizing: risk("1") }, skips("NO_STOP_LOSS")],
    [
      "no stop-loss, one assumed",
      { sizing: risk("1", { assumedStopPoints: 200 }) },
      copies("0.5", "0.5"),
    ],
    [
      "assumed nearer than spread and stop level",
      {
        sizing: risk("1", { assumedStopPoints: 1 }),
        market: { spec: { stopLevelPoints: 30 } },
      },
      copies("2.5", "2.5"),
    ],
    [
      "the stop that is placed counts, not the master's",
      { sizing: risk("1"), stopLoss: "1.09995", market: { spec: { stopLevelPoints: 40 } } },
      copies("2", "2"),
    ],
    [
      "an own stop counts",
      {
        sizing: risk("1"),
        stops: { stopLoss: { mode: "fixed-points", points: 400 } },
        stopLoss: "1.0999",
      },
      copies("0.25", "0.25"),
    ],
    [
      "a stop that is not copied is no stop",
      { sizing: risk("1"), stops: { stopLoss: { mode: "none" } }, stopLoss: "1.099" },
      skips("NO_STOP_LOSS"),
    ],
    ["a stop at the price", { sizing: risk("1"), stopLoss: "1.1" }, skips("INVALID_STOPS")],
    ["a stop on the wrong side", { sizing: risk("1"), stopLoss: "1.2" }, skips("INVALID_STOPS")],
    [
      "at the follower's rate",
      {
        sizing: risk("1"),
        stopLoss: "1.099",
        ownCurrency: "EUR",
        market: { rates: { "USD>EUR": "0.8" } },
      },
      copies("1.25", "1.25"),
    ],
    [
      "without a rate there is no size",
      { sizing: risk("1"), stopLoss: "1.099", ownCurrency: "EUR" },
      skips("NO_PRICE"),
    ],
    [
      "without equity there is no money",
      { sizing: risk("1"), stopLoss: "1.099", own: "0" },
      skips("NO_MONEY"),
    ],
  ])("%s", (_, given, expected) => expect(answer(given)).toEqual(expected));
});

describe("at the limits of the symbol and of the rules", () => {
  const small = { sizing: { multiplier: "0.004" } };
  const raising = (maxRiskCoefficient: string) => ({
    sizing: { multiplier: "0.004", raiseToMinimum: true, maxRiskCoefficient },
  });
  const fixed = (volume: string, more: Record<string, unknown> = {}) => ({
    mode: "fixed-volume",
    volume,
    ...more,
  });
  test.each<[string, Case, unknown]>([
    ["below the minimum", small, skips("BELOW_MIN_VOLUME", "0.004")],
    ["raised, at 2.5 times the risk", raising("2.5"), copies("0.004", "0.01")],
    ["not raised beyond the coefficient", raising("2.49"), skips("BELOW_MIN_VOLUME", "0.004")],
    [
      "a minimum that is no whole step is the next one",
      { market: { spec: { volumeMin: parseFixed("0.015") } }, sizing: fixed("0.019") },
      skips("BELOW_MIN_VOLUME", "0.019"),
    ],
    ["the minimum itself", { sizing: fixed("0.01") }, copies("0.01", "0.01")],
    ["the maximum itself", { sizing: fixed("100") }, copies("100", "100")],
    ["above it, split", { sizing: fixed("250.5") }, copies("250.5", "100", "100", "50.5")],
    ["above it, capped", { sizing: fixed("250", { aboveMaximum: "cap" }) }, copies("250", "100")],
    [
      "a rest under the minimum borrows from the last",
      { market: { spec: { volumeMin: parseFixed("0.1") } }, sizing: fixed("100.04") },
      copies("100.04", "99.94", "0.1"),
    ],
    [
      "twenty orders and no more",
      { sizing: fixed("2000") },
      copies("2000", ...Array.from({ length: 20 }, () => "100")),
    ],
    ["one step over them", { sizing: fixed("2000.01") }, skips("ABOVE_MAX_VOLUME", "2000.01")],
    ["cut to the rules' most", { guards: { maxVolume: "0.557" } }, copies("1", "0.55")],
    ["the most is under the minimum", { guards: { maxVolume: "0.009" } }, skips("MAX_VOLUME", "1")],
    [
      "a raise is cut too",
      { ...raising("5"), guards: { maxVolume: "0.009" } },
      skips("MAX_VOLUME", "0.004"),
    ],
  ])("%s", (_, given, expected) => expect(answer(given)).toEqual(expected));
});
