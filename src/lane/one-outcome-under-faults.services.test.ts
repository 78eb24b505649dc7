import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Faults, seededFates } from "../gateway/simulator/faults.ts";
import { seededRandom } from "../platform/random.ts";
import { audit } from "../testing/audit.ts";
import { createWorld, settled } from "../testing/harness.ts";
import { RandomMaster } from "../testing/random-master.ts";
import { footings } from "../testing/redis.ts";
import { openStage, type Stage } from "../testing/stage.ts";

const FAULTS: Faults = {
  latencyMs: { min: 0, max: 25 },
  rejectRate: 0.1,
  rejectCodes: [10004, 10006, 10019, 10021, 10024, 10012, 10031],
  partialRate: 0.1,
  lostReplyRate: 0.06,
  lostRequestRate: 0.06,
};
const TRADES = 18;

const SEED = Date.now() % 100_000;
const modes = [
  { followers: "hedging", master: "hedging" },
  { followers: "netting", master: "hedging" },
  { followers: "hedging", master: "netting" },
] as const;
/** How positions are held has nothing to do with the queue: one of the modes on each footing. */
const runs = footings().flatMap((footing, index) =>
  modes.slice(0, index === 0 ? modes.length : 1).map((mode) => ({ footing, ...mode })),
);

describe.each(runs)("$footing, $master master, $followers followers", (run) => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage(run.footing);
  });
  afterEach(() => stage.close());

  test(`one outcome each, no second order, in order (seed ${SEED})`, async () => {
    const random = seededRandom(SEED);
    const world = createWorld({
      followers: 4,
      positionMode: run.followers,
      masterMode: run.master,
      simulator: { fates: seededFates(FAULTS, random), quarantineMs: 150 },
    });
    await stage.enrol(world);
    const hub = await stage.start(world);
    const master = new RandomMaster(world, seededRandom(SEED + 1));
    for (let count = 0; count < TRADES; count += 1) {
      master.step();
      const pause = master.pauseMs();
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    }
    await settled(hub);
    expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
    master.closeAll();
    await settled(hub);
    expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
    for (const { login } of world.followers) {
      expect(world.brokers.beta.snapshot(login).positions, login).toEqual([]);
    }
    expect(stage.faults).toEqual([]);
  });
});
