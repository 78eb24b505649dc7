import fc from "fast-check";
import { expect, test } from "vitest";
import { ONE, parseFixed } from "./fixed.ts";
import {
  compareRatio,
  floorRatio,
  nearestTiesDown,
  over,
  plus,
  type Ratio,
  ratio,
  ratioOf,
  ratioToFixed,
  times,
  ZERO_RATIO,
} from "./ratio.ts";

const whole = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
const positive = fc.bigInt({ min: 1n, max: 10n ** 15n });
const fraction: fc.Arbitrary<Ratio> = fc.tuple(whole, positive).map(([n, d]) => ratio(n, d));
const notNegative = fraction.map(({ n, d }) => ratio(n < 0n ? -n : n, d));

test("equal fractions are equal field by field", () => {
  fc.assert(
    fc.property(whole, positive, positive, (n, d, factor) => {
      expect(ratio(n * factor, d * factor)).toEqual(ratio(n, d));
      expect(ratio(-n, -d)).toEqual(ratio(n, d));
    }),
  );
});

test("a third of a lot, three times, is the lot", () => {
  const third = times(ratioOf(parseFixed("0.1")), ratio(1n, 3n));
  expect(plus(third, plus(third, third))).toEqual(ratioOf(parseFixed("0.1")));
});

test("dividing takes back what multiplying did", () => {
  fc.assert(
    fc.property(fraction, fraction, (a, b) => {
      fc.pre(b.n !== 0n);
      expect(over(times(a, b), b)).toEqual(a);
      expect(plus(a, ZERO_RATIO)).toEqual(a);
    }),
  );
});

test("the nearest step is at most half a step away, and a tie goes down", () => {
  const step = parseFixed("0.01");
  fc.assert(
    fc.property(notNegative, (value) => {
      const down = floorRatio(value, step);
      const nearest = nearestTiesDown(value, step);
      expect(down % step).toBe(0n);
      expect(compareRatio(ratioOf(down), value)).toBeLessThanOrEqual(0);
      expect(compareRatio(ratioOf(down + step), value)).toBeGreaterThan(0);
      const middle = ratioOf(down + step / 2n);
      expect(nearest).toBe(compareRatio(value, middle) > 0 ? down + step : down);
    }),
  );
  expect(nearestTiesDown(ratio(15n, 1000n), step)).toBe(step);
});

test("a decimal survives the way through a fraction", () => {
  fc.assert(
    fc.property(whole, (value) => {
      expect(ratioToFixed(ratioOf(value))).toBe(value);
    }),
  );
  expect(ratioToFixed(ratio(1n, 3n))).toBe(ONE / 3n);
});

test("nothing is divided by zero", () => {
  expect(() => ratio(1n, 0n)).toThrow(RangeError);
});
