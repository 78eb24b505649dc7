/**
 * Figures that PerformanceAnalytics, empyrical and hledger give for the same inputs.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { daily, growthIndex, monthlyReturns, returnsOf } from "./returns.ts";
import { riskFigures } from "./risk-figures.ts";

const RETURNS = [
  0.0125, -0.008, 0.0043, -0.0217, 0, 0.0156, -0.0049, 0.0201, -0.0133, 0.0072, -0.0305, 0.0188,
  0.0091, -0.0022, 0.0117, -0.0164, 0.0239, 0.0008, -0.0096, 0.014,
];
const on = (day: string): number => Date.parse(`${day}T00:00:00Z`);

test.each([
  ["total", 0.029706332237],
  ["annual", 0.446067720194],
  ["volatility", 0.235953361136],
  ["sharpe", 1.67677204552],
  ["sortino", 2.472595467612],
  ["maxDrawdown", 0.03650678932],
  ["calmar", 12.218760633384],
  ["valueAtRisk", -0.02214],
  ["expectedShortfall", -0.0305],
  ["ulcer", 0.014433291034],
] as const)("%s is as PerformanceAnalytics and empyrical have it", (name, expected) => {
  expect(riskFigures(RETURNS, 252)[name]).toBeCloseTo(expected, 9);
});

test("a time-weighted return over deposits and withdrawals is as hledger has it", () => {
  const values = [
    { at: on("2025-01-01"), value: 10_000 },
    { at: on("2025-01-31"), value: 11_000 },
    { at: on("2025-02-28"), value: 15_200 },
    { at: on("2025-03-31"), value: 13_420 },
  ];
  const flows = [
    { at: on("2025-01-01"), amount: 10_000 },
    { at: on("2025-02-01"), amount: 5_000 },
    { at: on("2025-03-01"), amount: -3_000 },
  ];
  const index = growthIndex(values, flows);
  expect(index.at(-1)?.value).toBeCloseTo(1.1495, 10);
  expect(monthlyReturns(index).map(({ value }) => Number(value.toFixed(4)))).toEqual([
    0.1, -0.05, 0.1,
  ]);
});

test("whatever is paid in or taken out between two values changes no return", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -0.2, max: 0.2, noNaN: true }), { minLength: 1, maxLength: 30 }),
      fc.array(fc.double({ min: -0.5, max: 2, noNaN: true }), { minLength: 30, maxLength: 30 }),
      (returns, shares) => {
        let value = 1_000;
        const values = [{ at: 0, value }];
        const flows = returns.map((one, place) => {
          const amount = value * (shares[place] ?? 0);
          value = (value + amount) * (1 + one);
          values.push({ at: (place + 1) * 10, value });
          return { at: place * 10 + 5, amount };
        });
        const index = growthIndex(values, flows);
        returnsOf(index).forEach((one, place) => {
          expect(one).toBeCloseTo(returns[place] ?? 0, 8);
        });
      },
    ),
  );
});

test("no returns, no losses and a lost account have no figures that would mislead", () => {
  expect(riskFigures([], 252)).toMatchObject({
    total: 0,
    annual: null,
    sharpe: null,
    calmar: null,
  });
  expect(riskFigures([0.01, 0.01], 252)).toMatchObject({ sortino: null, calmar: null });
  expect(riskFigures([-1], 252)).toMatchObject({ total: -1, annual: null });
});

test("a day is told by its last value", () => {
  const points = [1, 2, 30].map((hour) => ({ at: hour * 3_600_000, value: hour }));
  expect(daily(points).map(({ value }) => value)).toEqual([2, 30]);
});
