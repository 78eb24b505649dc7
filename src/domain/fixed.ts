/**
 * Exact decimals as integers: money, prices and volumes are `Fixed`, a bigint in units of 1e-8.
 * Invariant: parse(format(x)) = x for every x, and nothing here ever passes through a float.
 */
import { LockstepError } from "./errors.ts";

/** A decimal with eight places, held as an integer of 1e-8. */
export type Fixed = bigint;

export const FIXED_DIGITS = 8;
export const ONE: Fixed = 100_000_000n;

const DECIMAL = /^([+-]?)(\d{1,24})(?:\.(\d{1,8})0*)?$/;

/** Reads a plain decimal ("-12.5"); exponents, blanks and more than eight places are BAD_NUMBER. */
export function parseFixed(text: string): Fixed {
  const match = DECIMAL.exec(text);
  if (match === null) {
    throw new LockstepError("BAD_NUMBER", {
      text,
      expected: "a plain decimal of at most 8 places, such as 1.10235",
    });
  }
  const [, sign, whole = "0", fraction = ""] = match;
  const units = BigInt(whole + fraction.padEnd(FIXED_DIGITS, "0"));
  return sign === "-" ? -units : units;
}

/** Shortest plain decimal, padded to at least `minDigits` places. */
export function formatFixed(value: Fixed, minDigits = 0): string {
  const units = value < 0n ? -value : value;
  const sign = value < 0n ? "-" : "";
  // Whole numbers below 2^53 are exact as doubles, and much faster to write.
  const digits = units <= SAFE_UNITS ? String(Number(units)) : units.toString();
  const padded = digits.padStart(FIXED_DIGITS + 1, "0");
  const point = padded.length - FIXED_DIGITS;
  let end = padded.length;
  while (end > point + minDigits && padded.charCodeAt(end - 1) === ZERO) end -= 1;
  const whole = sign + padded.slice(0, point);
  return end === point ? whole : `${whole}.${padded.slice(point, end)}`;
}

const SAFE_UNITS = BigInt(Number.MAX_SAFE_INTEGER);
const ZERO = "0".charCodeAt(0);

/** From a whole number or a float that was made for display; half away from zero at 1e-8. */
export function fixedFromNumber(value: number): Fixed {
  if (!Number.isFinite(value)) throw new LockstepError("BAD_NUMBER", { text: String(value) });
  return parseFixed(value.toFixed(FIXED_DIGITS));
}

/** For statistics and drawing only. */
export function fixedToNumber(value: Fixed): number {
  return Number(value) / 1e8;
}

/** Product of two decimals, rounded half-even to 1e-8. */
export function multiply(a: Fixed, b: Fixed): Fixed {
  return divideHalfEven(a * b, ONE);
}

/** Rounds half-even to `digits` places (banker's rounding, as brokers book cents). */
export function roundHalfEven(value: Fixed, digits: number): Fixed {
  const unit = 10n ** BigInt(FIXED_DIGITS - digits);
  return divideHalfEven(value, unit) * unit;
}

/** Integer quotient, ties to the even neighbour; `by` must be positive. */
export function divideHalfEven(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  const rest = value % by;
  const twice = 2n * (rest < 0n ? -rest : rest);
  const away = twice > by || (twice === by && quotient % 2n !== 0n);
  if (!away) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

/** Largest multiple of `step` not above `value`, for values ≥ 0. */
export function floorTo(value: Fixed, step: Fixed): Fixed {
  return (value / step) * step;
}

export function minFixed(a: Fixed, b: Fixed): Fixed {
  return a < b ? a : b;
}

export function maxFixed(a: Fixed, b: Fixed): Fixed {
  return a > b ? a : b;
}

export function absFixed(value: Fixed): Fixed {
  return value < 0n ? -value : value;
}
