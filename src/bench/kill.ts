/**
 * A kill switch over N followers: from the call that engages it, as an operator's process makes it,
 * until the ledger has every lane's word, beside a storm of signals and without one.
 */
import { createHub } from "../deps.ts";
import { enrol, tenantIdOf } from "../hub/enrol.ts";
import { Activity } from "../platform/activity.ts";
import { systemTimers } from "../platform/clock.ts";
import { openDoorbells } from "../platform/open-doorbells.ts";
import { APP_ROLE, openPostgres, type Sql } from "../platform/postgres.ts";
import { scratchDatabase } from "../platform/scratch-database.ts";
import { engageKill, killsOf, releaseKill } from "../risk/kill/service.ts";
import type { FanoutOptions } from "./fanout.ts";
import { type Percentiles, percentiles } from "./stats.ts";
import { benchWorld, VOLUME } from "./world.ts";

export type KillResult = {
  readonly followers: number;
  readonly rounds: number;
  /** Milliseconds until every lane knows. */
  readonly quiet: Percentiles;
  readonly storm: Percentiles;
};

const POLL_MS = 5;
const STORM_MS = 60;
const WHY = { by: "bench", reason: "measured" };

export async function killBench(options: FanoutOptions): Promise<KillResult> {
  const database = await scratchDatabase(options.serverUrl, "bench");
  const sql = openPostgres(database.url, { max: 6, role: APP_ROLE, name: "bench" });
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
    const tenantId = tenantIdOf(world.enrolment.tenant);
    const quiet = await rounds(options, () => one(sql, tenantId));
    const storm = await rounds(options, async () => {
      const stop = new AbortController();
      const storming = trades(() => world.gateway.masterTrades(world.masters.plain, VOLUME), stop);
      const took = await one(sql, tenantId);
      stop.abort();
      await storming;
      await activity.quiet();
      return took;
    });
    return { followers: options.followers, rounds: options.signals, quiet, storm };
  } finally {
    await hub.stop();
    await doorbells.close();
    await sql.end({ timeout: 5 });
    await database.drop();
  }
}

async function rounds(
  { signals, progress }: FanoutOptions,
  round: () => Promise<number>,
): Promise<Percentiles> {
  const took: number[] = [];
  for (let number = 1; number <= signals; number += 1) {
    took.push(await round());
    if (number % 5 === 0) progress(`switch ${number} of ${signals}`);
  }
  return percentiles(took);
}

async function one(sql: Sql, tenantId: string): Promise<number> {
  const target = { tenantId, scope: "tenant" as const, scopeId: tenantId };
  const startedAt = performance.now();
  await engageKill(sql, target, WHY);
  for (;;) {
    const [kill] = await killsOf(sql, tenantId);
    if (kill !== undefined && kill.acknowledgedAt !== null) break;
    await systemTimers.sleep(POLL_MS);
  }
  const took = performance.now() - startedAt;
  await releaseKill(sql, target, WHY);
  await systemTimers.sleep(POLL_MS);
  return took;
}

async function trades(trade: () => void, { signal }: AbortController): Promise<void> {
  while (!signal.aborted) {
    trade();
    await systemTimers.sleep(STORM_MS, signal).catch(() => {});
  }
}
