/** The curves of the portal's pages: an account's equity, growth, two growths, and under water. */
import type { Performance } from "../../records/performance.ts";
import { underWater, type ValueAt } from "../../report/returns.ts";
import { type Curve, curve } from "./curve.ts";
import { share } from "./figures.ts";

export function equityCurve({ points }: Pick<Performance, "points">, currency: string): Curve {
  const words = (value: number): string =>
    new Intl.NumberFormat("en", { maximumFractionDigits: 0 }).format(value);
  return curve(
    points.map(({ at, equity }) => ({ at: at.getTime(), value: equity })),
    {
      words,
      summary: (all) => {
        const values = all.map(({ value }) => value);
        const last = values.at(-1) ?? 0;
        return `Equity went from ${words(values[0] ?? 0)} to ${words(last)} ${currency}; the lowest was ${words(Math.min(...values))}, the highest ${words(Math.max(...values))}. Deposits and withdrawals are in it.`;
      },
    },
  );
}

/** Growth since the first value, in percent. */
export function growthCurve(growth: readonly ValueAt[], beside?: readonly ValueAt[]): Curve {
  const shares = (all: readonly ValueAt[]) =>
    all.map(({ at, value }) => ({ at, value: value - 1 }));
  return curve(shares(growth), {
    words: share,
    ...(beside === undefined ? {} : { beside: shares(beside) }),
    summary: (all) => {
      const values = all.map(({ value }) => value);
      const last = values.at(-1) ?? 0;
      const theirs = beside?.at(-1);
      const other =
        theirs === undefined
          ? ""
          : ` The master's is ${share(theirs.value - 1)}: a gap of ${share(last - theirs.value + 1)}.`;
      return `Time-weighted growth is ${share(last)}; it was between ${share(Math.min(...values))} and ${share(Math.max(...values))}. Deposits and withdrawals are not in it.${other}`;
    },
  });
}

export function waterCurve(growth: readonly ValueAt[]): Curve {
  return curve(underWater(growth), {
    words: share,
    fromZero: true,
    summary: (all) => {
      const deepest = Math.min(...all.map(({ value }) => value));
      const now = all.at(-1)?.value ?? 0;
      return `The deepest drawdown was ${share(deepest)} of the highest growth; now it is ${share(now)}.`;
    },
  });
}
