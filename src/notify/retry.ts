/** When a delivery that failed is tried again, and when it is given up. Pure. */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** After the first attempt, after the second, and so on. */
export const LADDER_MS: readonly number[] = [
  ...[5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR],
  ...[20 * HOUR, 24 * HOUR],
];

const JITTER = 0.1;

/** Milliseconds until the next attempt after so many; null: no more. `draw` is in [0, 1). */
export function waitAfter(attempts: number, draw: number): number | null {
  const wait = LADDER_MS[attempts - 1];
  return wait === undefined ? null : Math.round(wait * (1 + draw * JITTER));
}
