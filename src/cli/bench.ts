/** `lockstep bench`: measures this machine side by side with the obvious way. */
import { Command, InvalidArgumentError } from "commander";
import { pino } from "pino";
import { apiBench } from "../bench/api.ts";
import { connectionsBench } from "../bench/connections.ts";
import { divergenceBench } from "../bench/divergence.ts";
import { type FanoutOptions, fanout } from "../bench/fanout.ts";
import { gridBench } from "../bench/grid.ts";
import { killBench } from "../bench/kill.ts";
import { pagesBench } from "../bench/pages.ts";
import { slowBrokerBench } from "../bench/slow-broker.ts";
import { soakBench } from "../bench/soak.ts";
import { terminalsBench } from "../bench/terminals.ts";
import type { RuleKind } from "../bench/world.ts";
import { openDatabase } from "../platform/database.ts";
import { createLogger } from "../platform/logger.ts";
import { type CliIo, settingsOf } from "./io.ts";

type Options = {
  readonly followers: number;
  readonly signals: number;
  readonly redis?: string;
  readonly processes: 1 | 2;
  readonly rules: RuleKind;
  readonly profile?: true;
  readonly json?: true;
};

type ConnectionsAsked = Pick<Options, "redis" | "json"> & {
  readonly terminals: number;
  readonly returning: number;
  readonly idleSeconds: number;
};

/** What a bench does not ask for that measures in its own way. */
const MEASURED = { signals: 1, rules: "plain", processes: 2 } as const;

export function benchCommand(io: CliIo): Command {
  const bench = new Command("bench").description("measure this machine");
  bench
    .command("fanout")
    .description("one signal to N followers, beside a queue job per follower")
    .option("--followers <n>", "how many follow", count, 1_000)
    .option("--signals <n>", "how many are measured", count, 100)
    .option("--redis <url>", "the queue on this Redis instead of on Postgres")
    .option("--processes <n>", "2: watcher and owner apart", processes, 1)
    .option("--rules <kind>", "mixed: beside ten different rule sets, in turns", ruleKind, "plain")
    .option("--profile", "also when each stage was reached")
    .option("--json", "one line of JSON")
    .action((options: Options) => run(io, options, fanout));
  bench
    .command("terminals")
    .description("one deal at a master's terminal to N followers' terminals, over sockets")
    .option("--followers <n>", "how many follow", count, 1_000)
    .option("--signals <n>", "how many are measured", count, 100)
    .option("--redis <url>", "the queue on this Redis instead of on Postgres")
    .option("--json", "one line of JSON")
    .action((options: Options) =>
      run(io, { ...options, rules: "plain", processes: 2 }, terminalsBench),
    );
  bench
    .command("connections")
    .description("N terminals that idle, and a part of them that comes back at once")
    .option("--terminals <n>", "how many", count, 5_000)
    .option("--returning <n>", "how many lose their connections at once", count, 1_000)
    .option("--idle-seconds <n>", "how long they idle", count, 60)
    .option("--redis <url>", "the queue on this Redis instead of on Postgres")
    .option("--json", "one line of JSON")
    .action(({ terminals, returning, idleSeconds, ...rest }: ConnectionsAsked) =>
      run(io, { ...rest, ...MEASURED, followers: terminals - 1 }, (options) =>
        connectionsBench({
          ...options,
          idleSeconds,
          returning: Math.min(returning, terminals - 1),
        }),
      ),
    );
  bench
    .command("kill")
    .description("a kill switch over N followers until every lane knows, quietly and in a storm")
    .option("--followers <n>", "how many follow", count, 1_000)
    .option("--signals <n>", "how often it is engaged, each way", count, 20)
    .option("--redis <url>", "the queue on this Redis instead of on Postgres")
    .option("--json", "one line of JSON")
    .action((options: Options) => run(io, { ...options, rules: "plain", processes: 1 }, killBench));
  bench
    .command("api")
    .description("the API over N accounts, and whether copying keeps its pace meanwhile")
    .option("--followers <n>", "how many accounts", count, 1_000)
    .option("--signals <n>", "how many rounds", count, 20)
    .option("--redis <url>", "the queue on this Redis instead of on Postgres")
    .option("--json", "one line of JSON")
    .action((options: Options) => run(io, { ...options, rules: "plain", processes: 1 }, apiBench));
  bench
    .command("pages")
    .description("until the first byte of every page of the portal, over N accounts")
    .option("--followers <n>", "how many accounts", count, 1_000)
    .option("--signals <n>", "how often each page is asked for", count, 40)
    .option("--json", "one line of JSON")
    .action((options: Options) => run(io, { ...options, ...ALONE }, pagesBench));
  bench
    .command("grid")
    .description("the control room in a browser: N rows that all change four times a second")
    .option("--followers <n>", "how many rows", count, 1_000)
    .option("--signals <n>", "for how many seconds", count, 20)
    .option("--json", "one line of JSON")
    .action((options: Options) => run(io, { ...options, ...ALONE }, gridBench));
  provingBenches(bench, io);
  return bench;
}

