import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { type Faults, NO_FAULTS } from "../gateway/simulator/faults.ts";
import { loadTicks } from "../gateway/simulator/tick-file.ts";
import { footings, type TestRedis, testRedis } from "../testing/redis.ts";
import { type OracleAnswer, replayOracle } from "../testing/replay-oracle.ts";
import { makeWorkload, scriptSymbols } from "../testing/replay-workload.ts";
import { WALKS, writeTickFiles } from "../testing/ticks.ts";
import { accountsCsv, outcomesCsv } from "./outputs.ts";
import { type ReplayFiles, replay } from "./replay.ts";
import { parseScript } from "./script.ts";

const SEED = 7;
/** Every third seed has wild markets, in which accounts are stopped out. */
const CALM_SEEDS = [3, 8, 50];
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lockstep-replay-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function workload(rows: number, followers: number, seed: number) {
  const walks = WALKS.map((walk) => ({
    ...walk,
    stepPoints: walk.stepPoints * (1 + 2 * (seed % 3)),
  }));
  const ticks = await writeTickFiles(join(directory, "ticks"), { quotes: 1_500, seed }, walks);
  const series = await loadTicks(ticks);
  const made = makeWorkload(series, { rows, followers, seed });
  const trades = join(directory, "trades.csv");
  const accounts = join(directory, "followers.json");
  await writeFile(trades, made.trades);
  await writeFile(accounts, made.followers);
  const script = parseScript(trades, made.trades, {
    positionMode: made.accounts.master.positionMode,
    symbols: scriptSymbols(series),
  });
  return { series, script, accounts: made.accounts, files: { ticks, trades, followers: accounts } };
}

async function run(
  files: Omit<ReplayFiles, "out">,
  run: { readonly out: string; readonly redisUrl: string | null; readonly faults?: Faults },
) {
  const out = join(directory, run.out);
  const faults: unknown[] = [];
  const summary = await replay({
    files: { ...files, out },
    seed: SEED,
    faults: run.faults ?? NO_FAULTS,
    serverUrl: inject("adminUrl"),
    redisUrl: run.redisUrl,
    log: { info: () => {}, error: (facts) => void faults.push(facts) },
    progress: () => {},
  });
  const read = (name: string): Promise<string> => readFile(join(out, name), "utf8");
  return {
    summary,
    faults,
    outcomes: await read("outcomes.csv"),
    accounts: await read("accounts.csv"),
  };
}

describe.each(footings())("on the %s footing", (footing) => {
  const answers: OracleAnswer[] = [];
  let redis: TestRedis | null = null;
  beforeEach(async () => {
    redis = footing === "redis" ? await testRedis() : null;
  });
  afterEach(async () => {
    await redis?.stop();
  });

  test.each(CALM_SEEDS)(
    "the replay's files are those of an independent model, seed %i",
    async (seed) => {
      const { series, script, accounts, files } = await workload(90, 15, seed);
      const expected = replayOracle({ series, script, accounts });
      const real = await run(files, { out: "calm", redisUrl: redis?.url ?? null });
      expect(real.faults).toEqual([]);
      expect(real.outcomes).toBe(outcomesCsv(expected.outcomes));
      expect(real.accounts).toBe(accountsCsv(expected.master, expected.followers));
      expect(real.summary.unexplained).toBe(0);
      answers.push(expected);
    },
  );

  test("among the seeds are stop-outs of both sides, rejections and every common skip", () => {
    const sum = (side: "master" | "followers"): number =>
      answers.reduce((total, { stopOuts }) => total + stopOuts[side], 0);
    expect(sum("followers")).toBeGreaterThan(0);
    expect(sum("master")).toBeGreaterThan(0);
    const seen = new Set(answers.flatMap(({ outcomes }) => outcomes.map(({ reason }) => reason)));
    const reasons = ["NEVER_OPENED", "ALREADY_CLOSED", "BELOW_MIN_VOLUME", "BELOW_VOLUME_STEP"];
    expect([...seen]).toEqual(expect.arrayContaining([...reasons, "NO_STOP_LOSS", "NO_MONEY"]));
  });

  test(`faults by seed ${SEED} give one outcome each, explained, and the same bytes again`, async () => {
    const { files } = await workload(30, 6, SEED);
    const faults: Faults = {
      latencyMs: { min: 20, max: 400 },
      rejectRate: 0.05,
      rejectCodes: [10006, 10004, 10019],
      partialRate: 0.1,
      lostReplyRate: 0.05,
      lostRequestRate: 0.05,
    };
    const redisUrl = redis?.url ?? null;
    const once = await run(files, { out: "once", redisUrl, faults });
    const twice = await run(files, { out: "twice", redisUrl, faults });
    expect([...once.faults, ...twice.faults]).toEqual([]);
    expect(once.summary.unexplained).toBe(0);
    expect(once.summary.decisions).toBe(once.summary.signals * 6);
    expect(twice.outcomes).toBe(once.outcomes);
    expect(twice.accounts).toBe(once.accounts);
  });
});
