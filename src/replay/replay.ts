/**
 * A replay: the real ledger, doorbells, lanes and simulator over recorded ticks and a script, in a
 * database of its own. All inputs are read and checked before anything runs, and nothing is written
 * unless the whole run came to its end.
 */
import { createHub } from "../deps.ts";
import { InputError } from "../domain/input-fault.ts";
import { formatInstant } from "../domain/instant.ts";
import type { Faults } from "../gateway/simulator/faults.ts";
import { DEFAULT_VARIANT, symbolSpec } from "../gateway/simulator/symbols.ts";
import { loadTicks, type TickSeries } from "../gateway/simulator/tick-file.ts";
import { enrol } from "../hub/enrol.ts";
import type { Hub } from "../hub/hub.ts";
import type { HubLog } from "../hub/ports.ts";
import { Activity } from "../platform/activity.ts";
import { readInputText } from "../platform/input-file.ts";
import { openDoorbells } from "../platform/open-doorbells.ts";
import { APP_ROLE, openPostgres, type Sql } from "../platform/postgres.ts";
import { scratchDatabase } from "../platform/scratch-database.ts";
import { Driver, type DriverInput } from "./driver.ts";
import { type FollowersFile, MASTER_NAME, parseFollowers } from "./followers.ts";
import { accountsCsv, outcomesCsv, type Summary, summaryJson, tallyOutcomes } from "./outputs.ts";
import { accountRow, readOutcomes } from "./results.ts";
import { parseScript, type ScriptRow, type ScriptSymbol } from "./script.ts";
import { SimulatedTime } from "./simulated-time.ts";
import { buildWorld, type ReplayWorld } from "./world.ts";
import { checkTarget, writeOutputs } from "./write-outputs.ts";

export type ReplayFiles = {
  readonly ticks: readonly string[];
  readonly trades: string;
  readonly followers: string;
  readonly out: string;
};

export type ReplayOptions = {
  readonly files: ReplayFiles;
  readonly seed: number;
  readonly faults: Faults;
  /** The server on which the run makes its database, and the queue's Redis, if any. */
  readonly serverUrl: string;
  readonly redisUrl: string | null;
  readonly log: HubLog;
  progress(words: string): void;
};

const CONNECTIONS = 6;
const NEVER = Number.POSITIVE_INFINITY;

type Inputs = {
  readonly ticks: readonly TickSeries[];
  readonly script: readonly ScriptRow[];
  readonly accounts: FollowersFile;
};

export async function readInputs(files: ReplayFiles): Promise<Inputs> {
  await checkTarget(files.out);
  const ticks = await loadTicks(files.ticks);
  const accounts = parseFollowers(files.followers, await readInputText(files.followers));
  const symbols = new Map<string, ScriptSymbol>(
    ticks.map((series) => [series.symbol, scriptSymbol(series, files.ticks)]),
  );
  const { positionMode } = accounts.master;
  const script = parseScript(files.trades, await readInputText(files.trades), {
    positionMode,
    symbols,
  });
  return { ticks, script, accounts };
}

function scriptSymbol(series: TickSeries, files: readonly string[]): ScriptSymbol {
  const spec = symbolSpec(series.symbol, DEFAULT_VARIANT);
  if (spec === null) {
    const file = files.find((one) => one.toUpperCase().includes(series.symbol)) ?? series.symbol;
    const expected = "two currencies such as EURUSD or XAUUSD, or an index: US500 or GER40";
    const wrong = "the symbol is not one that the simulator knows";
    throw new InputError([{ file, line: null, wrong, found: series.symbol, expected }]);
  }
  const { volumeMin, volumeMax, volumeStep } = spec;
  return { volumeMin, volumeMax, volumeStep, firstQuoteAt: series.times[0] ?? 0 };
}

