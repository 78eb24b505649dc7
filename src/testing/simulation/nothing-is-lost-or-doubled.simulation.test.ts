import { expect, test } from "vitest";
import { REGRESSIONS, runSeed } from "./seeds.ts";
import { SimulatedWorld } from "./world.ts";

const SEEDS = 2_000;
const TWICE = 20;

test.each(REGRESSIONS)("seed $seed, where $found", async ({ seed }) => {
  expect((await runSeed(seed)).found).toEqual([]);
});

test(`of ${SEEDS} seeds none breaks a promise`, { timeout: 900_000 }, async () => {
  const from = 1;
  for (let seed = from; seed < from + SEEDS; seed += 1) {
    const { found } = await runSeed(seed);
    expect(found, `npm run simulate -- --seeds 1 --from ${seed}`).toEqual([]);
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
