/** Sizes are worked out on figures that hold what earlier copies of the same burst have taken. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { formatFixed } from "../domain/fixed.ts";
import { audit } from "../testing/audit.ts";
import { createWorld, settled } from "../testing/harness.ts";
import { openStage, type Stage } from "../testing/stage.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

async function burst(rules: object) {
  const world = createWorld({ followers: 2 });
  await stage.enrol(world, rules);
  const hub = await stage.start(world);
  // What happens before the hub has seen the accounts is sized by the figures it then sees.
  await settled(hub);
  world.trade({});
  world.trade({});
  await settled(hub);
  const volumes = world.followers.map(({ login }) =>
    world.brokers.beta.snapshot(login).positions.map((one) => formatFixed(one.volume)),
  );
  return { volumes, found: await audit(stage.database.admin, world, world.records()) };
}

test("the second copy of a burst is sized on the free margin that the first one left", async () => {
  const { volumes, found } = await burst({
    sizing: { mode: "free-margin-ratio", multiplier: "5" },
  });
  // Five lots take 5,500.50 of margin and lose 50.00 by the spread, the master's one lot a fifth of
  // both: 94,449.50 / 98,889.90 × 1 lot × 5 = 4.7755, in steps of 0.01.
  expect(volumes).toEqual([
    ["5", "4.77"],
    ["5", "4.77"],
  ]);
  expect(found).toEqual([]);
});

test("a second copy that the rest of the margin cannot carry is shrunk to it", async () => {
  const { volumes, found } = await burst({
    sizing: { mode: "multiplier", multiplier: "60" },
    shrinkToMargin: true,
    guards: { reservedMarginFraction: "0.05" },
  });
  // Sixty lots take 66,006.00 and lose 600.00: 0.95 × 33,394.00 × 100 / 110,005.00 = 28.839 at the mid.
  expect(volumes).toEqual([
    ["60", "28.83"],
    ["60", "28.83"],
  ]);
  expect(found).toEqual([]);
});
