/**
 * Exact fractions, for targets and sizes that no decimal holds (one third of 0.10 lots).
 * Invariant: the denominator is positive and shares no factor with the numerator, so equal
 * fractions are equal field by field and a chain of partial closes telescopes.
 */
import { divideHalfEven, type Fixed, ONE } from "./fixed.ts";

export type Ratio = { readonly n: bigint; readonly d: bigint };

export const ZERO_RATIO: Ratio = { n: 0n, d: 1n };

function gcd(a: bigint, b: bigint): bigint {
  let x = a < 0n ? -a : a;
  let y = b < 0n ? -b : b;
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** n / d in lowest terms; d must not be zero. */
export function ratio(n: bigint, d: bigint): Ratio {
  if (d === 0n) throw new RangeError("a ratio needs a denominator other than zero");
  const factor = gcd(n, d) || 1n;
  return d < 0n ? { n: -n / factor, d: -d / factor } : { n: n / factor, d: d / factor };
}

export function ratioOf(value: Fixed): Ratio {
  return ratio(value, ONE);
}

export function times(a: Ratio, b: Ratio): Ratio {
  return ratio(a.n * b.n, a.d * b.d);
}

export function over(a: Ratio, b: Ratio): Ratio {
  return ratio(a.n * b.d, a.d * b.n);
}

export function plus(a: Ratio, b: Ratio): Ratio {
  return ratio(a.n * b.d + b.n * a.d, a.d * b.d);
}

/** Negative, zero or positive as a is below, equal to or above b. */
export function compareRatio(a: Ratio, b: Ratio): number {
  const difference = a.n * b.d - b.n * a.d;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Largest multiple of `step` not above a value ≥ 0. */
export function floorRatio(value: Ratio, step: Fixed): Fixed {
  return ((value.n * ONE) / (value.d * step)) * step;
}

/** Nearest multiple of `step` to a value ≥ 0, ties down. */
export function nearestTiesDown(value: Ratio, step: Fixed): Fixed {
  const down = floorRatio(value, step);
  const twiceRest = 2n * (value.n * ONE - down * value.d);
  return twiceRest > step * value.d ? down + step : down;
}

/** The nearest decimal of eight places, ties to even: for records and screens. */
export function ratioToFixed(value: Ratio): Fixed {
  return divideHalfEven(value.n * ONE, value.d);
}
