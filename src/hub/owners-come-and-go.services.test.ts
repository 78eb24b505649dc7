import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Faults, seededFates } from "../gateway/simulator/faults.ts";
import { integerBetween, seededRandom } from "../platform/random.ts";
import { audit } from "../testing/audit.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled } from "../testing/harness.ts";
import { RandomMaster } from "../testing/random-master.ts";
import { footings } from "../testing/redis.ts";
import { killed, openStage, type Stage } from "../testing/stage.ts";
import type { Hub } from "./hub.ts";

const FAULTS: Faults = {
  latencyMs: { min: 0, max: 25 },
  rejectRate: 0.05,
  rejectCodes: [10004, 10006, 10021],
  partialRate: 0.05,
  lostReplyRate: 0.05,
  lostRequestRate: 0.05,
};
const TRADES = 30;
const CHANGE_EVERY = 6;
const LEASE_MS = 700;
/** Longer than an owner that was killed, or froze, may still send. */
const QUARANTINE_MS = 900;
const SEED = Date.now() % 100_000;
const MODE = SEED % 2 === 0 ? "hedging" : "netting";

describe.each(footings())("%s footing", (footing) => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage(footing);
  });
  afterEach(() => stage.close());

  test(`two owners, one of which is killed or stopped every while (${MODE}, seed ${SEED})`, async () => {
    const random = seededRandom(SEED);
    const world = createWorld({
      followers: 6,
      positionMode: MODE,
      simulator: { fates: seededFates(FAULTS, random), quarantineMs: QUARANTINE_MS },
    });
    await stage.enrol(world);
    let born = 0;
    const start = (): Promise<Hub> => {
      born += 1;
      const slot = `s${born % 3}`;
      return stage.start(world, {
        slot,
        leaseMs: LEASE_MS,
        turnMs: 100,
        gateways: world.connect(),
      });
    };
    const hubs = [await start(), await start()];
    const master = new RandomMaster(world, seededRandom(SEED + 1));
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    for (let count = 1; count <= TRADES; count += 1) {
      master.step();
      await pause(integerBetween(random, 0, 60));
      if (count % CHANGE_EVERY > 0) continue;
      const [leaving] = hubs.splice(integerBetween(random, 0, 1), 1);
      if (leaving !== undefined) await (random.next() < 0.7 ? killed(leaving) : leaving.stop());
      hubs.push(await start());
    }
    master.closeAll();
    const found = async (): Promise<readonly string[]> => {
      for (const hub of hubs) await settled(hub);
      return audit(stage.database.admin, world, world.records());
    };
    await eventually("nothing left", async () => (await found()).length === 0, 30_000).catch(
      async () => expect(await found()).toEqual([]),
    );
    for (const { login } of world.followers) {
      expect(world.brokers.beta.snapshot(login).positions, login).toEqual([]);
    }
  });
});
