/** Pending orders under `mirror` in a replay: placed, changed, cancelled, triggered, alone and in time. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { NO_FAULTS } from "../gateway/simulator/faults.ts";
import { replay } from "./replay.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lockstep-mirror-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const COLUMNS =
  "time_ms,position,action,symbol,side,volume,stop_loss,take_profit,price,order_type,expires_ms";

async function play(ticks: readonly string[], rows: readonly string[], rules: object) {
  const file = (name: string): string => join(directory, name);
  const files = {
    ticks: [file("EURUSD-1.csv")],
    trades: file("trades.csv"),
    followers: file("followers.json"),
    out: file("out"),
  };
  const account = { currency: "USD", balance: "100000.00", leverage: "100" };
  const quotes = ticks.map((tick) => tick.replaceAll(" ", ","));
  await writeFile(files.ticks[0] ?? "", ["time_ms,bid,ask", ...quotes, ""].join("\n"));
  await writeFile(files.trades, [COLUMNS, ...rows, ""].join("\n"));
  const sizing = { mode: "multiplier", multiplier: "0.5" };
  const followers = ["hedging", "netting"].map((positionMode) => ({
    ...account,
    ...{ name: positionMode, positionMode, symbolSuffix: "" },
    rules: { sizing, pendingOrders: "mirror", ...rules },
  }));
  const master = { ...account, positionMode: "hedging" };
  await writeFile(files.followers, JSON.stringify({ master, followers }));
  const faults: unknown[] = [];
  const summary = await replay({
    ...{ files, seed: 1, faults: NO_FAULTS, serverUrl: inject("adminUrl"), redisUrl: null },
    log: { info: () => {}, error: (fact) => void faults.push(fact) },
    progress: () => {},
  });
  expect(faults).toEqual([]);
  expect(summary.unexplained).toBe(0);
  const read = async (name: string): Promise<string[][]> =>
    (await readFile(join(files.out, name), "utf8"))
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split(","));
  const outcomes = (await read("outcomes.csv"))
    .filter((cells) => cells.includes("hedging"))
    .map(([, at, kind, position, , , decision, reason]) =>
      [at, kind, position, decision, reason].join(" ").trim(),
    );
  const accounts = (await read("accounts.csv")).map(([name, balance, , open]) => [
    name,
    balance,
    open,
  ]);
  return { outcomes, accounts };
}

test("placed, changed, triggered at both at once, and closed: half of the master's profit", async () => {
  const { outcomes, accounts } = await play(
    ["1000 1.10000 1.10000", "5000 1.09500 1.09500", "9000 1.09700 1.09700"],
    [
      "1000,P1,place,EURUSD,buy,1.00,,,1.09000,,",
      "2000,P1,change,,,,,,1.09500,,",
      "3000,P2,place,EURUSD,sell,1.00,,,1.12000,,",
      "4000,P2,cancel,,,,,,,,",
      "9000,P1,close,,,,,,,,",
    ],
    {},
  );
  expect(outcomes).toEqual([
    ...["1000 place P1 copy", "2000 change P1 copy", "3000 place P2 copy", "4000 cancel P2 copy"],
    ...["5000 open P1 skip MIRRORED", "9000 close P1 copy"],
  ]);
  expect(accounts).toEqual([
    ["master", "100200.00", "0"],
    ["hedging", "100100.00", "0"],
    ["netting", "100100.00", "0"],
  ]);
});
