import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeTicks } from "./tick-cursor.ts";
import type { TickSeries } from "./tick-file.ts";

const series = (symbol: string, times: readonly number[]): TickSeries => ({
  symbol,
  times: Float64Array.from(times),
  bids: Float64Array.from(times, (time) => time * 10 + symbol.length),
  asks: Float64Array.from(times, (time) => time * 10 + symbol.length + 1),
});

const timesOf = fc
  .uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 30 })
  .map((times) => times.sort((a, b) => a - b));

test("every quote comes once, in time order, and all of a millisecond together", () => {
  fc.assert(
    fc.property(fc.array(timesOf, { maxLength: 5 }), (lists) => {
      const all = lists.map((times, index) => series("S".repeat(index + 1), times));
      const expected = [...new Set(lists.flat())]
        .sort((a, b) => a - b)
        .map((at) => ({
          at,
          quotes: all
            .filter(({ times }) => times.includes(at))
            .map(({ symbol }) => [symbol, BigInt(at * 10 + symbol.length)] as const),
        }));
      const seen: typeof expected = [];
      for (const group of mergeTicks(all)) {
        const indexes = Array.from({ length: group.count }, (_, index) => index);
        expect(indexes.every((index) => group.ask(index) === group.bid(index) + 1n)).toBe(true);
        seen.push({
          at: group.at,
          quotes: indexes.map((index) => [group.symbol(index), group.bid(index)] as const),
        });
      }
      expect(seen).toEqual(expected);
    }),
  );
});

test("the next instant is known before it is taken", () => {
  const cursor = mergeTicks([series("A", [3, 9]), series("BB", [3, 5])]);
  const steps = [cursor.nextAt];
  while (cursor.advance()) steps.push(cursor.nextAt);
  expect(steps).toEqual([3, 5, 9, Number.POSITIVE_INFINITY]);
  expect(cursor.advance()).toBe(false);
});
