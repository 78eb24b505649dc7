import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fixedToNumber } from "../domain/fixed.ts";
import { periodAt } from "../domain/period.ts";
import {
  amountOf,
  compiled,
  type LimitText,
  limitOf,
  play,
  pointOf,
} from "../testing/risk-builders.ts";
import { compileLimit } from "./limit.ts";
import { faultsOfLimit } from "./limit-faults.ts";
import { rollingMs } from "./rolling.ts";

const iso = (text: string): number => Date.parse(text);

describe("the amount of one day, Athens", () => {
  // The evening before; then a day that opens with a floating loss, peaks and falls.
  const points = [
    pointOf("2025-03-05T21:00Z", { balance: 10_000, equity: 9_800 }),
    pointOf("2025-03-06T08:00Z", { balance: 10_000, equity: 10_400 }),
    pointOf("2025-03-06T12:00Z", { balance: 10_100, equity: 9_500 }),
  ];
  test.each([
    ["equity-from-peak", "loss", 900],
    ["equity-from-peak", "profit", 0],
    ["equity-from-equity", "loss", 300],
    ["equity-from-equity", "profit", -300],
    ["equity-from-balance", "loss", 500],
    ["equity-from-higher", "loss", 500],
    ["balance-from-balance", "loss", -100],
    ["balance-from-balance", "profit", 100],
  ] as const)("%s, as %s", (measure, kind, amount) => {
    const limit = compiled({ measure, kind, timeZone: "Europe/Athens", absolute: "1000" });
    expect(amountOf(play(limit, points))).toBe(amount);
  });

  test("credit is never counted", () => {
    const limit = compiled({ absolute: "1000" });
    const bonus = pointOf("2025-03-06T12:00Z", { balance: 10_000, equity: 10_500, credit: 500 });
    const spent = pointOf("2025-03-06T13:00Z", { balance: 10_000, equity: 10_000 });
    expect(amountOf(play(limit, [bonus, spent]))).toBe(0);
  });

  test.each([
    ["week", "2025-03-10T12:00Z", 0],
    ["month", "2025-03-31T20:59Z", 1_000],
    ["month", "2025-03-31T21:00Z", 0],
    ["quarter", "2025-03-31T20:59Z", 1_000],
    ["year", "2025-12-31T21:59Z", 1_000],
    ["year", "2025-12-31T22:00Z", 0],
    ["lifetime", "2030-01-01T00:00Z", 1_000],
  ] as const)("a loss of a %s, seen at %s", (period, at, amount) => {
    const limit = compiled({ period, timeZone: "Europe/Athens", absolute: "5000" });
    const points = [
      pointOf("2025-03-05T21:00Z", { equity: 10_000 }),
      pointOf("2025-03-06T08:00Z", { equity: 9_000 }),
      pointOf(at, { equity: 9_000 }),
    ];
    expect(amountOf(play(limit, points))).toBe(amount);
  });

  test("since a date counts from that day's beginning, and from an amount if one is given", () => {
    const since: LimitText = { period: "since", since: "2025-03-06", absolute: "5000" };
    const before = pointOf("2025-03-05T21:00Z", { equity: 12_000 });
    const after = pointOf("2025-03-06T08:00Z", { equity: 9_000 });
    expect(play(compiled(since), [before]).measured).toBe(null);
    expect(amountOf(play(compiled(since), [before, after]))).toBe(3_000);
    const limit = compiled({ ...since, startAmount: "10000" });
    expect(amountOf(play(limit, [before, after]))).toBe(1_000);
  });

  test("a relative limit is a share of what it measures from; of nothing there is no share", () => {
    const limit = compiled({ measure: "equity-from-balance", relative: "0.05" });
    const played = play(limit, points);
    expect(fixedToNumber(played.measured?.threshold ?? 0n)).toBe(500);
    expect(play(limit, [pointOf("2025-03-06T08:00Z", { equity: 0 })]).measured).toBe(null);
  });
});

const walk = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 1_000, max: 20 * 3_600_000 }),
    equity: fc.integer({ min: 5_000, max: 15_000 }),
    balance: fc.integer({ min: 5_000, max: 15_000 }),
  }),
  { minLength: 1, maxLength: 60 },
);
type Step = { readonly at: number; readonly equity: number; readonly balance: number };
function stepsOf(list: readonly { afterMs: number; equity: number; balance: number }[]): Step[] {
  let at = iso("2025-03-25T00:00Z");
  return list.map(({ afterMs, equity, balance }) => {
    at += afterMs;
    return { at, equity, balance };
  });
}
const pointsOf = (steps: readonly Step[]) => steps.map((step) => pointOf(step.at, step));

