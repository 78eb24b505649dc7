/** A copy follows its master's partial closes as closely as the step allows, and ends at nothing. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { compareRatio, type Ratio, ratio, ratioOf, ZERO_RATIO } from "../domain/ratio.ts";
import { copiedOf, followerOf, marketOf, signalOf } from "../testing/follower-builders.ts";
import { decide } from "./decide.ts";
import type { CopiedPosition, Decision } from "./decision.ts";

type Limits = { readonly min?: string; readonly step?: string };

function reduceTo(copied: CopiedPosition, before: bigint, after: bigint, limits: Limits = {}) {
  const { min = "0.01", step = "0.01" } = limits;
  const signal = signalOf({
    kind: after === 0n ? "close" : "reduce",
    volume: before - after,
    before,
    after,
  });
  const spec = { volumeMin: parseFixed(min), volumeStep: parseFixed(step) };
  return decide(signal, followerOf({}, { copied }), marketOf({ spec }));
}

/** What the copy is after the plans were filled. */
function carriedOut(copied: CopiedPosition, decision: Decision): CopiedPosition {
  const closed = new Map(decision.plans.map((plan) => [plan.positionId, plan.volume ?? 0n]));
  return {
    ...copied,
    target: decision.target ?? copied.target,
    holdings: copied.holdings
      .map(({ positionId, volume }) => ({
        positionId,
        volume: volume - (closed.get(positionId) ?? 0n),
      }))
      .filter(({ volume }) => volume > 0n),
  };
}

const heldOf = ({ holdings }: CopiedPosition) =>
  holdings.reduce((sum, { volume }) => sum + volume, 0n);

describe("holds the legal volume nearest to the target, ties down", () => {
  /** held, target before, master's before → after, symbol's minimum → lots closed, or the reason. */
  test.each<[string, string, string, string, Limits, string]>([
    ["1", "1", "1", "0.5", {}, "0.5"],
    ["0.33", "0.33", "3", "2", {}, "0.11"],
    ["0.1", "0.1", "1", "0.66", {}, "0.03"],
    // 0.1 · 0.65 = 0.065: a tie goes down to 0.06.
    ["0.1", "0.1", "1", "0.65", {}, "0.04"],
    ["0.01", "0.01", "1", "0.51", {}, "BELOW_VOLUME_STEP"],
    // Half of the minimum is as near to nothing: nothing it is.
    ["0.01", "0.01", "1", "0.5", {}, "0.01"],
    ["0.02", "0.02", "1", "0.99", {}, "BELOW_VOLUME_STEP"],
    // Never buys: the target is above what is held.
    ["0.01", "0.014", "1", "0.99", {}, "BELOW_VOLUME_STEP"],
    // Neither may the closed part be under the minimum, nor what remains.
    ["0.25", "0.25", "1", "0.8", { min: "0.1" }, "0.1"],
    ["0.25", "0.25", "1", "0.9", { min: "0.1" }, "BELOW_VOLUME_STEP"],
    ["0.25", "0.25", "1", "0.3", { min: "0.1" }, "0.15"],
    ["0.25", "0.25", "1", "0.2", { min: "0.1" }, "0.25"],
    ["0.15", "0.15", "1", "0.6", { min: "0.1" }, "BELOW_VOLUME_STEP"],
    ["0.15", "0.15", "1", "0.5", { min: "0.1" }, "0.15"],
    ["5", "5", "1", "0.9", { min: "1", step: "1" }, "1"],
    ["5", "5", "1", "0.91", { min: "1", step: "1" }, "BELOW_VOLUME_STEP"],
  ])("holds %s of %s, %s → %s, %j: %s", (...row) => {
    const [held, target, before, after, limits, expected] = row;
    const copied = copiedOf([held], { target: ratioOf(parseFixed(target)) });
    const decision = reduceTo(copied, parseFixed(before), parseFixed(after), limits);
    expect(decision.reason ?? formatFixed(decision.volume)).toBe(expected);
    const exact = ratio(
      parseFixed(target) * parseFixed(after),
      parseFixed("1") * parseFixed(before),
    );
    expect(decision.target).toEqual(exact);
  });
});