/** Runs it and writes the three files; the summary says whether all went well. */
export async function replay(options: ReplayOptions): Promise<Summary> {
  const startedAt = performance.now();
  options.progress("reading inputs");
  const inputs = await readInputs(options.files);
  options.progress("making a database");
  const database = await scratchDatabase(options.serverUrl, "replay");
  const sql = openPostgres(database.url, { max: CONNECTIONS, role: APP_ROLE, name: "replay" });
  try {
    const run = await play(sql, { ...options, serverUrl: database.url }, inputs);
    const rows = await readOutcomes(sql, run.world.master.ref.tenantId, run.driver.names);
    const tally = tallyOutcomes(rows);
    const summary: Summary = {
      ...tally,
      divergences: run.hub.reconciler.open.opened,
      unexplained: await unexplained(run, rows.length, rows),
      wallSeconds: (performance.now() - startedAt) / 1_000,
    };
    const master = accountRow(MASTER_NAME, run.world.master.broker);
    const followers = run.world.followers.map((one) => accountRow(one.name, one.broker));
    await writeOutputs(options.files.out, [
      { name: "outcomes.csv", text: outcomesCsv(rows) },
      { name: "accounts.csv", text: accountsCsv(master, followers) },
      { name: "summary.json", text: summaryJson(summary) },
    ]);
    return summary;
  } finally {
    await sql.end({ timeout: 5 });
    await database.drop();
  }
}

type Run = {
  readonly hub: Hub;
  readonly world: ReplayWorld;
  readonly driver: Driver;
  readonly signals: number;
};

async function play(sql: Sql, options: ReplayOptions, inputs: Inputs): Promise<Run> {
  const activity = new Activity();
  const time = new SimulatedTime(firstInstant(inputs), () => activity.wake());
  const symbols = inputs.ticks.map((series) => series.symbol);
  const { faults, seed } = options;
  const world = buildWorld({ symbols, accounts: inputs.accounts, time, faults, seed });
  await enrol(sql, world.enrolment);
  const doorbells = await openDoorbells({
    databaseUrl: options.serverUrl,
    redisUrl: options.redisUrl,
    prefix: `replay-${crypto.randomUUID()}`,
    onError: (error) => options.log.error({ error }, "the queue is away"),
  });
  let signals = 0;
  const hub = createHub({
    sql,
    doorbells,
    activity,
    gateways: world.gateways,
    log: options.log,
    slot: "replay",
    clock: time,
    timers: time,
    reconcileMs: NEVER,
    equityMs: NEVER,
    observer: {
      signal: () => {
        signals += 1;
      },
    },
  });
  try {
    await hub.start();
    await activity.quiet(() => time.sleeping);
    const driver = new Driver({ ...driverInput(options, inputs), world, time, activity });
    await driver.run();
    await hub.reconcile();
    return { hub, world, driver, signals };
  } finally {
    await hub.stop();
    await doorbells.close();
  }
}

type Played = Pick<DriverInput, "ticks" | "script" | "scriptFile" | "progress">;

function driverInput(options: ReplayOptions, { ticks, script }: Inputs): Played {
  let told = performance.now();
  const progress = (at: number): void => {
    if (performance.now() - told < 1_000) return;
    told = performance.now();
    options.progress(`at ${formatInstant(at)}`);
  };
  return { ticks, script, scriptFile: options.files.trades, progress };
}

function firstInstant({ ticks, script }: Inputs): number {
  const first = ticks.map((series) => series.times[0] ?? NEVER);
  return Math.min(...first, script[0]?.at ?? NEVER);
}

/** What nobody can account for: answers that are missing, holdings that differ, incidents. */
async function unexplained(
  run: Run,
  decisions: number,
  rows: readonly { readonly outcome: string | null }[],
): Promise<number> {
  const { hub, world, signals } = run;
  const missing = signals * world.followers.length - decisions;
  const open = rows.filter(({ outcome }) => outcome === "unknown" || outcome === "working").length;
  return missing + open + hub.reconciler.incidents + hub.reconciler.open.unexplained;
}