/** What shows over time, or only beside something that is slow. */
function provingBenches(bench: Command, io: CliIo): void {
  bench
    .command("slow-broker")
    .description("N followers beside one whose broker takes 30 s, in turns with none that does")
    .option("--followers <n>", "how many follow", count, 200)
    .option("--signals <n>", "how many of each kind", count, 100)
    .option("--redis <url>", "the queue on this Redis instead of on Postgres")
    .option("--json", "one line of JSON")
    .action((options: Options) => run(io, { ...options, ...ALONE }, slowBrokerBench));
  bench
    .command("divergence")
    .description("until a position that vanished without an event is told of")
    .option("--followers <n>", "how many follow", count, 200)
    .option("--signals <n>", "of how many the position vanishes", count, 50)
    .option("--redis <url>", "the queue on this Redis instead of on Postgres")
    .option("--json", "one line of JSON")
    .action((options: Options) => run(io, { ...options, ...ALONE }, divergenceBench));
  bench
    .command("soak")
    .description("five signals a second to N followers, and what the process holds meanwhile")
    .option("--followers <n>", "how many follow", count, 200)
    .option("--minutes <n>", "for how long", count, 60)
    .option("--redis <url>", "the queue on this Redis instead of on Postgres")
    .option("--json", "one line of JSON")
    .action(({ minutes, ...options }: Options & { readonly minutes: number }) =>
      run(io, { ...options, ...ALONE, signals: 1 }, (all) => soakBench({ ...all, minutes })),
    );
}

const ALONE = { rules: "plain", processes: 1 } as const;

async function run(
  io: CliIo,
  options: Options,
  measure: (options: FanoutOptions) => Promise<object>,
): Promise<void> {
  const settings = settingsOf(io);
  const database = await openDatabase(settings);
  try {
    const result = await measure({
      followers: options.followers,
      signals: options.signals,
      processes: options.processes,
      rules: options.rules,
      serverUrl: database.url,
      redisUrl: options.redis ?? settings.secrets.redisUrl,
      profile: options.profile === true,
      log: createLogger(settings.config.logLevel, pino.destination(2)),
      progress: (words) => io.err(words),
    });
    io.out(JSON.stringify(result, null, options.json ? 0 : 2));
  } finally {
    await database.close();
  }
}

function count(text: string): number {
  const value = Number(text);
  if (!/^\d{1,6}$/.test(text) || value < 1 || value > 100_000) {
    throw new InvalidArgumentError("a whole number from 1 to 100,000 is expected.");
  }
  return value;
}

function processes(text: string): 1 | 2 {
  if (text !== "1" && text !== "2") throw new InvalidArgumentError("1 or 2 is expected.");
  return text === "2" ? 2 : 1;
}

function ruleKind(text: string): RuleKind {
  if (text !== "plain" && text !== "mixed") {
    throw new InvalidArgumentError("plain or mixed is expected.");
  }
  return text;
}