test("the lots before rounding are what is held over the exact target", () => {
  const decision = reduceTo(copiedOf(["0.1"]), parseFixed("3"), parseFixed("2"));
  expect(formatFixed(decision.wanted ?? 0n)).toBe("0.03333333");
  expect(formatFixed(decision.volume)).toBe("0.03");
  const above = copiedOf(["0.01"], { target: ratioOf(parseFixed("0.014")) });
  expect(reduceTo(above, parseFixed("1"), parseFixed("0.99")).wanted).toBe(0n);
});

test("the oldest position goes first", () => {
  const { plans } = reduceTo(copiedOf(["0.3", "0.3", "0.4"]), parseFixed("1"), parseFixed("0.6"));
  expect(plans.map(({ positionId, volume }) => [positionId, formatFixed(volume ?? 0n)])).toEqual([
    ["h1", "0.3"],
    ["h2", "0.1"],
  ]);
});

test("no position is left under the minimum, or closed by less", () => {
  const copied = copiedOf(["0.25", "0.25"]);
  const { plans } = reduceTo(copied, parseFixed("0.5"), parseFixed("0.3"), { min: "0.1" });
  // 0.20 of the first would leave 0.05: 0.15 of it, and 0.05 of the second is too little.
  expect(plans.map(({ volume }) => formatFixed(volume ?? 0n))).toEqual(["0.15"]);
});

test("partial closes in any split end at exactly zero", () => {
  const steps = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 30 });
  const holdings = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(steps, holdings, (cuts, held) => {
      const lot = parseFixed("0.01");
      let master = BigInt(cuts.reduce((sum, cut) => sum + cut, 0)) * lot;
      const total = BigInt(held.reduce((sum, volume) => sum + volume, 0));
      const whole: Ratio = ratio(total, 100n * (master / lot));
      let copied = copiedOf(held.map((volume) => formatFixed(BigInt(volume) * lot)));
      for (const cut of cuts) {
        const after = master - BigInt(cut) * lot;
        const before = heldOf(copied);
        const decision = reduceTo(copied, master, after);
        copied = carriedOut(copied, decision);
        master = after;
        expect(heldOf(copied)).toBeLessThanOrEqual(before);
        if (heldOf(copied) === 0n) break;
        // The target has telescoped: the master's share that is left of the first target.
        expect(copied.target).toEqual(ratio(whole.n * (after / lot), whole.d));
        // And what is held is within half a step of it, unless it was below it already.
        const most = ratio(copied.target.n * 200n + copied.target.d, copied.target.d * 200n);
        expect(compareRatio(ratioOf(heldOf(copied)), most)).toBeLessThanOrEqual(0);
      }
      expect(heldOf(copied)).toBe(0n);
    }),
    { numRuns: 300 },
  );
});

test("what is closed and what remains are each nothing or at least the minimum", () => {
  const whole = fc.integer({ min: 1, max: 400 });
  fc.assert(
    fc.property(
      whole,
      whole,
      whole,
      fc.integer({ min: 1, max: 40 }),
      (held, first, second, min) => {
        const lot = parseFixed("0.01");
        fc.pre(held >= min && first !== second);
        const [before, after] = [BigInt(Math.max(first, second)), BigInt(Math.min(first, second))];
        const decision = reduceTo(copiedOf([formatFixed(BigInt(held) * lot)]), before, after, {
          min: formatFixed(BigInt(min) * lot),
        });
        const least = BigInt(min) * lot;
        const rest = BigInt(held) * lot - decision.volume;
        expect(rest === 0n || rest >= least).toBe(true);
        expect(decision.volume === 0n || rest === 0n || decision.volume >= least).toBe(true);
        expect(decision.target).not.toEqual(ZERO_RATIO);
      },
    ),
    { numRuns: 500 },
  );
});
