/**
 * One signal to N followers, one at a time with quiet between, after warm-ups: from the master's
 * event entering master/ to each follower's `execute`, everything durable before it is sent; and
 * beside it, in turns, the obvious way on the same services.
 */
import type { ChildProcess } from "node:child_process";
import { createHub } from "../deps.ts";
import { enrol, tenantIdOf } from "../hub/enrol.ts";
import type { HubLog } from "../hub/ports.ts";
import { Activity } from "../platform/activity.ts";
import type { Failpoint } from "../platform/failpoints.ts";
import { openDoorbells } from "../platform/open-doorbells.ts";
import { APP_ROLE, inTenant, openPostgres, type Sql } from "../platform/postgres.ts";
import { scratchDatabase } from "../platform/scratch-database.ts";
import { type Obvious, obviousWay } from "./obvious.ts";
import { startOwner } from "./owner.ts";
import { type Percentiles, percentile, percentiles } from "./stats.ts";
import { type BenchWorld, benchWorld, VOLUME } from "./world.ts";

export type FanoutOptions = {
  readonly followers: number;
  readonly signals: number;
  readonly processes: 1 | 2;
  readonly serverUrl: string;
  readonly redisUrl: string | null;
  readonly profile: boolean;
  readonly log: HubLog;
  progress(words: string): void;
};

export type FanoutResult = {
  readonly followers: number;
  readonly signals: number;
  readonly first: Percentiles;
  readonly last: Percentiles;
  readonly obvious: { readonly last: Percentiles };
  /** Our last to the obvious way's last, by p50. */
  readonly ratio: number;
  readonly rowsPerSignal: number;
  /** Of this process, idle with all followers loaded. */
  readonly rssMb: number;
  readonly footing: "postgres" | "redis";
  readonly processes: number;
  /** With --profile: milliseconds from the event to each stage, p50. */
  readonly profile?: Readonly<Record<string, number>>;
};

const WARM_UPS = 20;
const QUIET_MS = 50;
const CONNECTIONS = 6;
/** The obvious way is slow: it is measured for this long at most, and at least this often. */
const OBVIOUS_MS = 45_000;
const OBVIOUS_LEAST = 3;

export type Round = { readonly first: number; readonly last: number };

export async function fanout(options: FanoutOptions): Promise<FanoutResult> {
  const database = await scratchDatabase(options.serverUrl, "bench");
  const sql = openPostgres(database.url, { max: CONNECTIONS, role: APP_ROLE, name: "bench" });
  try {
    const world = benchWorld(options.followers);
    options.progress(`enrolling ${options.followers} followers`);
    await enrol(sql, world.enrolment);
    return await measure({ ...options, serverUrl: database.url }, { sql, world });
  } finally {
    await sql.end({ timeout: 5 });
    await database.drop();
  }
}

type Stage = { readonly sql: Sql; readonly world: BenchWorld };

async function measure(options: FanoutOptions, { sql, world }: Stage): Promise<FanoutResult> {
  const { followers, signals, processes, serverUrl, redisUrl } = options;
  const prefix = `bench-${crypto.randomUUID()}`;
  const onError = (error: Error): void => options.log.error({ error }, "the queue is away");
  const doorbells = await openDoorbells({ databaseUrl: serverUrl, redisUrl, prefix, onError });
  const activity = new Activity();
  const stages = new Stages();
  const hub = createHub({
    sql,
    doorbells,
    activity,
    gateways: new Map([[world.gateway.brokerId, world.gateway]]),
    log: options.log,
    slot: "watcher",
    failpoints: options.profile ? (point) => stages.reached(point) : () => {},
    ...(processes === 2 ? { only: new Set([world.masterPartition]) } : {}),
  });
  const owner =
    processes === 2 ? await startOwner({ followers, serverUrl, redisUrl, prefix }) : null;
  const obvious = await obviousWay(serverUrl, redisUrl);
  try {
    await hub.start();
    await activity.quiet();
    const rssMb = Math.round(process.memoryUsage().rss / 1_048_576);
    const child = owner?.child ?? null;
    const run = { ...options, sql, world, activity, stages, obvious, owner: child };
    const { ours, theirs, rowsBefore: rows } = await rounds(run);
    await hub.reconciler.recorder.flush();
    const last = percentiles(ours.map((one) => one.last));
    const obviousLast = percentiles(theirs);
    return {
      followers,
      signals,
      first: percentiles(ours.map((one) => one.first)),
      last,
      obvious: { last: obviousLast },
      ratio: Math.round((last.p50 / obviousLast.p50) * 1_000) / 1_000,
      rowsPerSignal: Math.round(((await countRows(sql, world)) - rows) / signals),
      rssMb,
      footing: doorbells.footing,
      processes,
      ...(options.profile ? { profile: stages.medians(WARM_UPS) } : {}),
    };
  } finally {
    await owner?.stop();
    await obvious.close();
    await hub.stop();
    await doorbells.close();
  }
}

