import fc from "fast-check";
import { expect, test } from "vitest";
import { fixedToNumber } from "../domain/fixed.ts";
import { amountOf, compiled, play, pointOf } from "../testing/risk-builders.ts";
import { LIMIT_MEASURES, type LimitMeasure } from "./limit.ts";
import { usedShare } from "./limit-event.ts";

const START = Date.parse("2025-03-28T10:00Z");
const HOUR_MS = 3_600_000;
const steps = fc.array(
  fc.record({
    profit: fc.integer({ min: -300, max: 300 }),
    floating: fc.integer({ min: -300, max: 300 }),
    flow: fc.constantFrom(0, 0, 500, -500, 20_000, -4_000),
  }),
  { minLength: 1, maxLength: 40 },
);
const measures = fc.constantFrom(...(Object.keys(LIMIT_MEASURES) as LimitMeasure[]));
type Step = { readonly profit: number; readonly floating: number; readonly flow: number };

function pointsOf(list: readonly Step[], withFlows: boolean) {
  let balance = 50_000;
  const points = list.map(({ profit, floating, flow: asked }, index) => {
    const flow = withFlows ? asked : 0;
    balance += profit + flow;
    return pointOf(START + (index + 1) * HOUR_MS, { balance, equity: balance + floating, flow });
  });
  return [pointOf(START, { equity: 50_000 }), ...points];
}

test("the money lost is the same with and without deposits and withdrawals", () => {
  const periods = fc.constantFrom("day" as const, "month" as const, "lifetime" as const);
  fc.assert(
    fc.property(steps, measures, periods, fc.boolean(), (list, measure, period, isRolling) => {
      const rolling = isRolling && period !== "lifetime";
      const limit = compiled({ measure, period, rolling, absolute: "1000000" });
      const plain = play(limit, pointsOf(list, false));
      expect(amountOf(play(limit, pointsOf(list, true)))).toBe(amountOf(plain));
    }),
  );
});

test("a flow between two points changes no share of a relative limit", () => {
  const flows = fc.constantFrom(-9_000, -4_000, -1, 1, 5_000, 1_000_000);
  const equity = fc.integer({ min: 9_500, max: 30_000 });
  const shares = fc.record({ equity, peak: fc.integer({ min: 9_500, max: 30_000 }), flow: flows });
  fc.assert(
    fc.property(shares, fc.constantFrom("day" as const, "lifetime" as const), (figures, period) => {
      const limit = compiled({ period, relative: "0.5" });
      const { peak, equity: held, flow } = figures;
      const before = play(limit, [
        pointOf(START, { equity: peak }),
        pointOf(START + 1_000, { equity: held }),
      ]);
      const after = play(
        limit,
        [pointOf(START + 2_000, { equity: held + flow, flow })],
        before.state,
      );
      if (before.measured === null || after.measured === null) throw new Error("nothing measured");
      const [was, is] = [usedShare(before.measured), usedShare(after.measured)].map(fixedToNumber);
      expect(Math.abs((was ?? 0) - (is ?? 1))).toBeLessThanOrEqual(0.011);
    }),
  );
});

test("a withdrawal of nearly all does not look like a drawdown", () => {
  const limit = compiled({ period: "lifetime", relative: "0.2" });
  const { events, measured } = play(limit, [
    pointOf(START, { equity: 12_000 }),
    pointOf(START + 1, { equity: 10_000 }),
    pointOf(START + 2, { equity: 1_000, flow: -9_000 }),
  ]);
  expect(events).toEqual([]);
  expect(measured === null ? 0 : fixedToNumber(measured.amount)).toBe(200);
});

test("a deposit over midnight belongs to no day's result", () => {
  const limit = compiled({ measure: "equity-from-balance", kind: "profit", absolute: "100" });
  const { events } = play(limit, [
    pointOf("2025-03-06T23:59Z", { equity: 10_000 }),
    pointOf("2025-03-07T00:01Z", { equity: 15_000, flow: 5_000 }),
  ]);
  expect(events).toEqual([]);
});
