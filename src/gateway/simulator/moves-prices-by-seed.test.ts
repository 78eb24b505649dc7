import { expect, test } from "vitest";
import { parseFixed } from "../../domain/fixed.ts";
import { seededRandom } from "../../platform/random.ts";
import { PriceProcess } from "./prices.ts";
import {
  BASE_SYMBOLS,
  DEFAULT_VARIANT,
  factsOf,
  MORE_SYMBOLS,
  nameAt,
  symbolSpec,
} from "./symbols.ts";

const DAY_MS = 86_400_000;

function day(seed: number, stepMs = 60_000) {
  const process = new PriceProcess(seededRandom(seed), 0);
  return Array.from({ length: DAY_MS / stepMs }, (_, index) =>
    process.quotesAt((index + 1) * stepMs),
  );
}

test("the same seed gives the same day, another seed another", () => {
  expect(day(1)).toEqual(day(1));
  expect(day(1)).not.toEqual(day(2));
});

test("six symbols are quoted on their price grid, ask at or above bid, sometimes locked", () => {
  const quotes = day(3, 10_000).flat();
  expect(new Set(quotes.map(({ symbol }) => symbol))).toEqual(new Set(BASE_SYMBOLS));
  for (const { symbol, bid, ask } of quotes) {
    const point = 10n ** BigInt(8 - (factsOf(symbol)?.digits ?? 0));
    expect(bid > 0n && ask >= bid && bid % point === 0n && ask % point === 0n).toBe(true);
  }
  const locked = quotes.filter(({ bid, ask }) => bid === ask).length / quotes.length;
  expect(locked).toBeGreaterThan(0.005);
  expect(locked).toBeLessThan(0.02);
});

test("more symbols are quoted beside the six, whose facts and crosses stay what they are", () => {
  const process = new PriceProcess(seededRandom(5), 0, {}, MORE_SYMBOLS);
  for (let at = 60_000; at <= DAY_MS; at += 60_000) {
    const quotes = process.quotesAt(at);
    expect(quotes.map(({ symbol }) => symbol)).toEqual([...BASE_SYMBOLS, ...MORE_SYMBOLS]);
    for (const { symbol, bid, ask } of quotes) {
      const point = 10n ** BigInt(8 - (factsOf(symbol)?.digits ?? 0));
      expect(bid > 0n && ask >= bid && bid % point === 0n && ask % point === 0n).toBe(true);
    }
  }
  const { EURUSD, USDJPY, GBPUSD, EURJPY, EURGBP } = process.mids;
  expect(EURJPY).toBeCloseTo(EURUSD * USDJPY, 9);
  expect(EURGBP).toBeCloseTo(EURUSD / GBPUSD, 9);
});

test("a process goes on from the mids that another ended with", () => {
  const first = new PriceProcess(seededRandom(5), 0, {}, ["BTCUSD"]);
  first.quotesAt(DAY_MS);
  const next = new PriceProcess(seededRandom(6), DAY_MS, first.mids, ["BTCUSD"]);
  expect(next.mids).toEqual(first.mids);
});

test.each([
  ["EURUSD", 5, "100000", "EUR", "USD"],
  ["EURJPY", 3, "100000", "EUR", "JPY"],
  ["USDCHF", 5, "100000", "USD", "CHF"],
  ["XAUUSD", 3, "100", "XAU", "USD"],
  ["XAGUSD", 3, "5000", "XAG", "USD"],
  ["US500", 2, "1", "US500", "USD"],
  ["GER40", 2, "1", "GER40", "EUR"],
  ["BTCUSD", 2, "1", "BTC", "USD"],
])("%s has %i digits", (...[base, digits, size, baseCurrency, profitCurrency]) => {
  const contractSize = parseFixed(size);
  expect(factsOf(base)).toEqual({ digits, contractSize, baseCurrency, profitCurrency });
});

test("the busy hours move more than the quiet ones", () => {
  const range = (from: number, to: number): number => {
    let sum = 0;
    for (let seed = 1; seed <= 20; seed += 1) {
      const mids = day(seed)
        .slice(from * 60, to * 60)
        .map(([eurusd]) => Number(eurusd?.bid));
      sum += (Math.max(...mids) - Math.min(...mids)) / Math.min(...mids);
    }
    return sum / 20;
  };
  expect(range(12, 16)).toBeGreaterThan(1.5 * range(20, 24));
});

test("a broker's names and limits are its own, the facts are the symbol's", () => {
  expect(nameAt("EURUSD", "slash")).toBe("EUR/USD");
  expect(nameAt("GER40", "slash")).toBe("GER40");
  expect(nameAt("EURUSD", { suffix: ".a" })).toBe("EURUSD.a");
  const gold = symbolSpec("XAUUSD", {
    ...DEFAULT_VARIANT,
    names: { suffix: ".a" },
    stopLevelPoints: 30,
  });
  expect(gold).toMatchObject({
    name: "XAUUSD.a",
    digits: 3,
    contractSize: 10_000_000_000n,
    stopLevelPoints: 30,
  });
  expect(symbolSpec("USDJPY", DEFAULT_VARIANT)).toMatchObject({ digits: 3, tickSize: 100_000n });
  expect(symbolSpec("GOLD", DEFAULT_VARIANT)).toBeNull();
});
