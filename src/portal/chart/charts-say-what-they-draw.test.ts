import { expect, test } from "vitest";
import { curve, underWater } from "./curve.ts";
import { heatMap } from "./heat.ts";

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

test("a month's tone follows its sign and share of the largest", () => {
  const [row] = heatMap(
    [
      { month: "2025-01", profit: "300" },
      { month: "2025-02", profit: "-90.5" },
      { month: "2025-03", profit: "0" },
    ],
    "USD",
  );
  expect(row?.months.slice(0, 4).map(({ tone, text }) => `${tone} ${text}`)).toEqual([
    "up-3 +300.00",
    "down-1 −90.50",
    "none 0.00",
    "none ",
  ]);
  expect(row?.total).toBe("+209.50");
});
