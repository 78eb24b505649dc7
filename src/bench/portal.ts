/**
 * A portal over a hub with N accounts, on a port of its own, with a year and a half of history for
 * the accounts whose pages are looked at.
 */
import { randomUUID } from "node:crypto";
import { createApp } from "../app.ts";
import { createHub } from "../deps.ts";
import { enrol, tenantIdOf } from "../hub/enrol.ts";
import type { Principal } from "../identity/principal.ts";
import { LiveView } from "../live/service.ts";
import { Activity } from "../platform/activity.ts";
import { systemClock as clock, systemTimers as timers } from "../platform/clock.ts";
import { openDoorbells } from "../platform/open-doorbells.ts";
import { APP_ROLE, openPostgres, type Sql } from "../platform/postgres.ts";
import { scratchDatabase } from "../platform/scratch-database.ts";
import { openRooms } from "../rooms.ts";
import { listen } from "../server.ts";
import type { FanoutOptions } from "./fanout.ts";
import { type BenchWorld, benchWorld, VOLUME } from "./world.ts";

export type BenchPortal = {
  readonly url: string;
  readonly world: BenchWorld;
  /** Pages of one account, strategy and subscription each. */
  readonly details: readonly string[];
  close(): Promise<void>;
};

const HISTORY_DAYS = 550;
const TRADES = 20;

export async function openBenchPortal(options: FanoutOptions): Promise<BenchPortal> {
  const database = await scratchDatabase(options.serverUrl, "bench");
  const sql = openPostgres(database.url, { max: 8, role: APP_ROLE, name: "bench" });
  const doorbells = await openDoorbells({
    databaseUrl: database.url,
    redisUrl: options.redisUrl,
    prefix: `bench-${randomUUID()}`,
    onError: (error) => options.log.error({ error }, "the queue is away"),
  });
  const world = benchWorld(options.followers, "plain");
  await enrol(sql, world.enrolment);
  const tenantId = tenantIdOf(world.enrolment.tenant);
  const live = new LiveView({ tenantId, environment: "TEST", clock, timers });
  const activity = new Activity();
  const gateways = new Map([[world.gateway.brokerId, world.gateway]]);
  const parts = { sql, doorbells, activity, gateways, log: options.log, slot: "bench" };
  const hub = createHub({ ...parts, observer: live.observer });
  await live.read(sql);
  live.attach(hub);
  await hub.start();
  await activity.quiet();
  const stop = new AbortController();
  void live.run(stop.signal);
  for (let trade = 0; trade < TRADES; trade += 1) {
    world.gateway.masterTrades(world.masters.plain, VOLUME);
    await activity.quiet();
  }
  const details = await detailsOf(sql, tenantId);
  const log = (words: string, context: Readonly<Record<string, unknown>>): void =>
    options.log.error(context, words);
  const rooms = openRooms({ live, tenantId, clock, timers, log, sql: () => sql });
  const { app, stream } = createApp({
    ...{ source: live, timers, log, clock, environment: "TEST" },
    authenticate: async () => admin(tenantId),
    pages: rooms.pages,
    finders: rooms.finders,
  });
  const page = await listen(app, { host: "127.0.0.1", port: 0 });
  return {
    ...{ url: page.url, world, details },
    async close() {
      stop.abort();
      stream.close();
      rooms.close();
      await page.close();
      await hub.stop();
      await doorbells.close();
      await sql.end({ timeout: 5 });
      await database.drop();
    },
  };
}

const admin = (tenantId: string): Principal => ({
  ...{ tenantId, roles: ["admin"], scopes: null, accounts: "all", mode: "live" },
  ...{ actor: { kind: "system", id: "bench", name: "bench" }, address: null },
  steppedUpAt: clock.now(),
});

/** One of each, with a history: a point and two deals a day. */
async function detailsOf(sql: Sql, tenantId: string): Promise<string[]> {
  return sql.begin(async (tx) => {
    await tx`select set_config('lockstep.tenant', ${tenantId}, true)`;
    const [one] = await tx<{ account: string; strategy: string; subscription: string }[]>`
      select account_id as account, strategy_id as strategy, subscription_id as subscription
      from subscriptions order by subscription_id limit 1`;
    if (one === undefined) throw new RangeError("nobody follows");
    const looked = tx`a.account_id in (${one.account}::uuid, (select master_id from subscriptions
      where subscription_id = ${one.subscription}))`;
    await tx`insert into equity_points
      select a.tenant_id, a.account_id, now() - make_interval(days => n), 'USD', 100000 + n, 0,
        100000 + 40 * n + 500 * sin(n), 0
      from accounts a, generate_series(1, ${HISTORY_DAYS}) n where ${looked}`;
    await tx`insert into deals select a.tenant_id, a.account_id, 'past-' || n, 'o', 'p', 0, null, 0,
        'EURUSD', 'sell', 'out', 1, 1.1, 100 * sin(n), 0, 0, 'client', now() - make_interval(hours => 12 * n)
      from accounts a, generate_series(1, ${2 * HISTORY_DAYS}) n where ${looked}`;
    return [
      `/accounts/${one.account}`,
      `/accounts/${one.account}/equity.json`,
      `/strategies/${one.strategy}`,
      `/subscriptions/${one.subscription}`,
    ];
  });
}
