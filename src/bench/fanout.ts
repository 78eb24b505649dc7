/**
 * One signal to N followers, one at a time with quiet between, after warm-ups: from the master's
 * event entering master/ to each follower's `execute`, everything durable before it is sent; and
 * beside it, in turns, the obvious way on the same services. With mixed rules also one signal to N
 * followers of ten different rule sets, in turns with the plain ones.
 */
import type { ChildProcess } from "node:child_process";
import { createHub } from "../deps.ts";
import type { AccountRef } from "../domain/account.ts";
import { enrol, tenantIdOf } from "../hub/enrol.ts";
import type { HubLog } from "../hub/ports.ts";
import { Activity } from "../platform/activity.ts";
import type { Failpoint } from "../platform/failpoints.ts";
import { openDoorbells } from "../platform/open-doorbells.ts";
import { openPipes, type Pipes } from "../platform/pipes.ts";
import { APP_ROLE, inTenant, openPostgres, type Sql } from "../platform/postgres.ts";
import { scratchDatabase } from "../platform/scratch-database.ts";
import { AT_ITS_BEST, BY_DEFAULT, type Obvious, obviousWay } from "./obvious.ts";
import { startOwner } from "./owner.ts";
import { type Percentiles, percentile, percentiles } from "./stats.ts";
import { type BenchWorld, benchWorld, type RuleKind, VOLUME } from "./world.ts";

export type FanoutOptions = {
  readonly followers: number;
  readonly signals: number;
  readonly processes: 1 | 2;
  readonly rules: RuleKind;
  readonly serverUrl: string;
  readonly redisUrl: string | null;
  readonly profile: boolean;
  readonly log: HubLog;
  progress(words: string): void;
};

/** Of the mixed rules, and their last to the plain rules' last, by p50. */
type MixedResult = {
  readonly first: Percentiles;
  readonly last: Percentiles;
  readonly ratio: number;
};

export type FanoutResult = {
  readonly followers: number;
  readonly signals: number;
  readonly first: Percentiles;
  readonly last: Percentiles;
  readonly obvious: {
    /** With a worker as BullMQ makes it: one job at a time. */
    readonly last: Percentiles;
    /** With as many jobs at once as served it best; `ratio` is our last to this one. */
    readonly best?: {
      readonly concurrency: number;
      readonly last: Percentiles;
      readonly ratio: number;
    };
  };
  /** Our last to the obvious way's last, by p50. */
  readonly ratio: number;
  readonly mixed?: MixedResult;
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
  const orders = openPipes(database.url);
  try {
    const world = benchWorld(options.followers, options.rules);
    options.progress(`enrolling ${options.followers} followers`);
    await enrol(sql, world.enrolment);
    return await measure({ ...options, serverUrl: database.url }, { sql, orders, world });
  } finally {
    await orders.end();
    await sql.end({ timeout: 5 });
    await database.drop();
  }
}

type Stage = { readonly sql: Sql; readonly orders: Pipes; readonly world: BenchWorld };

