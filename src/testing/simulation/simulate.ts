/**
 * `npm run simulate -- --seeds N [--from S] [--json]`: so many seeds, each a run of its own. Prints
 * what was found; for a seed that failed also how to run it again.
 */
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { runSeed, type SeedResult } from "./seeds.ts";

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const tell = (line: string): boolean => process.stderr.write(`${line}\n`);

type Range = { readonly from: number; readonly seeds: number; readonly step: number };

async function runAll({ from, seeds, step }: Range, told: (one: SeedResult) => void) {
  for (let seed = from; seed < from + seeds; seed += step) told(await runSeed(seed));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "200" },
      from: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
    },
  });
  const [seeds, from] = [Number(values.seeds), Number(values.from)];
  const began = performance.now();
  let events = 0;
  const violations: { readonly seed: number; readonly found: readonly string[] }[] = [];
  const told = (one: SeedResult): void => {
    events += one.events;
    if (one.found.length > 0) violations.push({ seed: one.seed, found: one.found });
  };
  const threads = Math.min(seeds, availableParallelism());
  await Promise.all(
    Array.from({ length: threads }, (_, index) =>
      inThread({ from: from + index, seeds: seeds - index, step: threads }, told),
    ),
  );
  violations.sort((a, b) => a.seed - b.seed);
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  if (values.json) say(JSON.stringify({ seeds, events, violations, seconds }));
  else say(`${seeds} seeds, ${events} events, ${violations.length} failed, ${seconds} s`);
  for (const { seed, found } of violations) {
    tell(`SEED ${seed} COMMIT ${commit()}\n  ${found.join("\n  ")}`);
    tell(`  again: npm run simulate -- --seeds 1 --from ${seed}`);
  }
  process.exitCode = violations.length === 0 ? 0 : 1;
}

function inThread(range: Range, told: (one: SeedResult) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: range });
    worker.on("message", told);
    worker.on("error", reject);
    worker.on("exit", () => resolve());
  });
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

if (isMainThread) await main();
else await runAll(workerData as Range, (one) => parentPort?.postMessage(one));