test("a period's loss is what the list of all points says, over a change of clocks too", () => {
  const period = fc.constantFrom("day" as const, "week" as const, "month" as const);
  const measure = fc.constantFrom("equity-from-peak" as const, "equity-from-higher" as const);
  fc.assert(
    fc.property(walk, period, measure, (list, kind, by) => {
      const limit = compiled({
        period: kind,
        measure: by,
        timeZone: "Europe/Athens",
        absolute: "1",
      });
      const steps = stepsOf(list);
      const now = steps.at(-1) as Step;
      const { from } = periodAt(kind, limit.reset, now.at);
      const inside = steps.filter(({ at }) => at >= from);
      const start = steps.filter(({ at }) => at < from).at(-1) ?? (inside[0] as Step);
      const reference =
        by === "equity-from-peak"
          ? Math.max(start.equity, ...inside.map(({ equity }) => equity))
          : Math.max(start.equity, start.balance);
      expect(amountOf(play(limit, pointsOf(steps)))).toBe(reference - now.equity);
    }),
  );
});

test("a rolling window covers what it says, and at most a 288th more", () => {
  const period = fc.constantFrom("day" as const, "week" as const);
  fc.assert(
    fc.property(walk, period, (list, kind) => {
      const limit = compiled({ period: kind, rolling: true, absolute: "1" });
      const steps = stepsOf(list);
      const now = steps.at(-1) as Step;
      const peakSince = (from: number): number => {
        const before = steps.filter(({ at }) => at <= from).at(-1);
        const inside = steps.filter(({ at }) => at > from);
        return Math.max(before?.equity ?? 0, ...inside.map(({ equity }) => equity));
      };
      const from = now.at - rollingMs(kind);
      const amount = amountOf(play(limit, pointsOf(steps)));
      expect(amount).toBeGreaterThanOrEqual(peakSince(from) - now.equity);
      const wider = [0, 0.25, 0.5, 0.75, 1].map((part) => from - (rollingMs(kind) / 288) * part);
      const widest = Math.max(
        ...wider.map(peakSince),
        ...steps.filter(({ at }) => at >= (wider[4] ?? 0)).map(({ equity }) => equity),
      );
      expect(amount).toBeLessThanOrEqual(widest - now.equity);
    }),
  );
});

test("a rolling window's memory is bounded", () => {
  const limit = compiled({ rolling: true, absolute: "1000000" });
  const points = Array.from({ length: 3_000 }, (_, index) =>
    pointOf(iso("2025-03-06Z") + index * 61_000, { equity: 10_000 + (index % 7) }),
  );
  const { state } = play(limit, points);
  expect(state.reference?.window?.samples.length).toBeLessThanOrEqual(289);
});

describe("refuses limits that contradict themselves, each fault by its setting", () => {
  test.each<[LimitText, string]>([
    [{ absolute: null, relative: null }, "relative"],
    [{ absolute: "1", relative: "0.1" }, "relative"],
    [{ absolute: "0" }, "absolute"],
    [{ relative: "-0.1" }, "relative"],
    [{ absolute: "1", timeZone: "Mars/Olympus" }, "timeZone"],
    [{ absolute: "1", resetAt: "24:00" }, "resetAt"],
    [{ absolute: "1", period: "lifetime", rolling: true }, "rolling"],
    [{ absolute: "1", period: "since" }, "since"],
    [{ absolute: "1", period: "since", since: "2025-02-30" }, "since"],
    [{ absolute: "1", since: "2025-01-01" }, "since"],
    [{ absolute: "1", startAmount: "10" }, "startAmount"],
    [{ absolute: "1", alertAt: "1" }, "alertAt"],
    [{ absolute: "1", alertAt: "0" }, "alertAt"],
    [{ absolute: "1", actAt: "0.5", alertAt: "0.7" }, "alertAt"],
    [{ absolute: "1", actAt: "1.1" }, "actAt"],
    [{ absolute: "1", action: "alert", alertAt: "0.5" }, "alertAt"],
    [{ absolute: "1", closeOnlyAt: "0.5" }, "closeOnlyAt"],
    [
      { absolute: "1", action: "close-all-and-stop", closeOnlyAt: "0.6", alertAt: "0.7" },
      "alertAt",
    ],
    [{ absolute: "1", debounceMs: -1 }, "debounceMs"],
  ])("%j: %s", (text, setting) => {
    expect(faultsOfLimit(limitOf(text)).map((fault) => fault.setting)).toContain(setting);
    expect(() => compileLimit(limitOf(text))).toThrow(
      expect.objectContaining({ code: "BAD_RULES" }),
    );
  });
});
