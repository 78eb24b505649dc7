import { expect, test } from "vitest";
import { underWater } from "../../report/returns.ts";
import { curve } from "./curve.ts";
import { growthData, together } from "./data.ts";
import { heatMap, heatWords } from "./heat.ts";
import { periodOf, within } from "./period.ts";

const points = [100, 110, 99, 121].map((value, index) => ({ at: index * 60_000, value }));
const options = { words: (value: number) => value.toFixed(0), summary: () => "a summary" };

test("a curve begins and ends at its sides, and its table has the same values", () => {
  const drawn = curve(points, options);
  expect(drawn.line.split(" ")[0]).toMatch(/^0\.0,/);
  expect(drawn.line.split(" ").at(-1)).toBe("800.0,10.0");
  expect(drawn.rows.map(({ value }) => value)).toEqual(["100", "110", "99", "121"]);
  expect(drawn.labels.map(({ text }) => text)).toEqual(["121", "110", "99"]);
});

test("less than two points are not drawn, and said", () => {
  expect(curve(points.slice(0, 1), options)).toMatchObject({ empty: true, line: "" });
});

test("under water is measured from the highest so far", () => {
  const depths = underWater(points).map(({ value }) => Number(value.toFixed(3)));
  expect(depths).toEqual([0, 0, -0.1, 0]);
});

test("a month's tone follows its sign and share of the largest, and a year compounds", () => {
  const months = [
    { month: "2025-01", value: 0.03 },
    { month: "2025-02", value: -0.009 },
    { month: "2025-03", value: 0 },
  ];
  const [row] = heatMap(months);
  expect(row?.months.slice(0, 4).map(({ tone, text }) => `${tone} ${text}`)).toEqual([
    "up-3 +3.00 %",
    "down-1 −0.90 %",
    "none 0.00 %",
    "none ",
  ]);
  expect(row?.total).toBe("+2.07 %");
  expect(heatWords(months)).toBe(
    "1 of 3 months gained. The best was 2025-01 with +3.00 %, the worst 2025-02 with −0.90 %.",
  );
});

test("two growths are drawn at the times of the first, from where both are known", () => {
  const own = [10, 20, 30].map((at, place) => ({ at: at * 1_000, value: 1 + place / 10 }));
  const other = [0, 15, 29].map((at, place) => ({ at: at * 1_000, value: 2 + place }));
  const both = together(own, other);
  expect(both.other.map(({ value }) => value)).toEqual([1, 4 / 3]);
  const data = growthData([
    { name: "a", growth: both.own },
    { name: "b", growth: both.other },
  ]);
  expect(data.at).toEqual([10, 20, 30]);
  expect(data.values).toEqual([
    [0, 10, 20],
    [null, 0, 33.3333],
  ]);
});

test("a period counts back from the newest point, and what is not offered is all", () => {
  const day = 86_400_000;
  const point = (days: number) => ({ at: new Date(days * day), equity: 1, balance: 1 });
  const none = { months: [], symbols: [], sums: { closed: 0, won: 0, gains: "0", losses: "0" } };
  const whole = { ...none, points: [point(0), point(50), point(60)], flows: [] };
  expect(within(whole, periodOf("1m")).points).toHaveLength(2);
  expect(within(whole, periodOf("constructor")).points).toHaveLength(3);
});
