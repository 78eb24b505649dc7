/**
 * What a test with a whole hub stands on: a database and a queue of its own, on one footing, and
 * hubs that tell their faults. Everything it started is stopped by `close`.
 */
import type { HubParts } from "../deps.ts";
import type { Hub } from "../hub/hub.ts";
import type { Doorbells } from "../platform/doorbells.ts";
import { openDoorbells } from "../platform/open-doorbells.ts";
import { type TestDatabase, testDatabase } from "./database.ts";
import { eventually } from "./eventually.ts";
import { enrolWorld, settled, startHub, type World } from "./harness.ts";
import { type Footing, type TestRedis, testRedis } from "./redis.ts";

export type Stage = {
  readonly database: TestDatabase;
  readonly redis: TestRedis | null;
  readonly doorbells: Doorbells;
  /** What every hub of the stage reported, in words. */
  readonly faults: string[];
  enrol(world: World, rules?: object): Promise<void>;
  start(world: World, parts?: Partial<HubParts>): Promise<Hub>;
  close(): Promise<void>;
};

export async function openStage(footing: Footing = "postgres"): Promise<Stage> {
  const database = await testDatabase();
  const redis = footing === "redis" ? await testRedis() : null;
  const doorbells = await openDoorbells({
    databaseUrl: database.url,
    redisUrl: redis?.url ?? null,
    onError: () => {},
  });
  const faults: string[] = [];
  const hubs: Hub[] = [];
  return {
    database,
    redis,
    doorbells,
    faults,
    enrol: (world, rules) =>
      enrolWorld(database.sql, world, { tenant: world.tenant, ...(rules ? { rules } : {}) }),
    async start(world, parts = {}) {
      const log = {
        info: () => {},
        error: ({ error }: Record<string, unknown>, words: string) =>
          void faults.push(`${words}: ${error instanceof Error ? error.stack : String(error)}`),
      };
      const hub = await startHub({ sql: database.sql, doorbells, world, log, ...parts });
      hubs.push(hub);
      return hub;
    },
    async close() {
      for (const hub of hubs) if (!hub.stopped) await hub.stop();
      await doorbells.close();
      await database.drop();
      await redis?.stop();
    },
  };
}

/** Ends a hub as a kill would: nothing is released, nothing more is heard, answers come too late. */
export async function killed(hub: Hub): Promise<void> {
  await hub.stop({ release: false });
}

/** The hub that takes over from one that was killed, once it has every account of the world. */
export async function successor(stage: Stage, world: World, hub: Hub): Promise<Hub> {
  await killed(hub);
  const next = await stage.start(world);
  await eventually("every account is taken over", () => {
    const ready = [...next.accounts.values()].filter((account) => account.ready);
    return ready.length === world.followers.length + 1;
  });
  await settled(next);
  return next;
}