async function measure(options: FanoutOptions, stage: Stage): Promise<FanoutResult> {
  const { sql, orders, world } = stage;
  const { followers, signals, processes, rules, serverUrl, redisUrl } = options;
  const prefix = `bench-${crypto.randomUUID()}`;
  const onError = (error: Error): void => options.log.error({ error }, "the queue is away");
  const doorbells = await openDoorbells({ databaseUrl: serverUrl, redisUrl, prefix, onError });
  const activity = new Activity();
  const stages = new Stages();
  const hub = createHub({
    sql,
    orders,
    doorbells,
    activity,
    gateways: new Map([[world.gateway.brokerId, world.gateway]]),
    log: options.log,
    slot: "watcher",
    failpoints: options.profile ? (point) => stages.reached(point) : () => {},
    ...(processes === 2 ? { only: new Set([world.masterPartition]) } : {}),
  });
  const owner =
    processes === 2 ? await startOwner({ followers, rules, serverUrl, redisUrl, prefix }) : null;
  const obvious = await obviousWay(serverUrl, redisUrl, BY_DEFAULT);
  const best = await obviousWay(serverUrl, redisUrl, AT_ITS_BEST);
  try {
    await hub.start();
    await activity.quiet();
    const rssMb = Math.round(process.memoryUsage().rss / 1_048_576);
    const child = owner?.child ?? null;
    const run = { ...options, ...stage, activity, stages, obvious, best, owner: child };
    const { ours, mixed, theirs, bests, rowsBefore: rows } = await rounds(run);
    await hub.reconciler.recorder.flush();
    const last = percentiles(ours.map((one) => one.last));
    return {
      followers,
      signals,
      first: percentiles(ours.map((one) => one.first)),
      last,
      ...besideTheObvious(last, percentiles(theirs), percentiles(bests)),
      ...(mixed.length > 0 ? { mixed: besides(mixed, last) } : {}),
      rowsPerSignal: Math.round(
        ((await countRows(sql, world)) - rows) / (ours.length + mixed.length),
      ),
      rssMb,
      footing: doorbells.footing,
      processes,
      ...(options.profile
        ? { profile: stages.medians(WARM_UPS * (mixed.length > 0 ? 2 : 1)) }
        : {}),
    };
  } finally {
    await owner?.stop();
    await obvious.close();
    await best.close();
    await hub.stop();
    await doorbells.close();
  }
}

type Run = FanoutOptions &
  Stage &
  OneSignal & { readonly obvious: Obvious; readonly best: Obvious };

const ratioOf = (one: Percentiles, other: Percentiles): number =>
  Math.round((one.p50 / other.p50) * 1_000) / 1_000;

function besideTheObvious(ours: Percentiles, last: Percentiles, best: Percentiles) {
  const concurrency = AT_ITS_BEST;
  return {
    obvious: { last, best: { concurrency, last: best, ratio: ratioOf(ours, best) } },
    ratio: ratioOf(ours, last),
  };
}

function besides(mixed: readonly Round[], plain: Percentiles): MixedResult {
  const last = percentiles(mixed.map((one) => one.last));
  return { first: percentiles(mixed.map((one) => one.first)), last, ratio: ratioOf(last, plain) };
}

/** Ours, those with mixed rules and the obvious way, twice, in turns, after the warm-ups. */
async function rounds(run: Run) {
  const { mixed: other } = run.world.masters;
  const ours: Round[] = [];
  const mixed: Round[] = [];
  const theirs: number[] = [];
  const bests: number[] = [];
  let spentMs = 0;
  for (let round = 0; round < WARM_UPS; round += 1) {
    await oneSignal(run);
    await quiet(run.activity);
    if (other !== undefined) {
      await oneSignal(run, other);
      await quiet(run.activity);
    }
  }
  const rowsBefore = await countRows(run.sql, run.world);
  for (let round = 1; round <= run.signals; round += 1) {
    ours.push(await oneSignal(run));
    await quiet(run.activity);
    if (other !== undefined) {
      mixed.push(await oneSignal(run, other));
      await quiet(run.activity);
    }
    if (theirs.length < OBVIOUS_LEAST || spentMs < OBVIOUS_MS) {
      for (const [way, times] of [
        [run.obvious, theirs],
        [run.best, bests],
      ] as const) {
        const took = await way.round(run.followers);
        spentMs += took;
        times.push(took);
        await quiet(run.activity);
      }
    }
    if (round % 10 === 0) run.progress(`signal ${round} of ${run.signals}`);
  }
  return { ours, mixed, theirs, bests, rowsBefore };
}

type OneSignal = {
  readonly world: BenchWorld;
  readonly owner: ChildProcess | null;
  readonly followers: number;
  readonly activity: Activity;
  readonly stages: Stages;
};

/** Tells one deal of the master and waits until every follower's order has gone out. */
async function oneSignal(
  { world, owner, followers, stages }: OneSignal,
  master: AccountRef = world.masters.plain,
): Promise<Round> {
  const { gateway } = world;
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
