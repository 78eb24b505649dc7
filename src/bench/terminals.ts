/**
 * One deal at a master's terminal to N followers' terminals, over real sockets: from the moment the
 * master's terminal hands its message to its socket to the moment each follower's terminal, in the
 * same second process, has its instruction in hand. Everything is durable before it is sent.
 */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createHub } from "../deps.ts";
import { Bridge } from "../gateway/metatrader/bridge.ts";
import { enrol } from "../hub/enrol.ts";
import { Activity } from "../platform/activity.ts";
import { systemClock, systemTimers } from "../platform/clock.ts";
import { openDoorbells } from "../platform/open-doorbells.ts";
import { packageRoot } from "../platform/package-root.ts";
import { openPipes } from "../platform/pipes.ts";
import { APP_ROLE, openPostgres } from "../platform/postgres.ts";
import { scratchDatabase } from "../platform/scratch-database.ts";
import { MemoryDevices } from "../terminals/memory-devices.ts";
import { countRows, type FanoutOptions, type FanoutResult, quiet } from "./fanout.ts";
import { BY_DEFAULT, obviousWay } from "./obvious.ts";
import { percentiles } from "./stats.ts";
import { type BenchWorld, benchWorld } from "./world.ts";

export type TerminalsSetup = { readonly followers: number; readonly port: number };
/** On the wall clock of both processes. */
export type TerminalsRound = {
  readonly started: number;
  readonly first: number;
  readonly last: number;
};

export type TerminalsResult = Omit<FanoutResult, "profile"> & {
  readonly bytesPerInstruction: number;
};

type Options = Omit<FanoutOptions, "processes" | "profile">;

const WARM_UPS = 20;
const CONNECTIONS = 6;
const OBVIOUS_ROUNDS = 10;
/** Until all followers' own deals have come back. */
const SETTLE_MS = 250;
export const SERVER = "Simulated";

/** The same devices in both processes. */
export function benchDevices(world: BenchWorld): MemoryDevices {
  const store = new MemoryDevices();
  for (const account of world.accounts) store.paired(account, "hedging", SERVER);
  return store;
}

export async function terminalsBench(options: Options): Promise<TerminalsResult> {
  const database = await scratchDatabase(options.serverUrl, "bench_terminals");
  const sql = openPostgres(database.url, { max: CONNECTIONS, role: APP_ROLE, name: "bench" });
  const orders = openPipes(database.url);
  const { followers, redisUrl, log } = options;
  const world = benchWorld(followers);
  options.progress(`enrolling ${followers} followers`);
  await enrol(sql, world.enrolment);
  const fault = (error: unknown, doing: string): void => log.error({ error }, doing);
  const deps = { store: benchDevices(world), clock: systemClock, timers: systemTimers, fault };
  const bridge = new Bridge(deps);
  const { port } = await bridge.listen({ port: 0 });
  const doorbells = await openDoorbells({
    ...{ databaseUrl: database.url, redisUrl, prefix: `bench-${crypto.randomUUID()}` },
    onError: (error) => fault(error, "the queue is away"),
  });
  const activity = new Activity();
  const { brokerId } = world.gateway;
  const gateways = new Map([[brokerId, bridge.gateway(brokerId)]]);
  const hub = createHub({ sql, orders, doorbells, activity, gateways, log, slot: "bench" });
  const child = await startTerminals({ followers, port: port ?? 0 });
  const obvious = await obviousWay(database.url, redisUrl, BY_DEFAULT);
  try {
    options.progress(`${bridge.terminals.connected} terminals are connected`);
    await hub.start();
    await activity.quiet();
    const rssMb = Math.round(process.memoryUsage().rss / 1_048_576);
    const rounds: TerminalsRound[] = [];
    const theirs: number[] = [];
    let [rows, bytes] = [0, 0];
    for (let round = -WARM_UPS; round < options.signals; round += 1) {
      if (round === 0) {
        [rows, bytes] = [await countRows(sql, world), bridge.bytesWritten];
      }
      const measured = await oneRound(child);
      await systemTimers.sleep(SETTLE_MS);
      await quiet(activity);
      if (round < 0) continue;
      rounds.push(measured);
      if (round % 10 === 9) options.progress(`signal ${round + 1} of ${options.signals}`);
    }
    const sent = bridge.bytesWritten - bytes;
    for (let round = 0; round < OBVIOUS_ROUNDS; round += 1) {
      theirs.push(await obvious.round(followers));
    }
    await hub.reconciler.recorder.flush();
    const last = percentiles(rounds.map((one) => one.last - one.started));
    const obviousLast = percentiles(theirs);
    return {
      ...{ followers, signals: options.signals },
      first: percentiles(rounds.map((one) => one.first - one.started)),
      last,
      obvious: { last: obviousLast },
      ratio: Math.round((last.p50 / obviousLast.p50) * 1_000) / 1_000,
      rowsPerSignal: Math.round(((await countRows(sql, world)) - rows) / options.signals),
      ...{ rssMb, footing: doorbells.footing, processes: 2 },
      bytesPerInstruction: Math.round(sent / (options.signals * followers)),
    };
  } finally {
    child.kill();
    await obvious.close();
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

async function oneRound(child: ChildProcess): Promise<TerminalsRound> {
  const answer = once(child, "message");
  child.send("trade");
  const [round] = await answer;
  return round as TerminalsRound;
}
