import { afterEach, beforeEach, expect, test } from "vitest";
import { seededRandom } from "../platform/random.ts";
import { audit } from "../testing/audit.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled } from "../testing/harness.ts";
import { RandomMaster } from "../testing/random-master.ts";
import { openStage, type Stage } from "../testing/stage.ts";

const SEED = Date.now() % 100_000;
const TRADES = 20;

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

test(`its sessions with the database are ended every while (seed ${SEED})`, async () => {
  const world = createWorld({ followers: 4, simulator: { quarantineMs: 200 } });
  await stage.enrol(world);
  const hub = await stage.start(world);
  const master = new RandomMaster(world, seededRandom(SEED));
  const { admin } = stage.database;
  for (let count = 1; count <= TRADES; count += 1) {
    master.step();
    await new Promise((resolve) => setTimeout(resolve, 15));
    if (count % 3 > 0) continue;
    await admin`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'test' and datname = current_database()`;
  }
  master.closeAll();
  const found = async (): Promise<readonly string[]> => {
    await settled(hub);
    return audit(admin, world, world.records());
  };
  await eventually("nothing left", async () => (await found()).length === 0, 20_000).catch(
    async () => expect(await found()).toEqual([]),
  );
});