type Run = FanoutOptions & Stage & OneSignal & { readonly obvious: Obvious };

/** Ours and the obvious way in turns, after the warm-ups. */
async function rounds(run: Run) {
  const ours: Round[] = [];
  const theirs: number[] = [];
  let spentMs = 0;
  for (let round = 0; round < WARM_UPS; round += 1) {
    await oneSignal(run);
    await quiet(run.activity);
  }
  const rowsBefore = await countRows(run.sql, run.world);
  for (let round = 1; round <= run.signals; round += 1) {
    ours.push(await oneSignal(run));
    await quiet(run.activity);
    if (theirs.length < OBVIOUS_LEAST || spentMs < OBVIOUS_MS) {
      const took = await run.obvious.round(run.followers);
      spentMs += took;
      theirs.push(took);
      await quiet(run.activity);
    }
    if (round % 10 === 0) run.progress(`signal ${round} of ${run.signals}`);
  }
  return { ours, theirs, rowsBefore };
}

type OneSignal = {
  readonly world: BenchWorld;
  readonly owner: ChildProcess | null;
  readonly followers: number;
  readonly activity: Activity;
  readonly stages: Stages;
};

/** Tells one deal of the master and waits until every follower's order has gone out. */
async function oneSignal({ world, owner, followers, stages }: OneSignal): Promise<Round> {
  const { gateway, master } = world;
  const wall = (): number => performance.timeOrigin + performance.now();
  const done = owner === null ? localRound(world, followers) : remoteRound(owner);
  stages.begin();
  const startedAt = wall();
  gateway.masterTrades(master, VOLUME);
  const { first, last } = await done;
  return { first: first - startedAt, last: last - startedAt };
}

function localRound({ gateway }: BenchWorld, followers: number): Promise<Round> {
  return new Promise((resolve) => {
    let first = 0;
    let count = 0;
    gateway.onExecute = () => {
      count += 1;
      if (count === 1) first = performance.timeOrigin + performance.now();
      if (count === followers) resolve({ first, last: performance.timeOrigin + performance.now() });
    };
  });
}

function remoteRound(owner: ChildProcess): Promise<Round> {
  return new Promise((resolve) => {
    owner.once("message", (message) => resolve(message as Round));
  });
}

export async function quiet(activity: Activity): Promise<void> {
  await activity.quiet();
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
}

const COUNTED = [
  "signals",
  "decisions",
  "instructions",
  "outcomes",
  "orders",
  "deals",
  "copied_positions",
  "divergences",
  "incidents",
];

/** Every row that was ever inserted, the outbox's by its number since they are cleared. */
export async function countRows(sql: Sql, world: BenchWorld): Promise<number> {
  return inTenant(sql, tenantIdOf(world.enrolment.tenant), async (tx) => {
    const parts = COUNTED.map((table) => `(select count(*) from ${table})`).join(" + ");
    const rows = await tx.unsafe(
      `select (${parts})::int as rows, (select count(*)::int from signals) as outbox`,
    );
    return Number(rows[0]?.["rows"]) + Number(rows[0]?.["outbox"]);
  });
}

/** When each numbered line of the path was first and last passed, from the event on. */
class Stages {
  #rounds: Map<string, number>[] = [];
  #startedAt = 0;

  begin(): void {
    this.#startedAt = performance.now();
    this.#rounds.push(new Map());
  }

  reached(point: Failpoint): void {
    const round = this.#rounds.at(-1);
    const at = performance.now() - this.#startedAt;
    if (round === undefined) return;
    if (!round.has(`first ${point}`)) round.set(`first ${point}`, at);
    round.set(`last ${point}`, at);
  }

  medians(skipped: number): Record<string, number> {
    const rounds = this.#rounds.slice(skipped);
    const names = new Set(rounds.flatMap((round) => [...round.keys()]));
    return Object.fromEntries(
      [...names].map((name) => [
        name,
        percentile(
          rounds.flatMap((r) => r.get(name) ?? []),
          0.5,
        ),
      ]),
    );
  }
}
