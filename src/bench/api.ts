/**
 * The API over N accounts: lists, writes at a steady rate, and viewers of the stream; and whether
 * copying keeps its pace meanwhile, measured in turns with and without that load.
 */
import { randomBytes, randomUUID } from "node:crypto";
import type { Hono } from "hono";
import { FRAME_MS, Streams } from "../api/stream/hub.ts";
import { createHub } from "../deps.ts";
import { enrol, tenantIdOf } from "../hub/enrol.ts";
import type { Hub } from "../hub/hub.ts";
import { createKey } from "../identity/keys/service.ts";
import { allows, PERMISSION_NAMES } from "../identity/permissions.ts";
import type { Principal } from "../identity/principal.ts";
import { Activity } from "../platform/activity.ts";
import { systemClock, systemTimers } from "../platform/clock.ts";
import { openDoorbells } from "../platform/open-doorbells.ts";
import { APP_ROLE, openPostgres, type Sql } from "../platform/postgres.ts";
import { scratchDatabase } from "../platform/scratch-database.ts";
import { sealer } from "../platform/sealed.ts";
import { createRest, openNotify } from "../rest.ts";
import type { FanoutOptions } from "./fanout.ts";
import { type Percentiles, percentile, percentiles } from "./stats.ts";
import { benchWorld, VOLUME } from "./world.ts";

export type ApiResult = {
  readonly followers: number;
  readonly rounds: number;
  /** Milliseconds of a list of 100 accounts, alone and under the load. */
  readonly listAlone: Percentiles;
  readonly list: Percentiles;
  /** Of a write with audit and Idempotency-Key, and how many there were a second. */
  readonly write: Percentiles;
  readonly writesPerS: number;
  /** Until a signal's last copy is done, under the load against without it. */
  readonly copyingRatio: number;
  /** Of one core, for 100 viewers of rows that all change four times a second. */
  readonly viewersShare: number;
  /** Megabytes a second that all viewers together were sent: whether they were kept up with. */
  readonly viewersMbPerS: number;
};

const WRITES_PER_S = 200;
const LISTS_PER_S = 20;
/** Of the list while nothing else is asked. */
const LISTS = 200;
/** After each trade the load goes on for so long. */
const LOADED_MS = 250;
const CENT = 1_000_000n;
const VIEWERS = 100;
const VIEWERS_MS = 5_000;
const KEY_BYTES = 32;
const RATE = { perSecond: 100_000, burst: 100_000 };

export async function apiBench(options: FanoutOptions): Promise<ApiResult> {
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
  const activity = new Activity();
  const gateways = new Map([[world.gateway.brokerId, world.gateway]]);
  const hub = createHub({ sql, doorbells, activity, gateways, log: options.log, slot: "bench" });
  const log = (words: string, context: Record<string, unknown>): void =>
    options.log.error(context, words);
  const now = (): number => systemClock.now();
  const streams = new Streams({ hub: () => hub, now, timers: systemTimers, log });
  try {
    await hub.start();
    await activity.quiet();
    const tenantId = tenantIdOf(world.enrolment.tenant);
    const sealed = sealer(Buffer.alloc(KEY_BYTES));
    const notify = openNotify(sql, sealed);
    const parts = { sql, clock: systemClock, log, streams, notify, sealer: sealed };
    const api = createRest({ ...parts, rateLimit: RATE, brokerLimit: RATE });
    const asked = { api, key: await keyOf(sql, tenantId) };
    const trade = async (): Promise<number> => {
      const from = performance.now();
      world.gateway.masterTrades(world.masters.plain, VOLUME);
      await activity.quiet();
      return performance.now() - from;
    };
    const figures = await measured(options, asked, trade);
    const viewers = await viewersCost(streams, tenantId, hub);
    return { followers: options.followers, rounds: options.signals, ...figures, ...viewers };
  } finally {
    streams.close();
    await hub.stop();
    await doorbells.close();
    await sql.end({ timeout: 5 });
    await database.drop();
  }
}

type Asked = { readonly api: Hono; readonly key: string };

