/** Whatever the rules, the accounts and the symbol: what an open may be. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { figures, followerOf, marketOf, NOW, signalOf } from "../testing/follower-builders.ts";
import { decide, decider } from "./decide.ts";
import type { Market } from "./decision.ts";

const lots = (min: number, max: number) =>
  fc.integer({ min, max }).map((hundredths) => formatFixed(BigInt(hundredths) * 1_000_000n));
const money = fc
  .integer({ min: 1, max: 10 ** 10 })
  .map((cents) => formatFixed(BigInt(cents) * 1_000_000n));

const sizing = fc.record({
  mode: fc.constantFrom(
    "equity-ratio",
    "balance-ratio",
    "free-margin-ratio",
    "multiplier",
    "same-volume",
    "fixed-volume",
    "risk-percent",
    "equity-percent",
    "fixed-leverage",
    "custom",
  ),
  equityPercent: lots(1, 100_000),
  leverage: lots(1, 5000),
  table: lots(1, 1000).map((volume) => [{ symbol: "*", volume }]),
  multiplier: lots(1, 1000),
  volume: lots(1, 100_000),
  riskPercent: lots(1, 1000),
  raiseToMinimum: fc.boolean(),
  maxRiskCoefficient: lots(100, 1000),
  aboveMaximum: fc.constantFrom("split", "cap"),
});
const scenario = fc.record({
  sizing,
  maxVolume: fc.option(lots(1, 5000)),
  own: money,
  master: money,
  volume: lots(1, 10_000),
  stopPoints: fc.option(fc.integer({ min: 1, max: 2000 })),
  spec: fc.record({
    volumeStep: fc.constantFrom("0.001", "0.01", "0.1", "1"),
    volumeMin: lots(1, 200),
    volumeMax: lots(200, 20_000),
    contractSize: fc.constantFrom("100", "100000"),
  }),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

function setUp(given: Scenario) {
  const spec = {
    volumeStep: parseFixed(given.spec.volumeStep),
    volumeMin: parseFixed(given.spec.volumeMin),
    volumeMax: parseFixed(given.spec.volumeMax),
    contractSize: parseFixed(given.spec.contractSize),
  };
  const price = parseFixed("1.1");
  const signal = signalOf({
    volume: parseFixed(given.volume),
    figures: figures(given.master),
    stopLoss: given.stopPoints === null ? null : price - BigInt(given.stopPoints) * 1000n,
  });
  const follower = followerOf(
    { sizing: given.sizing, guards: { maxVolume: given.maxVolume } },
    { figures: { ...figures(given.own), asOf: NOW } },
  );
  return { spec, signal, follower, market: marketOf({ spec }) };
}

test("orders are whole steps between the symbol's limits and add up", () => {
  fc.assert(
    fc.property(scenario, (given) => {
      const { spec, signal, follower, market } = setUp(given);
      const { plans, volume } = decide(signal, follower, market);
      const parts = plans.map((plan) => plan.volume ?? 0n);
      for (const part of parts) {
        expect(part % spec.volumeStep).toBe(0n);
        expect(part).toBeGreaterThanOrEqual(spec.volumeMin);
        expect(part).toBeLessThanOrEqual(spec.volumeMax);
      }
      expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(volume);
      expect(plans.map(({ part }) => part)).toEqual(plans.map((_, index) => index + 1));
    }),
    { numRuns: 500 },
  );
});

test("no rule opens more than the size, its cap, or a raise within its bound", () => {
  fc.assert(
    fc.property(scenario, (given) => {
      const { signal, follower, market } = setUp(given);
      const { volume, wanted, steps } = decide(signal, follower, market);
      if (volume === 0n) return;
      const { maxVolume } = follower.rules.guards;
      if (maxVolume !== null) expect(volume).toBeLessThanOrEqual(maxVolume);
      // `wanted` is rounded to 1e-8, so that the exact size is at most one unit above it.
      const size = (wanted ?? 0n) + 1n;
      const isRaised = steps.some(({ step }) => step === "raise");
      const bound = isRaised ? follower.rules.sizing.maxRiskCoefficient : 100_000_000n;
      expect(isRaised).toBe(isRaised && follower.rules.sizing.raiseToMinimum);
      expect(volume * 100_000_000n).toBeLessThanOrEqual(size * bound);
    }),
    { numRuns: 500 },
  );
});

test("equal questions have equal answers, alone or in a batch", () => {
  fc.assert(
    fc.property(scenario, (given) => {
      const { signal, follower, market } = setUp(given);
      const frozen: Market = Object.freeze({ ...market });
      const inBatch = decider(signal, frozen);
      const answers = [1, 2, 3].map(() => inBatch(follower));
      for (const answer of answers) expect(answer).toEqual(decide(signal, follower, market));
    }),
  );
});
