import { expect, test } from "vitest";
import { allProtections } from "../../platform/protections.ts";
import { LOSSY, REGRESSIONS, runSeed } from "./seeds.ts";
import { SimulatedWorld } from "./world.ts";

const SEEDS = 2_000;
const LOSSY_SEEDS = 400;
const TWICE = 20;

test.each(REGRESSIONS)("seed $seed, where $found", async ({ seed, tune = {} }) => {
  expect((await runSeed(seed, allProtections, { tune })).found).toEqual([]);
});

test(`of ${SEEDS} seeds none breaks a promise`, { timeout: 900_000 }, async () => {
  const from = 1;
  for (let seed = from; seed < from + SEEDS; seed += 1) {
    const { found } = await runSeed(seed);
    expect(found, `npm run simulate -- --seeds 1 --from ${seed}`).toEqual([]);
  }
});

test(`of ${LOSSY_SEEDS} seeds whose ledger loses answers none breaks a promise`, {
  timeout: 300_000,
}, async () => {
  for (let seed = 1; seed <= LOSSY_SEEDS; seed += 1) {
    const { found } = await runSeed(seed, allProtections, { tune: LOSSY });
    expect(found, `seed ${seed}, LOSSY`).toEqual([]);
  }
});

test("the same seed twice is the same history", { timeout: 60_000 }, async () => {
  for (let seed = 1; seed <= TWICE; seed += 1) {
    const [first, second] = [new SimulatedWorld(seed), new SimulatedWorld(seed)];
    await first.run();
    await second.run();
    expect(second.hash, `seed ${seed}`).toBe(first.hash);
  }
});