async function measured(
  { signals, progress }: FanoutOptions,
  asked: Asked,
  trade: () => Promise<number>,
): Promise<Pick<ApiResult, "listAlone" | "list" | "write" | "writesPerS" | "copyingRatio">> {
  const { body } = await ask(asked, "/v1/subscriptions?limit=100");
  const paths = body.data.map(({ id }: { id: string }) => `/v1/subscriptions/${id}`);
  const quiet: number[] = [];
  for (let count = 0; count < LISTS; count += 1) {
    quiet.push((await ask(asked, "/v1/accounts?limit=100")).took);
  }
  let loadedMs = 0;
  const [lists, writes, alone, under]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let round = 0; round < signals; round += 1) {
    alone.push(await trade());
    const stop = new AbortController();
    const loading = Promise.all([
      load(LISTS_PER_S, stop.signal, async () => {
        lists.push((await ask(asked, "/v1/accounts?limit=100")).took);
      }),
      load(WRITES_PER_S, stop.signal, async (number) => {
        // Never the same one twice in a row: people do not queue up for one subscription.
        const path = paths[number % paths.length];
        const verb = Math.floor(number / paths.length) % 2 === 0 ? "close_only" : "resume";
        writes.push((await ask(asked, `${path}/${verb}`, { reason: "measured" })).took);
      }),
    ]);
    const from = performance.now();
    under.push(await trade());
    await systemTimers.sleep(LOADED_MS);
    stop.abort();
    loadedMs += performance.now() - from;
    await loading;
    if ((round + 1) % 10 === 0) progress(`${round + 1} of ${signals} rounds`);
  }
  const copyingRatio = percentile(under, 0.5) / percentile(alone, 0.5);
  return {
    ...{ listAlone: percentiles(quiet), list: percentiles(lists), write: percentiles(writes) },
    writesPerS: Math.round(writes.length / (loadedMs / 1_000)),
    copyingRatio,
  };
}

/** At a steady rate, whatever each takes and however late the timer is; at least once. */
async function load(
  perSecond: number,
  signal: AbortSignal,
  act: (number: number) => Promise<void>,
): Promise<void> {
  const running: Promise<void>[] = [];
  const from = performance.now();
  for (let number = 0; number === 0 || !signal.aborted; number += 1) {
    running.push(act(number));
    const dueMs = from + ((number + 1) * 1_000) / perSecond - performance.now();
    if (dueMs > 0) await systemTimers.sleep(dueMs);
  }
  await Promise.all(running);
}

async function ask({ api, key }: Asked, path: string, sent?: object) {
  const from = performance.now();
  const headers: Record<string, string> = { Authorization: `Bearer ${key}` };
  const post = { "Content-Type": "application/json", "Idempotency-Key": randomUUID() };
  const response = await api.request(path, {
    headers: sent === undefined ? headers : { ...headers, ...post },
    ...(sent === undefined ? {} : { method: "POST", body: JSON.stringify(sent) }),
  });
  const text = await response.text();
  if (!response.ok) throw new RangeError(`${path} answered ${response.status}: ${text}`);
  return { took: performance.now() - from, body: JSON.parse(text) };
}

/** What the processor spends while they watch, less what it spends while nobody does. */
async function viewersCost(
  streams: Streams,
  tenantId: string,
  hub: Hub,
): Promise<Pick<ApiResult, "viewersShare" | "viewersMbPerS">> {
  const moving = new AbortController();
  void everyRowMoves(hub, moving.signal);
  const idle = await spent();
  const topics = new Set(["accounts"] as const);
  const wanted = { tenantId, accounts: "all", topics, lastEventId: null } as const;
  let bytes = 0;
  for (let viewer = 0; viewer < VIEWERS; viewer += 1) {
    const stream = streams.open({ ...wanted, owner: String(viewer), still: async () => true });
    const counted = new WritableStream<Uint8Array>({
      write(chunk) {
        bytes += chunk.byteLength;
      },
    });
    void stream?.pipeTo(counted).catch(() => {});
  }
  const before = bytes;
  const busy = await spent();
  moving.abort();
  return {
    viewersShare: Math.round(((busy - idle) / VIEWERS_MS) * 1_000) / 1_000,
    viewersMbPerS: Math.round((bytes - before) / (VIEWERS_MS * 1_000)),
  };
}

/** Every account's figures differ in every frame, as in a market that moves. */
async function everyRowMoves(hub: Hub, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const account of hub.accounts.values()) {
      const { figures } = account;
      if (figures !== null) account.figures = { ...figures, equity: figures.equity + CENT };
    }
    await systemTimers.sleep(FRAME_MS, signal).catch(() => {});
  }
}

async function spent(): Promise<number> {
  const before = process.cpuUsage();
  await systemTimers.sleep(VIEWERS_MS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

async function keyOf(sql: Sql, tenantId: string): Promise<string> {
  const by: Principal = {
    ...{ tenantId, roles: ["operator"], scopes: null, accounts: "all", mode: "live" },
    ...{ actor: { kind: "system", id: "bench", name: "bench" }, address: null },
    steppedUpAt: systemClock.now(),
  };
  const scopes = PERMISSION_NAMES.filter((one) => allows(by, one));
  const deps = { sql, now: Date.now, random: randomBytes, newId: () => randomUUID() };
  return (await createKey(deps, by, { name: "bench", mode: "live", scopes })).secret;
}
