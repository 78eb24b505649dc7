/** A hub of its own over a scratch database and the bench's accounts, for as long as is measured. */
import { createHub } from "../deps.ts";
import { enrol } from "../hub/enrol.ts";
import type { Hub } from "../hub/hub.ts";
import { Activity } from "../platform/activity.ts";
import { openDoorbells } from "../platform/open-doorbells.ts";
import { APP_ROLE, openPostgres, type Sql } from "../platform/postgres.ts";
import { scratchDatabase } from "../platform/scratch-database.ts";
import type { FanoutOptions } from "./fanout.ts";
import { type BenchWorld, benchWorld } from "./world.ts";

export type BenchStage = {
  readonly hub: Hub;
  readonly sql: Sql;
  readonly activity: Activity;
  readonly world: BenchWorld;
};

const CONNECTIONS = 6;

export async function onStage<T>(
  options: FanoutOptions,
  measure: (stage: BenchStage) => Promise<T>,
): Promise<T> {
  const database = await scratchDatabase(options.serverUrl, "bench");
  const sql = openPostgres(database.url, { max: CONNECTIONS, role: APP_ROLE, name: "bench" });
  const world = benchWorld(options.followers, "plain");
  const doorbells = await openDoorbells({
    databaseUrl: database.url,
    redisUrl: options.redisUrl,
    prefix: `bench-${crypto.randomUUID()}`,
    onError: (error) => options.log.error({ error }, "the queue is away"),
  });
  await enrol(sql, world.enrolment);
  const activity = new Activity();
  const gateways = new Map([[world.gateway.brokerId, world.gateway]]);
  const hub = createHub({ sql, doorbells, activity, gateways, log: options.log, slot: "bench" });
  try {
    await hub.start();
    await activity.quiet();
    return await measure({ hub, sql, activity, world });
  } finally {
    await hub.stop();
    await doorbells.close();
    await sql.end({ timeout: 5 });
    await database.drop();
  }
}
