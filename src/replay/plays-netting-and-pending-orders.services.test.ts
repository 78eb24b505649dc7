/** Netting masters and pending orders through the real pipeline: what each follower then did. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { formatFault, InputError } from "../domain/input-fault.ts";
import { NO_FAULTS } from "../gateway/simulator/faults.ts";
import { integerBetween, seededRandom } from "../platform/random.ts";
import { replay } from "./replay.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lockstep-replay-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

type Play = {
  readonly mode: "hedging" | "netting";
  /** "1000 1.10000 1.10010" */
  readonly ticks: readonly string[];
  readonly rows: readonly string[];
  /** Ticks of other symbols. */
  readonly more?: Readonly<Record<string, readonly string[]>>;
  /** Of both followers, besides their size. */
  readonly rules?: object;
};

const COLUMNS =
  "time_ms,position,action,symbol,side,volume,stop_loss,take_profit,price,order_type,expires_ms";

/** One hedging and one netting follower that copy lot for lot. */
async function play({ mode, ticks, rows, more = {}, rules: said = {} }: Play) {
  const series = Object.entries({ EURUSD: ticks, ...more });
  const files = {
    ticks: series.map(([symbol]) => join(directory, `${symbol}-1.csv`)),
    trades: join(directory, "trades.csv"),
    followers: join(directory, "followers.json"),
    out: join(directory, "out"),
  };
  const account = { currency: "USD", balance: "100000.00", leverage: "100" };
  const rules = { sizing: { mode: "multiplier", multiplier: "1" }, ...said };
  for (const [index, [, list]] of series.entries()) {
    const quotes = list.map((tick) => tick.replaceAll(" ", ","));
    await writeFile(files.ticks[index] ?? "", ["time_ms,bid,ask", ...quotes, ""].join("\n"));
  }
  await writeFile(files.trades, [COLUMNS, ...rows, ""].join("\n"));
  const followers = ["hedging", "netting"].map((positionMode) => {
    return { ...account, name: positionMode, positionMode, symbolSuffix: "", rules };
  });
  const master = { ...account, positionMode: mode };
  await writeFile(files.followers, JSON.stringify({ master, followers }));
  const faults: unknown[] = [];
  const summary = await replay({
    files,
    seed: 1,
    faults: NO_FAULTS,
    serverUrl: inject("adminUrl"),
    redisUrl: null,
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
  const outcomes = (await read("outcomes.csv")).map(
    ([, at, kind, position, , follower, decision, reason, , , filled, price]) =>
      [at, kind, position, follower, decision, reason, filled, price].join(" "),
  );
  return { outcomes, accounts: await read("accounts.csv") };
}

const BOTH = (words: string, filled: string): string[] => [
  words.replace("FOLLOWER", "hedging").concat(` ${filled}`),
  words.replace("FOLLOWER", "netting").concat(` ${filled}`),
];

test("a netting master's increase, reduction and reversal are copied, lot for lot", async () => {
  const { outcomes, accounts } = await play({
    mode: "netting",
    ticks: ["1000 1.10000 1.10000", "2000 1.10400 1.10400", "9000 1.10200 1.10200"],
    rows: [
      "1000,P1,open,EURUSD,buy,0.50,,,,,",
      "2000,P1,increase,,,0.30,,,,,",
      "3000,P1,reduce,,,0.20,,,,,",
      "4000,P2,open,EURUSD,sell,1.00,,,,,",
      "9000,P2,close,,,,,,,,",
    ],
  });
  expect(outcomes).toEqual([
    ...BOTH("1000 open P1 FOLLOWER copy ", "0.5 1.1"),
    ...BOTH("2000 increase P1 FOLLOWER copy ", "0.3 1.104"),
    ...BOTH("3000 reduce P1 FOLLOWER copy ", "0.2 1.104"),
    ...BOTH("4000 close P1 FOLLOWER copy ", "0.6 1.104"),
    ...BOTH("4000 open P2 FOLLOWER copy ", "0.4 1.104"),
    ...BOTH("9000 close P2 FOLLOWER copy ", "0.4 1.102"),
  ]);
  // Half a lot earns 200.00 to 1.104, and the 0.40 sold there 80.00 to 1.102.
  expect(accounts.map(([name, balance, , open]) => [name, balance, open])).toEqual([
    ["master", "100280.00", "0"],
    ["hedging", "100280.00", "0"],
    ["netting", "100280.00", "0"],
  ]);
});

type Move = "open" | "increase" | "reduce" | "turn" | "close";

function drawMove(turn: number, lots: number, steps: number): Move {
  if (lots === 0) return "open";
  if (turn < 0.35) return "increase";
  if (turn < 0.6 && steps < lots) return "reduce";
  return turn < 0.85 ? "turn" : "close";
}

/** Rows of a netting master that opens, adds, reduces, turns round and closes, by a seed. */
function nettingLife(seed: number, count: number) {
  const random = seededRandom(seed);
  const ticks: string[] = [];
  const rows: string[] = [];
  let [bid, side, lots, names] = [110_000, "buy", 0, 0];
  const row = (action: string, place: string, steps: number): void => {
    const volume = action === "close" ? "" : (steps / 100).toFixed(2);
    rows.push(`${ticks.length * 1000},P${names},${action},${place},${volume},,,,,`);
  };
  for (let index = 0; index < count; index += 1) {
    bid += integerBetween(random, -300, 300);
    ticks.push(`${(index + 1) * 1000} ${(bid / 1e5).toFixed(5)} ${((bid + 3) / 1e5).toFixed(5)}`);
    const steps = integerBetween(random, 1, 60);
    const move = drawMove(random.next(), lots, steps);
    if (move === "open" || move === "turn") {
      side = side === "buy" ? "sell" : "buy";
      names += 1;
      row("open", `EURUSD,${side}`, lots + steps);
      lots = steps;
    } else {
      row(move, ",", steps);
      lots = move === "close" ? 0 : lots + (move === "increase" ? steps : -steps);
    }
  }
  return { ticks, rows };
}

test.each([1, 2, 3])(
  "whatever a netting master does, who copies lot for lot ends where it ends, seed %i",
  async (seed) => {
    const { outcomes, accounts } = await play({ mode: "netting", ...nettingLife(seed, 60) });
    expect(new Set(outcomes.map((line) => line.split(" ")[1]))).toEqual(
      new Set(["open", "increase", "reduce", "close"]),
    );
    expect(outcomes.filter((line) => !line.includes(" copy  "))).toEqual([]);
    const [master, hedging, netting] = accounts.map(([, balance, equity]) => [balance, equity]);
    expect(netting).toEqual(master);
    // Its positions are closed one by one, each rounded to the cent.
    expect(Math.abs(Number(hedging?.[1]) - Number(master?.[1]))).toBeLessThan(0.5);
  },
);

test("a pending order is copied when it fills; changed, cancelled and expired ones are not", async () => {
  const { outcomes, accounts } = await play({
    mode: "hedging",
    ticks: [
      "1000 1.10000 1.10010",
      "2000 1.09480 1.09490",
      "3000 1.10100 1.10110",
      "4000 1.10490 1.10500",
      "9000 1.10500 1.10510",
    ],
    rows: [
      "1000,L1,place,EURUSD,buy,0.50,1.09000,1.10300,1.09500,,",
      "1000,S1,place,EURUSD,buy,0.20,,,1.10300,stop,",
      "1000,X1,place,EURUSD,sell,0.10,,,1.10400,,3500",
      "1000,X2,place,EURUSD,sell,0.10,,,1.10400,limit,",
      "2500,S1,change,,,,1.08000,,1.10450,,",
      "3000,X2,cancel,,,,,,,,",
      "9000,S1,close,,,,,,,,",
    ],
  });
  const skipped = (words: string): string[] =>
    BOTH(`${words} FOLLOWER skip PENDING_EXCLUDED`, "0 ");
  expect(outcomes).toEqual([
    ...["L1", "S1", "X1", "X2"].flatMap((name) => skipped(`1000 place ${name}`)),
    ...BOTH("2000 open L1 FOLLOWER copy ", "0.5 1.0949"),
    ...skipped("2500 change S1"),
    ...skipped("3000 cancel X2"),
    ...skipped("4000 cancel X1"),
    ...BOTH("4000 open S1 FOLLOWER copy ", "0.2 1.105"),
    ...BOTH("4000 close L1 FOLLOWER skip ALREADY_CLOSED", "0 "),
    ...BOTH("9000 close S1 FOLLOWER copy ", "0.2 1.105"),
  ]);
  expect(accounts.map(([name, , , open]) => [name, open])).toEqual([
    ["master", "0"],
    ["hedging", "0"],
    ["netting", "0"],
  ]);
});

test("who wants no pending orders is spared what they open, and copies the rest", async () => {
  const { outcomes } = await play({
    mode: "hedging",
    rules: { pendingOrders: "off" },
    ticks: ["1000 1.10000 1.10010", "2000 1.09480 1.09490", "9000 1.09600 1.09600"],
    rows: [
      "1000,L1,place,EURUSD,buy,0.50,,,1.09500,,",
      "1000,P1,open,EURUSD,buy,0.20,,,,,",
      "9000,L1,close,,,,,,,,",
      "9000,P1,close,,,,,,,,",
    ],
  });
  expect(outcomes).toEqual([
    ...BOTH("1000 place L1 FOLLOWER skip PENDING_EXCLUDED", "0 "),
    ...BOTH("1000 open P1 FOLLOWER copy ", "0.2 1.1001"),
    ...BOTH("2000 open L1 FOLLOWER skip PENDING_EXCLUDED", "0 "),
    ...BOTH("9000 close L1 FOLLOWER skip NEVER_OPENED", "0 "),
    ...BOTH("9000 close P1 FOLLOWER copy ", "0.2 1.096"),
  ]);
});

test("an index in euros is copied like any other symbol, and earns dollars at the rate of then", async () => {
  const { outcomes, accounts } = await play({
    mode: "hedging",
    ticks: ["900 1.10000 1.10000"],
    more: { GER40: ["1000 18000.00 18001.00", "2000 18011.00 18012.00"] },
    rows: ["1000,P1,open,GER40,buy,2,,,,,", "2000,P1,close,,,,,,,,"],
  });
  expect(outcomes).toEqual([
    ...BOTH("1000 open P1 FOLLOWER copy ", "2 18001"),
    ...BOTH("2000 close P1 FOLLOWER copy ", "2 18011"),
  ]);
  expect(accounts.map(([, balance]) => balance)).toEqual(Array(3).fill("100022.00"));
});

test.each([
  [
    ["1000,L1,place,EURUSD,buy,0.50,,,1.09500,,", "3000,L1,change,,,,,,1.09000,,"],
    "3: the order L1 has filled: found change, expected rows for a position",
  ],
  [
    ["1000,L1,place,EURUSD,buy,0.50,,,1.08,,", "3000,L1,close,,,,,,,,"],
    "3: the order L1 still waits for its price: found close, expected a change or a cancel",
  ],
  [
    ["1000,L1,place,EURUSD,buy,0.50,,,1.08,,1500", "3000,L1,cancel,,,,,,,,"],
    "3: the order L1 waits no longer: it expired",
  ],
  [
    ["1000,L1,place,EURUSD,buy,0.50,,,1.09500,stop,"],
    "2: the master's broker refuses the order: found INVALID_PRICE (10015)",
  ],
])("what only the run can tell is told by line, and nothing is written: %j", async (rows, said) => {
  const ticks = ["1000 1.10000 1.10010", "2000 1.09480 1.09490", "3000 1.10100 1.10110"];
  const error = await play({ mode: "hedging", ticks, rows }).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  const told = error instanceof InputError ? error.faults.map(formatFault) : [];
  expect(told).toEqual([expect.stringContaining(`trades.csv:${said}`)]);
  expect(await readdir(directory)).not.toContain("out");
});

test.each([
  [
    ["1000,L1,place,EURUSD,buy,0.50,,,1.08,,", "2000,P1,open,EURUSD,buy,0.10,,,,,"],
    '3: a netting master\'s pending order may not meet another of its symbol yet: found EURUSD beside the order "L1"',
  ],
  [
    ["1000,P1,open,EURUSD,buy,0.50,1.05,,,,", "2000,P2,open,EURUSD,buy,0.10,,,,,"],
    '3: a netting master holds one position a symbol: found an open of EURUSD beside the position "P1"',
  ],
])("and of a netting master: %j", async (rows, said) => {
  const ticks = ["1000 1.10000 1.10010", "3000 1.10100 1.10110"];
  const error = await play({ mode: "netting", ticks, rows }).then(
    () => null,
    (reason: unknown) => reason,
  );
  const told = error instanceof InputError ? error.faults.map(formatFault) : [];
  expect(told).toEqual([expect.stringContaining(`trades.csv:${said}`)]);
});
