/** What a rule can say, a replay plays: a follower for each setting, and one with them all. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { SETTINGS } from "../follower/rules/schema.ts";
import { NO_FAULTS } from "../gateway/simulator/faults.ts";
import { EVERY_SETTING } from "../testing/every-setting.ts";
import { replay } from "./replay.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lockstep-replay-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const TICKS = [
  "time_ms,bid,ask",
  "1000,1.10000,1.10010",
  "3000,1.10100,1.10110",
  "5000,1.10200,1.10210",
  "9000,1.09900,1.09910",
];
const TRADES = [
  "time_ms,position,action,symbol,side,volume,stop_loss,take_profit",
  "1000,P1,open,EURUSD,buy,0.50,1.09,1.12",
  "2000,P2,open,EURUSD,sell,0.30,1.12,1.08",
  "3000,P1,protect,,,,1.095,",
  "4000,P1,reduce,,,0.20,,",
  "5000,P2,close,,,,,",
  "9000,P1,close,,,,,",
];

const isSection = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Section by section; of two that say the same setting the later one. */
function merged(list: readonly object[]): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const rules of list) {
    for (const [name, value] of Object.entries(rules)) {
      const known = all[name];
      all[name] = isSection(known) && isSection(value) ? merged([known, value]) : value;
    }
  }
  return all;
}

test("every setting that the schema knows is in the list, and no other", () => {
  const known = SETTINGS.map(({ path }) => path);
  expect(Object.keys(EVERY_SETTING).toSorted()).toEqual(known.toSorted());
});

test("each is played, and each of its followers answers every signal once", async () => {
  const file = (name: string): string => join(directory, name);
  const account = {
    ...{ currency: "EUR", balance: "100000.00", leverage: "100", positionMode: "hedging" },
  };
  // `mode: close-only` would leave nothing of the others to be seen.
  const { mode: _, ...others } = EVERY_SETTING;
  const rules = { ...EVERY_SETTING, "all at once": merged(Object.values(others)) };
  const followers = Object.entries(rules).map(([name, said]) => ({
    ...account,
    name,
    rules: said,
  }));
  await writeFile(file("EURUSD-1.csv"), [...TICKS, ""].join("\n"));
  await writeFile(file("trades.csv"), [...TRADES, ""].join("\n"));
  await writeFile(file("followers.json"), JSON.stringify({ master: account, followers }));
  const faults: unknown[] = [];
  const summary = await replay({
    files: {
      ticks: [file("EURUSD-1.csv")],
      ...{ trades: file("trades.csv"), followers: file("followers.json"), out: file("out") },
    },
    ...{ seed: 1, faults: NO_FAULTS, serverUrl: inject("adminUrl"), redisUrl: null },
    log: { info: () => {}, error: (fact) => void faults.push(fact) },
    progress: () => {},
  });
  expect(faults).toEqual([]);
  expect(summary.unexplained).toBe(0);
  const lines = (await readFile(join(file("out"), "outcomes.csv"), "utf8")).trimEnd().split("\n");
  const answers = new Map<string, string[]>();
  for (const line of lines.slice(1)) {
    const [, , kind, position, , follower = "", decision, reason] = line.split(",");
    const said = `${kind} ${position} ${decision} ${reason}`.trim();
    answers.set(follower, [...(answers.get(follower) ?? []), said]);
  }
  expect([...answers.keys()].toSorted()).toEqual(Object.keys(rules).toSorted());
  for (const [name, said] of answers) expect(new Set(said).size, name).toBe(TRADES.length - 1);
  expect(answers.get("sides")?.[1]).toBe("open P2 skip SIDE_EXCLUDED");
  expect(answers.get("news")?.[0]).toBe("open P1 skip NEWS_WINDOW");
  expect(answers.get("mode")?.[0]).toBe("open P1 skip CLOSE_ONLY");
  expect(answers.get("stops.lockAfterOpen")?.[2]).toBe("protect P1 skip STOPS_LOCKED");
  expect(answers.get("reduceCorrelation")?.[0]).toBe("open P1 copy");
});
