/** `lockstep replay`: recorded ticks and a script of trades through the whole pipeline. */
import { Command, InvalidArgumentError } from "commander";
import { pino } from "pino";
import type { Faults } from "../gateway/simulator/faults.ts";
import { openDatabase } from "../platform/database.ts";
import { createLogger } from "../platform/logger.ts";
import { replay } from "../replay/replay.ts";
import { type CliIo, settingsOf } from "./io.ts";

type Options = {
  readonly ticks: readonly string[];
  readonly trades: string;
  readonly followers: string;
  readonly out: string;
  readonly seed: number;
  readonly json?: true;
  readonly latencyMs: Faults["latencyMs"];
  readonly rejectRate: number;
  readonly rejectCodes: readonly number[];
  readonly partialRate: number;
  readonly lostReplyRate: number;
  readonly lostRequestRate: number;
};

export function replayCommand(io: CliIo): Command {
  return new Command("replay")
    .description("play ticks and a script of trades through the real pipeline")
    .requiredOption("--ticks <files>", "tick files, separated by commas", list)
    .requiredOption("--trades <file>", "the master's trades, as CSV")
    .requiredOption("--followers <file>", "the accounts and their rules, as JSON")
    .requiredOption("--out <directory>", "where outcomes.csv, accounts.csv and summary.json go")
    .option("--seed <number>", "of the simulated faults", wholeNumber, 1)
    .option("--latency-ms <min-max>", "the brokers' round trip", range, { min: 0, max: 0 })
    .option("--reject-rate <share>", "of orders that brokers reject", share, 0)
    .option("--reject-codes <codes>", "MetaTrader retcodes, separated by commas", codes, [10006])
    .option("--partial-rate <share>", "of orders that are filled in part", share, 0)
    .option("--lost-reply-rate <share>", "of orders whose answer is lost", share, 0)
    .option("--lost-request-rate <share>", "of orders that never arrive", share, 0)
    .option("--json", "the summary as JSON")
    .action((options: Options) => run(io, options));
}

async function run(io: CliIo, options: Options): Promise<void> {
  const settings = settingsOf(io);
  const database = await openDatabase(settings);
  try {
    const summary = await replay({
      files: options,
      seed: options.seed,
      faults: options,
      serverUrl: database.url,
      redisUrl: settings.secrets.redisUrl,
      log: createLogger(settings.config.logLevel, pino.destination(2)),
      progress: (words) => io.err(words),
    });
    if (options.json) io.out(JSON.stringify(summary));
    else
      for (const [name, value] of Object.entries(summary))
        io.out(`${name}: ${JSON.stringify(value)}`);
    if (summary.unexplained > 0) io.end("FAULT");
  } finally {
    await database.close();
  }
}

const list = (text: string): string[] => text.split(",").map((part) => part.trim());

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("a whole number is expected.");
  return Number(text);
}

function share(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 1))
    throw new InvalidArgumentError("a share from 0 to 1 is expected.");
  return value;
}

function range(text: string): Faults["latencyMs"] {
  const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(text);
  const min = Number(match?.[1]);
  const max = Number(match?.[2] ?? match?.[1]);
  if (match === null || max < min) {
    throw new InvalidArgumentError("milliseconds such as 20 or 20-400 are expected.");
  }
  return { min, max };
}

function codes(text: string): number[] {
  return list(text).map((code) => wholeNumber(code));
}
