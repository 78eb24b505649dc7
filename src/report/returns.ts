/**
 * Time-weighted returns: what an account made of its money, whatever was paid in or taken out.
 * Between two values r = end / (start + flow) − 1, a flow counted at the start of its part; the index
 * is the product of all 1 + r. Pure, in floats: these are statistics.
 * Invariant: a cash flow alone changes no return, at whatever time it comes.
 */
export type ValueAt = { readonly at: number; readonly value: number };
export type FlowAt = { readonly at: number; readonly amount: number };

/** The growth of one unit from the first value on; the values and flows oldest first. */
export function growthIndex(values: readonly ValueAt[], flows: readonly FlowAt[]): ValueAt[] {
  const index: ValueAt[] = [];
  let next = 0;
  let growth = 1;
  let before: ValueAt | null = null;
  for (const point of values) {
    let flow = 0;
    for (; next < flows.length; next += 1) {
      const one = flows[next];
      if (one === undefined || one.at > point.at) break;
      // What was there before the first value is in it.
      if (before !== null && one.at > before.at) flow += one.amount;
    }
    const base: number = before === null ? 0 : before.value + flow;
    if (base > 0) growth *= Math.max(0, point.value) / base;
    index.push({ at: point.at, value: growth });
    before = point;
  }
  return index;
}

/** The last value of each day (UTC), and so the index at the end of each day. */
export function daily(index: readonly ValueAt[]): ValueAt[] {
  return lastOfEach(index, (at) => String(Math.floor(at / 86_400_000)));
}

/** Returns from each value to the next. */
export function returnsOf(index: readonly ValueAt[]): number[] {
  return index.slice(1).map(({ value }, place) => {
    const start = index[place]?.value ?? 0;
    return start === 0 ? 0 : value / start - 1;
  });
}

export type MonthReturn = { readonly month: string; readonly value: number };

/** By month (UTC), oldest first; the first begins with the first value. */
export function monthlyReturns(index: readonly ValueAt[]): MonthReturn[] {
  const ends = lastOfEach(index, monthOf);
  return ends.map(({ at, value }, place) => {
    const start = ends[place - 1]?.value ?? index[0]?.value ?? 0;
    return { month: monthOf(at), value: start === 0 ? 0 : value / start - 1 };
  });
}

const monthOf = (at: number): string => new Date(at).toISOString().slice(0, 7);

function lastOfEach(index: readonly ValueAt[], keyOf: (at: number) => string): ValueAt[] {
  const last = new Map<string, ValueAt>();
  for (const point of index) last.set(keyOf(point.at), point);
  return [...last.values()];
}

/** How far under its highest each value lies, as a fraction of it, zero or less. */
export function underWater(points: readonly ValueAt[]): ValueAt[] {
  let peak = Number.NEGATIVE_INFINITY;
  return points.map(({ at, value }) => {
    peak = Math.max(peak, value);
    return { at, value: peak > 0 ? value / peak - 1 : 0 };
  });
}
