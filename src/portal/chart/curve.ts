/**
 * A curve as an SVG drawn on the server, with a sentence that says what it shows and a table of it.
 * Pure. Floats are for drawing; what a table says is rounded as money is.
 */
import type { ValueAt } from "../../report/returns.ts";

export type Curve = {
  readonly line: string;
  /** The other curve; empty where there is none. */
  readonly beside: string;
  readonly area: string;
  readonly labels: readonly { readonly y: number; readonly text: string }[];
  readonly first: string;
  readonly last: string;
  readonly summary: string;
  readonly rows: readonly { readonly at: string; readonly value: string }[];
  readonly empty: boolean;
};

export type CurveOptions = {
  readonly words: (value: number) => string;
  readonly summary: (points: readonly ValueAt[]) => string;
  /** Another curve in the same box. */
  readonly beside?: readonly ValueAt[];
  /** Draws down from zero instead of up from the lowest. */
  readonly fromZero?: boolean;
};

export const WIDTH = 800;
export const HEIGHT = 220;
const MARGIN = 10;
const TABLE_ROWS_MAX = 40;
/** More than one for each pixel of a wide page is not seen. */
const DRAWN_MAX = 600;

export function curve(points: readonly ValueAt[], options: CurveOptions): Curve {
  const { words, summary, fromZero = false, beside = [] } = options;
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 2) {
    const none = { line: "", beside: "", area: "", labels: [], first: "", last: "", rows: [] };
    return { ...none, summary: "There is not enough history to draw yet.", empty: true };
  }
  const values = [...points, ...beside].map(({ value }) => value);
  const high = fromZero ? 0 : Math.max(...values);
  const low = Math.min(...values);
  const range = Math.max(high - low, Math.abs(high) * 0.0005, 1e-9);
  const span = Math.max(1, last.at - first.at);
  const x = (at: number): string => (((at - first.at) / span) * WIDTH).toFixed(1);
  const y = (value: number): number => MARGIN + ((high - value) / range) * (HEIGHT - 2 * MARGIN);
  const lineOf = (all: readonly ValueAt[]): string =>
    drawn(all)
      .map(({ at, value }) => `${x(at)},${y(value).toFixed(1)}`)
      .join(" ");
  const line = lineOf(points);
  const floor = fromZero ? y(0) : HEIGHT;
  return {
    line,
    beside: lineOf(beside),
    area: `0,${floor.toFixed(1)} ${line} ${WIDTH},${floor.toFixed(1)}`,
    labels: [high, (high + low) / 2, low].map((value) => ({ y: y(value), text: words(value) })),
    first: stamp(first.at),
    last: stamp(last.at),
    summary: summary(points),
    rows: thinned(points).map(({ at, value }) => ({ at: stamp(at), value: words(value) })),
    empty: false,
  };
}

const thinned = (points: readonly ValueAt[]) => everyNth(points, TABLE_ROWS_MAX);
const drawn = (points: readonly ValueAt[]) => everyNth(points, DRAWN_MAX);

function everyNth(points: readonly ValueAt[], most: number): readonly ValueAt[] {
  const step = Math.max(1, Math.ceil(points.length / most));
  return points.filter((_, index) => index % step === 0 || index === points.length - 1);
}

const stamp = (at: number): string => new Date(at).toISOString().slice(0, 16).replace("T", " ");
