/**
 * A curve as an SVG drawn on the server, with a sentence that says what it shows and a table of it.
 * Pure. Floats are for drawing; what a table says is rounded as money is.
 */
export type CurvePoint = { readonly at: number; readonly value: number };

export type Curve = {
  readonly line: string;
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
  readonly summary: (points: readonly CurvePoint[]) => string;
  /** Draws down from zero instead of up from the lowest. */
  readonly fromZero?: boolean;
};

export const WIDTH = 800;
export const HEIGHT = 220;
const MARGIN = 10;
const TABLE_ROWS_MAX = 40;

export function curve(points: readonly CurvePoint[], options: CurveOptions): Curve {
  const { words, summary, fromZero = false } = options;
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 2) {
    const none = { line: "", area: "", labels: [], first: "", last: "", rows: [] };
    return { ...none, summary: "There is not enough history to draw yet.", empty: true };
  }
  const values = points.map(({ value }) => value);
  const high = fromZero ? 0 : Math.max(...values);
  const low = Math.min(...values);
  const range = Math.max(high - low, Math.abs(high) * 0.0005, 1e-9);
  const span = Math.max(1, last.at - first.at);
  const x = (at: number): string => (((at - first.at) / span) * WIDTH).toFixed(1);
  const y = (value: number): number => MARGIN + ((high - value) / range) * (HEIGHT - 2 * MARGIN);
  const line = points.map(({ at, value }) => `${x(at)},${y(value).toFixed(1)}`).join(" ");
  const floor = fromZero ? y(0) : HEIGHT;
  return {
    line,
    area: `0,${floor.toFixed(1)} ${line} ${WIDTH},${floor.toFixed(1)}`,
    labels: [high, (high + low) / 2, low].map((value) => ({ y: y(value), text: words(value) })),
    first: stamp(first.at),
    last: stamp(last.at),
    summary: summary(points),
    rows: thinned(points).map(({ at, value }) => ({ at: stamp(at), value: words(value) })),
    empty: false,
  };
}

/** How far under its highest each value lies, as a fraction of it, zero or less. */
export function underWater(points: readonly CurvePoint[]): CurvePoint[] {
  let peak = Number.NEGATIVE_INFINITY;
  return points.map(({ at, value }) => {
    peak = Math.max(peak, value);
    return { at, value: peak > 0 ? value / peak - 1 : 0 };
  });
}

function thinned(points: readonly CurvePoint[]): readonly CurvePoint[] {
  const step = Math.max(1, Math.ceil(points.length / TABLE_ROWS_MAX));
  return points.filter((_, index) => index % step === 0 || index === points.length - 1);
}

const stamp = (at: number): string => new Date(at).toISOString().slice(0, 16).replace("T", " ");
