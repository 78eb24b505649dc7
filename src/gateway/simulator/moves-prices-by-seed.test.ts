import { expect, test } from "vitest";
import { seededRandom } from "../../platform/random.ts";
import { PriceProcess } from "./prices.ts";
import { BASE_SYMBOLS, DEFAULT_VARIANT, factsOf, nameAt, symbolSpec } from "./symbols.ts";

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
