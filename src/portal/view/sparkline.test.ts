import { expect, test } from "vitest";
import { sparkline } from "./sparkline.ts";

const curveOf = (points: string): number[][] =>
  points
    .split(" ")
    .slice(2, -2)
    .map((pair) => pair.split(",").map(Number));

test("a curve spans the box and stays in it", () => {
  const spark = sparkline([100, 90, 120]);
  expect(curveOf(spark.points)).toEqual([
    [0, 17.7],
    [50, 25],
    [100, 3],
  ]);
  expect([spark.tone, spark.change]).toEqual(["up", 0.2]);
});

test("a cent on a large account is no alp", () => {
  const heights = curveOf(sparkline([100_000, 100_000.01]).points).map(([, y]) => y ?? 0);
  expect(Math.max(...heights) - Math.min(...heights)).toBeLessThan(1);
});

test("fewer than two samples draw nothing", () => {
  expect(sparkline([]).points).toBe("");
  expect(sparkline([1])).toEqual({ points: "", tone: "flat", change: null });
  expect(sparkline([0, 0]).change).toBeNull();
});
