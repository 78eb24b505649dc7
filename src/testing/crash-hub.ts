/**
 * A hub in a process of its own, to be killed: its brokers log to files, so that the next life finds
 * them where they stood. It plays a fixed script of the master's trades, goes on where the log says
 * it was cut off, and ends with 0 once everything is answered. At the chosen failpoint it kills
 * itself, as hard as a machine can: no handler runs, nothing is flushed.
 * Run as `node crash-hub.js <order as JSON>`.
 */
import { join } from "node:path";
import { parseFixed } from "../domain/fixed.ts";
import { PARTITION_COUNT } from "../domain/ids.ts";
import type { AccountState } from "../follower/state.ts";
import { FileBrokerLog } from "../gateway/simulator/broker-log.ts";
import { NO_FAULTS, seededFates } from "../gateway/simulator/faults.ts";
import type { OrderRequest } from "../gateway/simulator/model.ts";
import type { Hub } from "../hub/hub.ts";
import { busyPartitions } from "../hub/memory.ts";
import type { Failpoint } from "../platform/failpoints.ts";
import { openDoorbells } from "../platform/open-doorbells.ts";
import { APP_ROLE, openPostgres } from "../platform/postgres.ts";
import { seededRandom } from "../platform/random.ts";
import { eventually } from "./eventually.ts";
import { createWorld, enrolWorld, settled, startHub, type World } from "./harness.ts";

export type CrashOrder = {
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
  /** Where the brokers log. */
  readonly dir: string;
  readonly followers: number;
  readonly leaseMs: number;
  readonly quarantineMs: number;
  /** Dies the `hit`-th time that it comes here; null to live. */
  readonly die: { readonly at: Failpoint; readonly hit: number } | null;
};

const PAUSE_MS = 15;

/** Opens and closes overlap, so that a kill meets several stages of several trades. */
const SCRIPT: readonly ((ids: readonly string[]) => Partial<OrderRequest>)[] = [
  () => ({ volume: parseFixed("0.4") }),
  () => ({ symbol: "NZDUSD", side: "sell", volume: parseFixed("0.3") }),
  ([a = ""]) => ({ kind: "close", positionId: a, volume: parseFixed("0.1") }),
  ([a = ""]) => ({
    kind: "protect",
    positionId: a,
    volume: null,
    stopLoss: parseFixed("1.05"),
  }),
  () => ({ volume: parseFixed("0.2") }),
  ([, b = ""]) => ({
    kind: "close",
    symbol: "NZDUSD",
    side: "sell",
    positionId: b,
    volume: parseFixed("0.3"),
  }),
  ([a = ""]) => ({ kind: "close", positionId: a, volume: parseFixed("0.3") }),
  () => ({ symbol: "NZDUSD", volume: parseFixed("0.5") }),
];

async function main(order: CrashOrder): Promise<void> {
  const logs = {
    alpha: new FileBrokerLog(join(order.dir, "alpha.log")),
    beta: new FileBrokerLog(join(order.dir, "beta.log")),
  };
  const fates = seededFates({ ...NO_FAULTS, latencyMs: { min: 4, max: 12 } }, seededRandom(1));
  const { quarantineMs } = order;
  const world = createWorld({
    followers: order.followers,
    logs,
    simulator: { fates, quarantineMs },
  });
  const sql = openPostgres(order.databaseUrl, { max: 8, role: APP_ROLE, name: "crash" });
  const { databaseUrl, redisUrl } = order;
  const doorbells = await openDoorbells({ databaseUrl, redisUrl, onError: () => {} });
  await enrolWorld(sql, world);
  let hits = 0;
  const hub = await startHub({
    sql,
    doorbells,
    world,
    leaseMs: order.leaseMs,
    turnMs: 100,
    log: {
      info: () => {},
      error: ({ error }, words) => void process.stderr.write(`${words}: ${String(error)}\n`),
    },
    failpoints: (point) => {
      if (point !== order.die?.at) return;
      hits += 1;
      if (hits === order.die.hit) process.kill(process.pid, "SIGKILL");
    },
  });
  // Another life may still hold the leases: what nobody watches leaves no trace but its deals.
  await eventually("every partition taken", () => hub.watchers.size > 0 && holdsAll(hub));
  await hub.turn();
  await play(world, logs.alpha);
  // On a busy machine leases may have ended meanwhile: what was dropped is read again first.
  await eventually("everything answered", () => isAnswered(hub, world), 25_000).catch((error) => {
    for (const account of hub.accounts.values()) process.stderr.write(`${stateOf(hub, account)}\n`);
    throw error;
  });
  // The doorbell's failpoint lies in the sweep: give it a turn.
  await new Promise((resolve) => setTimeout(resolve, 300));
  await hub.stop();
  await doorbells.close();
  await sql.end();
}

const holdsAll = (hub: Hub): boolean => hub.deps.leases.partitions.length === PARTITION_COUNT;

async function isAnswered(hub: Hub, world: World): Promise<boolean> {
  await settled(hub);
  const { accounts, followers } = hub;
  const busy = busyPartitions(accounts.values(), followers.subscriptions.values());
  return holdsAll(hub) && accounts.size === world.followers.length + 1 && busy.length === 0;
}

function stateOf(hub: Hub, account: AccountState): string {
  const { name, ready, online, partition } = account;
  const waiting = hub.followers
    .ofAccount(account.account.accountId)
    .map((one) => `${one.waiting.map(({ sequence }) => sequence)} of ${one.seen}`);
  const unresolved = [...account.unresolved.keys()];
  const fence = hub.deps.leases.fence(partition);
  return JSON.stringify({ name, ready, online, fence, unresolved, waiting });
}

async function play(world: World, log: FileBrokerLog): Promise<void> {
  const ids: string[] = [];
  let done = 0;
  for (const record of log.history.records) {
    if (record.type === "request") done += 1;
    if (record.type === "deal" && record.deal.entry === "in") ids.push(record.deal.positionId);
  }
  for (const trade of SCRIPT.slice(done)) {
    const request = trade(ids);
    const outcome = world.trade(request);
    if (request.kind === undefined && outcome.positionId !== null) ids.push(outcome.positionId);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

await main(JSON.parse(process.argv[2] ?? "{}") as CrashOrder);
