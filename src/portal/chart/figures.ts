/** What an account's history comes to, in the words of a page: growth, depth, months, risk. Pure. */
import { fixedToNumber, parseFixed } from "../../domain/fixed.ts";
import type { Performance } from "../../records/performance.ts";
import {
  daily,
  growthIndex,
  monthlyReturns,
  returnsOf,
  underWater,
  type ValueAt,
} from "../../report/returns.ts";
import { quantile, riskFigures } from "../../report/risk-figures.ts";
import { change, NOTHING, profit, type Tone, toneOf } from "../view/format.ts";

/** Demo accounts and most brokers are closed at weekends. */
const DAYS_A_YEAR = 252;
const DAY_MS = 86_400_000;
/** Under a year nothing is called annual; under a month a ratio of days is noise. */
const YEAR_DAYS = 365;
const RISK_DAYS_MIN = 30;

/** The growth of one unit of money, deposits and withdrawals left out. */
export function growthOf({ points, flows }: Pick<Performance, "points" | "flows">): ValueAt[] {
  return growthIndex(
    points.map(({ at, equity }) => ({ at: at.getTime(), value: equity })),
    flows,
  );
}

export function figuresOf(performance: Performance, growth: readonly ValueAt[], currency: string) {
  const { sums } = performance;
  const [first, last] = [growth[0], growth.at(-1)];
  const known = growth.length > 1;
  const gain = known ? (last?.value ?? 1) - 1 : null;
  const depth = known ? -Math.min(0, ...underWater(growth).map(({ value }) => value)) : null;
  const ratio = gain === null || depth === null || depth === 0 ? null : gain / depth;
  const closed = parseFixed(sums.gains) + parseFixed(sums.losses);
  const lost = Math.abs(fixedToNumber(parseFixed(sums.losses)));
  return {
    gain: change(gain),
    gainTone: signOf(gain),
    depth: depth === null ? NOTHING : share(-depth),
    ratio: two(ratio),
    order: ratio ?? Number.NEGATIVE_INFINITY,
    trades: String(sums.closed),
    won: sums.closed === 0 ? NOTHING : `${((sums.won / sums.closed) * 100).toFixed(0)} %`,
    factor: lost === 0 ? NOTHING : (fixedToNumber(parseFixed(sums.gains)) / lost).toFixed(2),
    closed: profit(closed, currency),
    closedTone: toneOf(closed, currency),
    age: ageOf((last?.at ?? 0) - (first?.at ?? 0)),
  };
}

const signOf = (value: number | null): Tone =>
  value === null || value === 0 ? "flat" : value > 0 ? "up" : "down";

export const share = (value: number): string => `${(value * 100).toFixed(2)} %`.replace("-", "−");

const two = (value: number | null): string =>
  value === null ? NOTHING : value.toFixed(2).replace("-", "−");

function ageOf(ms: number): string {
  const days = ms / DAY_MS;
  if (days < 1) return "less than a day";
  return days < 14 ? `${Math.round(days)} days` : `${Math.round(days / 7)} weeks`;
}

export type Explained = { readonly name: string; readonly value: string; readonly means: string };

/** Figures of risk, each with what it means; none under a month of history. */
export function riskOf(growth: readonly ValueAt[]): readonly Explained[] {
  const days = daily(growth);
  if (days.length < RISK_DAYS_MIN) return [];
  const returns = returnsOf(days);
  const figures = riskFigures(returns, DAYS_A_YEAR);
  const span = ((days.at(-1)?.at ?? 0) - (days[0]?.at ?? 0)) / DAY_MS;
  const months = monthlyReturns(growth).map(({ value }) => value);
  const worst = quantile(months, 0.05);
  const percent = (value: number | null): string => (value === null ? NOTHING : share(value));
  return [
    ...(span < YEAR_DAYS
      ? []
      : [
          {
            name: "Return a year",
            value: percent((1 + figures.total) ** (YEAR_DAYS / span) - 1),
            means: "compounded, at the pace of the whole history",
          },
        ]),
    {
      name: "Worst month in 20",
      value: percent(worst),
      means: `one month in twenty was worse than this (${months.length} months)`,
    },
    { name: "Worst day in 20", value: percent(figures.valueAtRisk), means: "value at risk, 95 %" },
    {
      name: "Mean of those days",
      value: percent(figures.expectedShortfall),
      means: "expected shortfall, 95 %",
    },
    {
      name: "Volatility",
      value: percent(figures.volatility),
      means: `deviation of daily returns, times √${DAYS_A_YEAR}`,
    },
    { name: "Sharpe", value: two(figures.sharpe), means: "mean over deviation, no risk-free rate" },
    { name: "Sortino", value: two(figures.sortino), means: "mean over the deviation of losses" },
    {
      name: "Ulcer index",
      value: percent(figures.ulcer),
      means: "how deep and how long under water",
    },
  ];
}
