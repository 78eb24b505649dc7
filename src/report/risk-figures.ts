/**
 * Figures over a list of returns, as PerformanceAnalytics and empyrical define them. Pure, in
 * floats. Null where a figure has no meaning: too few returns, or nothing to divide by.
 */
export type RiskFigures = {
  readonly total: number;
  readonly annual: number | null;
  readonly volatility: number | null;
  readonly sharpe: number | null;
  readonly sortino: number | null;
  readonly maxDrawdown: number;
  readonly calmar: number | null;
  /** Of a period, as a fraction below zero: one in twenty is worse (type 7 quantile). */
  readonly valueAtRisk: number | null;
  /** The mean of those. */
  readonly expectedShortfall: number | null;
  readonly ulcer: number;
};

/** `periods` a year: 252 for trading days, 12 for months. No risk-free rate, a target of zero. */
export function riskFigures(returns: readonly number[], periods: number): RiskFigures {
  const total = returns.reduce((growth, one) => growth * (1 + one), 1) - 1;
  const count = returns.length;
  const annual = count === 0 || total <= -1 ? null : (1 + total) ** (periods / count) - 1;
  const mean = count === 0 ? 0 : returns.reduce((sum, one) => sum + one, 0) / count;
  const deviation = sampleDeviation(returns, mean);
  const downside = count === 0 ? 0 : root(returns.map((one) => Math.min(one, 0) ** 2));
  const depths = depthsOf(returns);
  const maxDrawdown = Math.max(0, ...depths);
  const yearly = Math.sqrt(periods);
  const valueAtRisk = quantile(returns, 0.05);
  return {
    ...{ total, annual, maxDrawdown, valueAtRisk },
    volatility: deviation === null ? null : deviation * yearly,
    sharpe: deviation === null || deviation === 0 ? null : (mean / deviation) * yearly,
    sortino: downside === 0 ? null : (mean / downside) * yearly,
    calmar: annual === null || maxDrawdown === 0 ? null : annual / maxDrawdown,
    expectedShortfall: valueAtRisk === null ? null : tailMean(returns, valueAtRisk),
    ulcer: root(depths.map((one) => one ** 2)),
  };
}

const root = (squares: readonly number[]): number =>
  squares.length === 0 ? 0 : Math.sqrt(squares.reduce((sum, one) => sum + one, 0) / squares.length);

function sampleDeviation(values: readonly number[], mean: number): number | null {
  if (values.length < 2) return null;
  const sum = values.reduce((all, one) => all + (one - mean) ** 2, 0);
  return Math.sqrt(sum / (values.length - 1));
}

/** After each return, how deep under the highest. */
function depthsOf(returns: readonly number[]): number[] {
  let wealth = 1;
  let peak = 1;
  return returns.map((one) => {
    wealth *= 1 + one;
    peak = Math.max(peak, wealth);
    return 1 - wealth / peak;
  });
}

/** Interpolated between the two nearest (type 7, as R and numpy do it). */
export function quantile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)] ?? 0;
  const high = sorted[Math.ceil(place)] ?? low;
  return low + (high - low) * (place - Math.floor(place));
}

function tailMean(values: readonly number[], limit: number): number {
  const tail = values.filter((one) => one <= limit);
  return tail.reduce((sum, one) => sum + one, 0) / tail.length;
}
