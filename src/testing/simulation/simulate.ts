/**
 * `npm run simulate -- --seeds N [--from S] [--json]`: so many seeds, each a run of its own. Prints
 * what was found; for a seed that failed also how to run it again.
 * `npm run simulate -- --mutants [--seeds N]`: each protection switched off, and who notices.
 */
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type Caught, hunt, SEEDED, tableOf } from "./mutants.ts";
import { runSeed, type SeedResult } from "./seeds.ts";
import { SHOWN_BY_TESTS, shown } from "./shown.ts";

/** Every step-th of `count` from `first`: seeds to run, or mutants to hunt with `seeds` each. */
type Share = {
  readonly work: "seeds" | "mutants";
  readonly first: number;
  readonly end: number;
  readonly step: number;
  readonly seeds: number;
};

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const tell = (line: string): boolean => process.stderr.write(`${line}\n`);
const SEEDS_A_MUTANT = "400";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string" },
      from: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      mutants: { type: "boolean", default: false },
    },
  });
  if (values.mutants) await huntAll(wholeOf("seeds", values.seeds ?? SEEDS_A_MUTANT));
  else {
    const from = wholeOf("from", values.from);
    await runAll({ from, seeds: wholeOf("seeds", values.seeds ?? "200"), json: values.json });
  }
}

function wholeOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  tell(`--${name} has to be a whole number above zero, and is ${text}`);
  process.exit(2);
}

type Run = { readonly from: number; readonly seeds: number; readonly json: boolean };

async function runAll({ from, seeds, json }: Run): Promise<void> {
  const began = performance.now();
  const results = await inThreads<SeedResult>("seeds", { first: from, end: from + seeds, seeds });
  const events = results.reduce((sum, one) => sum + one.events, 0);
  const violations = results
    .filter(({ found }) => found.length > 0)
    .map(({ seed, found }) => ({ seed, found }))
    .sort((a, b) => a.seed - b.seed);
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  if (json) say(JSON.stringify({ seeds, events, violations, seconds }));
  else say(`${seeds} seeds, ${events} events, ${violations.length} failed, ${seconds} s`);
  for (const { seed, found } of violations) {
    tell(`SEED ${seed} COMMIT ${commit()}\n  ${found.join("\n  ")}`);
    tell(`  again: npm run simulate -- --seeds 1 --from ${seed}`);
  }
  process.exitCode = violations.length === 0 && results.length === seeds ? 0 : 1;
}

async function huntAll(seeds: number): Promise<void> {
  const began = performance.now();
  const [found, passed] = await Promise.all([
    inThreads<Caught>("mutants", { first: 0, end: SEEDED.length, seeds }),
    shown(),
  ]);
  const all = [...found, ...Object.entries(SHOWN_BY_TESTS).map((one) => shownBy(one, passed))];
  const survivors = all.filter(({ by }) => by === null);
  say(tableOf(all));
  const seconds = Math.round((performance.now() - began) / 1_000);
  say(`${all.length} protections switched off, ${survivors.length} survive, ${seconds} s`);
  process.exitCode = survivors.length === 0 && found.length === SEEDED.length ? 0 : 1;
}

const shownBy = ([name, file]: [string, string], passed: ReadonlySet<string>): Caught =>
  passed.has(name)
    ? { name, by: file, words: "run with it and without it" }
    : { name, by: null, words: `${file} did not show its absence` };

async function inThreads<T>(
  work: Share["work"],
  { first, end, seeds }: Pick<Share, "first" | "end" | "seeds">,
): Promise<readonly T[]> {
  const step = Math.min(end - first, availableParallelism());
  const results: T[] = [];
  await Promise.all(
    Array.from({ length: step }, (_, index) =>
      inThread<T>({ work, first: first + index, end, step, seeds }, (one) => results.push(one)),
    ),
  );
  return results;
}

function inThread<T>(share: Share, told: (one: T) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: share });
    worker.on("message", told);
    worker.on("error", reject);
    worker.on("exit", () => resolve());
  });
}

async function doShare({ work, first, end, step, seeds }: Share): Promise<void> {
  for (let at = first; at < end; at += step) {
    const mutant = SEEDED[at];
    if (work === "seeds") parentPort?.postMessage(await runSeed(at));
    else if (mutant !== undefined) parentPort?.postMessage(await hunt(mutant, seeds));
  }
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

if (isMainThread) await main();
else await doShare(workerData as Share);
