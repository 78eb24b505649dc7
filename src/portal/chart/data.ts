/** What a chart of the browser draws, as its script asks for it. Pure. */
import type { Performance } from "../../records/performance.ts";
import type { ValueAt } from "../../report/returns.ts";

export type ChartData = {
  /** "%" or a currency. */
  readonly unit: string;
  /** How often there is something new; the script asks again then. */
  readonly everyMs: number;
  /** Whether what it asks for later is to be added to what it has. */
  readonly adds: boolean;
  readonly names: readonly string[];
  /** Seconds since 1970. */
  readonly at: readonly number[];
  /** A list for each name, as long as `at`; null where nothing is known. */
  readonly values: readonly (readonly (number | null)[])[];
};

const LIVE_MS = 2_000;
const GROWTH_MS = 15_000;

type EquityAt = { readonly at: number; readonly equity: number; readonly balance: number };

export function equityData(points: readonly EquityAt[], currency: string): ChartData {
  return {
    ...{ unit: currency, everyMs: LIVE_MS, adds: true, names: ["Equity", "Balance"] },
    at: points.map(({ at }) => at / 1_000),
    values: [points.map(({ equity }) => equity), points.map(({ balance }) => balance)],
  };
}

export const pointsOf = ({ points }: Pick<Performance, "points">): readonly EquityAt[] =>
  points.map(({ at, ...rest }) => ({ ...rest, at: at.getTime() }));

export type Named = { readonly name: string; readonly growth: readonly ValueAt[] };

/** Growths in percent, all at the times of the first. */
export function growthData(lines: readonly Named[]): ChartData {
  const times = lines[0]?.growth.map(({ at }) => at) ?? [];
  return {
    ...{ unit: "%", everyMs: GROWTH_MS, adds: false, names: lines.map(({ name }) => name) },
    at: times.map((at) => at / 1_000),
    values: lines.map(({ growth }) => knownAt(growth, times).map(inPercent)),
  };
}

const inPercent = (value: number | null): number | null =>
  value === null ? null : Number(((value - 1) * 100).toFixed(4));

/** The last value known at each time. */
function knownAt(growth: readonly ValueAt[], times: readonly number[]): (number | null)[] {
  let next = 0;
  let known: number | null = null;
  return times.map((at) => {
    for (; (growth[next]?.at ?? Number.POSITIVE_INFINITY) <= at; next += 1) {
      known = growth[next]?.value ?? null;
    }
    return known;
  });
}

/** Two growths from where both are known, each beginning at one. */
export function together(own: readonly ValueAt[], other: readonly ValueAt[]) {
  const from = Math.max(own[0]?.at ?? 0, other[0]?.at ?? 0);
  return { own: since(own, from), other: since(other, from) };
}

function since(growth: readonly ValueAt[], from: number): readonly ValueAt[] {
  const left = growth.filter(({ at }) => at >= from);
  const base = left[0]?.value ?? 1;
  return base === 0 ? left : left.map(({ at, value }) => ({ at, value: value / base }));
}
