/**
 * `npm run faults -- --rounds N --seed S [--redis] [--only NAME] [--json]`: real processes, a real
 * Postgres and, with --redis, a real Redis, and what can befall them, round after round. Ends with 1
 * where anything was lost, done twice or cannot be explained.
 */
import { existsSync } from "node:fs";
import { Command } from "commander";
import { type TestRedis, testRedis } from "../redis.ts";
import { ELSEWHERE, FAULTS } from "./catalogue.ts";
import { Cluster } from "./cluster.ts";
import type { Fault } from "./fault.ts";
import { counted } from "./judge.ts";
import { playRound, type Round } from "./round.ts";

type Options = {
  readonly rounds: number;
  readonly seed: number;
  readonly redis?: true;
  readonly only?: string;
  readonly lease: number;
  readonly quarantine: number;
  readonly json?: true;
  readonly each?: true;
  readonly list?: true;
};

const FAKETIME = ["x86_64", "aarch64"].map(
  (machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`,
);

const options = new Command("faults")
  .option("--rounds <n>", "how many", Number, 20)
  .option("--seed <n>", "of the first round; each has the next", Number, Date.now() % 1_000_000)
  .option("--redis", "the queue on Redis")
  .option("--only <name>", "faults whose name holds this")
  .option("--lease <ms>", "how long a lease lasts", Number, 3_000)
  .option("--quarantine <ms>", "how long not found proves nothing", Number, 5_000)
  .option("--list", "the faults by name, with the rows that they stand for")
  .option("--each", "every round in the JSON, so that runs can be added up")
  .option("--json", "one line of JSON at the end")
  .parse()
  .opts<Options>();

let stopped = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // What was begun is ended: the round under way is played first.
  process.on(signal, () => {
    stopped = true;
  });
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  if (options.list) {
    for (const { name, rows } of FAULTS) process.stdout.write(`${rows.padEnd(6)} ${name}\n`);
    for (const [rows, why] of Object.entries(ELSEWHERE)) {
      process.stdout.write(`${rows.padEnd(6)} not here: ${why}\n`);
    }
    return;
  }
  const faketime = FAKETIME.find((path) => existsSync(path)) ?? null;
  const small = await Cluster.open(true).catch((error: unknown) => {
    say(`no small disk here: ${error instanceof Error ? error.message : error}`);
    return null;
  });
  const disk = await Cluster.open(false);
  const redis = options.redis ? await testRedis() : null;
  const mayRun = ({ name, needs }: Fault): boolean =>
    (needs !== "redis" || redis !== null) &&
    (needs !== "small disk" || small !== null) &&
    (needs !== "faketime" || faketime !== null) &&
    name.includes(options.only ?? "");
  const faults = FAULTS.filter(mayRun);
  try {
    const rounds: Round[] = [];
    for (let number = 0; number < options.rounds && !stopped; number += 1) {
      const fault = faults[(options.seed + number) % faults.length];
      if (fault === undefined) throw new Error("no fault of that name can be made here");
      const cluster = fault.needs === "small disk" && small !== null ? small : disk;
      rounds.push(await one({ fault, number, cluster, redis, faketime }));
    }
    report(rounds);
  } finally {
    await redis?.stop();
    await disk.close();
    await small?.close();
  }
}

type One = {
  readonly fault: Fault;
  readonly number: number;
  readonly cluster: Cluster;
  readonly redis: TestRedis | null;
  readonly faketime: string | null;
};

async function one({ fault, number, ...scene }: One): Promise<Round> {
  const seed = options.seed + number;
  const { lease: leaseMs, quarantine: quarantineMs } = options;
  const round = await playRound({ fault, seed, leaseMs, quarantineMs, ...scene });
  const { recoveryMs, takeOverMs, signals, orders, found } = round;
  const recovered = recoveryMs === null ? "never quiet" : `${Math.round(recoveryMs)} ms`;
  say(
    `${number + 1}/${options.rounds} seed ${seed} ${fault.name}: ${signals} signals, ${orders} orders, armed after ${Math.round(takeOverMs)} ms, quiet after ${recovered}`,
  );
  for (const words of found) say(`   ${words}`);
  if (found.length > 0 || recoveryMs === null) for (const line of round.said) say(`   | ${line}`);
  return round;
}

function report(rounds: readonly Round[]): void {
  const found = rounds.flatMap((round) => round.found);
  const never = rounds.filter(({ recoveryMs }) => recoveryMs === null).length;
  const count = counted(found);
  const byFault: Record<string, object> = {};
  for (const name of new Set(rounds.map(({ fault }) => fault))) {
    const mine = rounds.filter(({ fault }) => fault === name);
    byFault[name] = {
      rounds: mine.length,
      ...counted(mine.flatMap((round) => round.found)),
      recovery: percentiles(mine.flatMap(({ recoveryMs }) => recoveryMs ?? [])),
      armed: percentiles(mine.map(({ takeOverMs }) => takeOverMs)),
    };
  }
  const result = {
    rounds: rounds.length,
    seed: options.seed,
    signals: rounds.reduce((sum, { signals }) => sum + signals, 0),
    orders: rounds.reduce((sum, { orders }) => sum + orders, 0),
    ...count,
    neverQuiet: never,
    recovery: percentiles(
      rounds.flatMap(({ recoveryMs, lasting }) => (lasting ? [] : (recoveryMs ?? []))),
    ),
    byFault,
    ...(options.each ? { each: rounds.map(eachOf) } : {}),
  };
  process.stdout.write(`${JSON.stringify(result, null, options.json ? 0 : 2)}\n`);
  if (found.length + never > 0) process.exitCode = 1;
}

function eachOf({ fault, seed, lasting, recoveryMs, takeOverMs, signals, orders, found }: Round) {
  const ms = { recoveryMs: recoveryMs && Math.round(recoveryMs), armedMs: Math.round(takeOverMs) };
  return { fault, seed, lasting, ...ms, signals, orders, found };
}

function percentiles(values: readonly number[]): { readonly p50: number; readonly p99: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { p50: at(0.5), p99: at(0.99) };
}

await main();
