/**
 * Many terminals that are connected and do nothing, and then a part of them that lose their
 * connections at once, while the master closes what they hold. Half of those that come back have
 * nothing to close, since their owners have done it by hand: who has goes first.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createHub } from "../deps.ts";
import { Bridge } from "../gateway/metatrader/bridge.ts";
import { enrol } from "../hub/enrol.ts";
import type { Hub } from "../hub/hub.ts";
import { Activity } from "../platform/activity.ts";
import { systemClock, systemTimers } from "../platform/clock.ts";
import { openDoorbells } from "../platform/open-doorbells.ts";
import { packageRoot } from "../platform/package-root.ts";
import { openPipes } from "../platform/pipes.ts";
import { APP_ROLE, openPostgres } from "../platform/postgres.ts";
import { scratchDatabase } from "../platform/scratch-database.ts";
import { type FanoutOptions, quiet } from "./fanout.ts";
import { benchDevices, type TerminalsSetup } from "./terminals.ts";
import { benchWorld } from "./world.ts";

export type ConnectionsOptions = Pick<
  FanoutOptions,
  "followers" | "serverUrl" | "redisUrl" | "log" | "progress"
> & { readonly returning: number; readonly idleSeconds: number };

/** What the terminals' process saw; milliseconds from the loss of the connections. */
export type Returned = {
  /** The last that had something to close was let in, and the last of all. */
  readonly urgentBackMs: number;
  readonly allBackMs: number;
  /** The last close had been executed at the broker. */
  readonly closedMs: number;
  /** Copies that the master's close has not reached. */
  readonly stillOpen: number;
};

export type ConnectionsResult = {
  readonly terminals: number;
  readonly connectMs: number;
  readonly idle: {
    readonly seconds: number;
    /** Of the hub's process. */
    readonly rssMb: number;
    readonly cpuPercent: number;
  };
  readonly returning: Returned & {
    readonly count: number;
    /** Until every account was looked at and armed again. */
    readonly servedMs: number;
  };
};

const CONNECTIONS = 6;
const SETTLE_MS = 3_000;
const LOOK_MS = 10;

export async function connectionsBench(options: ConnectionsOptions): Promise<ConnectionsResult> {
  const { followers, redisUrl, log, progress } = options;
  const database = await scratchDatabase(options.serverUrl, "bench_connections");
  const sql = openPostgres(database.url, { max: CONNECTIONS, role: APP_ROLE, name: "bench" });
  const orders = openPipes(database.url);
  const world = benchWorld(followers);
  progress(`enrolling ${followers} followers`);
  await enrol(sql, world.enrolment);
  const fault = (error: unknown, doing: string): void => log.error({ error }, doing);
  const store = benchDevices(world);
  const bridge = new Bridge({ store, clock: systemClock, timers: systemTimers, fault });
  const { port } = await bridge.listen({ port: 0 });
  const doorbells = await openDoorbells({
    ...{ databaseUrl: database.url, redisUrl, prefix: `bench-${crypto.randomUUID()}` },
    onError: (error) => fault(error, "the queue is away"),
  });
  const activity = new Activity();
  const { brokerId } = world.gateway;
  const gateways = new Map([[brokerId, bridge.gateway(brokerId)]]);
  const hub = createHub({ sql, orders, doorbells, activity, gateways, log, slot: "bench" });
  await hub.start();
  const began = performance.now();
  const child = await startTerminals({ followers, port: port ?? 0 });
  try {
    await allReady(hub);
    const connectMs = Math.round(performance.now() - began);
    progress(`${bridge.terminals.connected} terminals are connected and served`);
    await systemTimers.sleep(SETTLE_MS);
    const idle = await idleFor(options.idleSeconds);
    progress("all copy an open");
    await asked(child, "trade");
    await systemTimers.sleep(SETTLE_MS);
    await quiet(activity);
    progress(`${options.returning} lose their connections`);
    const returning = await returned(hub, child, options.returning);
    return { terminals: followers + 1, connectMs, idle, returning };
  } finally {
    child.kill();
    await hub.stop();
    await bridge.close();
    await doorbells.close();
    await orders.end();
    await sql.end({ timeout: 5 });
    await database.drop();
  }
}

async function startTerminals(setup: TerminalsSetup): Promise<ChildProcess> {
  const path = join(packageRoot(), "dist/workers/bench-terminals.js");
  const child = fork(path, [JSON.stringify(setup)]);
  await once(child, "message");
  return child;
}

async function asked(child: ChildProcess, what: string | object): Promise<unknown> {
  const answer = once(child, "message");
  child.send(what);
  return (await answer)[0];
}

async function allReady(hub: Hub): Promise<void> {
  for (;;) {
    const accounts = [...hub.accounts.values()];
    if (accounts.length > 0 && accounts.every(({ ready }) => ready)) return;
    await systemTimers.sleep(LOOK_MS);
  }
}

async function idleFor(seconds: number): Promise<ConnectionsResult["idle"]> {
  const before = process.cpuUsage();
  const began = performance.now();
  await systemTimers.sleep(seconds * 1_000);
  const { user, system } = process.cpuUsage(before);
  const cpuPercent = (user + system) / 10 / (performance.now() - began);
  const rssMb = Math.round(process.memoryUsage().rss / 1_048_576);
  return { seconds, rssMb, cpuPercent: Math.round(cpuPercent * 100) / 100 };
}

async function returned(
  hub: Hub,
  child: ChildProcess,
  count: number,
): Promise<ConnectionsResult["returning"]> {
  // The hands' closes come first, and are settled.
  await asked(child, { closeByHand: count });
  await systemTimers.sleep(SETTLE_MS);
  const began = performance.now();
  const there = asked(child, { drop: count });
  while ([...hub.accounts.values()].every(({ ready }) => ready)) await systemTimers.sleep(1);
  await allReady(hub);
  const servedMs = Math.round(performance.now() - began);
  return { count, ...((await there) as Returned), servedMs };
}
