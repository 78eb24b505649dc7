/**
 * An equity curve as the points of one SVG polyline in a box of 100 × 28.
 * The line is led out of the box at both ends and back under it, so that one list of points both
 * draws the curve and bounds the area below it: the strokes outside the box are clipped.
 */
import type { Tone } from "./format.ts";

const WIDTH = 100;
const HEIGHT = 28;
const MARGIN = 3;
const OUTSIDE = 4;
/** A curve that moved less than this share of its level is drawn near flat, not as an alp. */
const LEAST_RANGE = 0.0005;

export type Spark = {
  readonly points: string;
  readonly tone: Tone;
  /** Change from first to last as a fraction; null under two samples. */
  readonly change: number | null;
};

/** Samples oldest first; fewer than two draw nothing. */
export function sparkline(samples: readonly number[]): Spark {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || samples.length < 2) {
    return { points: "", tone: "flat", change: null };
  }
  const low = Math.min(...samples);
  const high = Math.max(...samples);
  const range = Math.max(high - low, Math.abs(first) * LEAST_RANGE, Number.EPSILON);
  const floor = (low + high - range) / 2;
  const y = (value: number): string =>
    (HEIGHT - MARGIN - ((value - floor) / range) * (HEIGHT - 2 * MARGIN)).toFixed(1);
  const step = WIDTH / (samples.length - 1);
  const curve = samples.map((value, index) => `${(index * step).toFixed(1)},${y(value)}`);
  const points = [
    `${-OUTSIDE},${HEIGHT + OUTSIDE}`,
    `${-OUTSIDE},${y(first)}`,
    ...curve,
    `${WIDTH + OUTSIDE},${y(last)}`,
    `${WIDTH + OUTSIDE},${HEIGHT + OUTSIDE}`,
  ].join(" ");
  const change = first === 0 ? null : (last - first) / Math.abs(first);
  return { points, tone: last > first ? "up" : last < first ? "down" : "flat", change };
}
