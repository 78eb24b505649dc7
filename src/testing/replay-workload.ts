/**
 * Seeded scripts and followers for the replay: legal rows that exercise every action and, within
 * the reach of the oracle, every sizing. What a master's own stop makes illegal is left out by
 * asking the oracle, so that a made script always runs.
 */
import { type Fixed, formatFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { Side } from "../domain/trade.ts";
import type { TickSeries } from "../gateway/simulator/tick-file.ts";
import { integerBetween, type Random, seededRandom } from "../platform/random.ts";
import { type FollowersFile, parseFollowers } from "../replay/followers.ts";
import { parseScript, SCRIPT_COLUMNS, type ScriptSymbol } from "../replay/script.ts";
import { replayOracle } from "./replay-oracle.ts";

const LOT: Fixed = 1_000_000n;

/** Facts of the simulator's symbols for the script's checks, by symbol. */
export function scriptSymbols(series: readonly TickSeries[]): Map<string, ScriptSymbol> {
  const facts = { volumeMin: LOT, volumeStep: LOT, volumeMax: 10_000n * LOT };
  return new Map(
    series.map(({ symbol, times }) => [symbol, { ...facts, firstQuoteAt: times[0] ?? 0 }]),
  );
}

/** followers.json with `count` followers of all kinds that the oracle knows. */
function makeFollowers(count: number, seed: number): string {
  const random = seededRandom(seed);
  const followers = Array.from({ length: count }, (_, index) => ({
    name: `follower ${String(index + 1).padStart(3, "0")}${index % 7 === 3 ? ', "quoted"' : ""}`,
    ...(index % 5 === 4 ? makeGambler(random) : makeSaver(random)),
    positionMode: "hedging",
    symbolSuffix: pick(random, ["", ".a", ".vip"]),
  }));
  // A poor master is stopped out now and then; a rich one lives to the end.
  const balance = pick(random, ["50000.00", "1100.00"]);
  const master = { currency: "USD", balance, leverage: "500", positionMode: "hedging" };
  return `${JSON.stringify({ master, followers }, null, 2)}\n`;
}

function makeSaver(random: Random): Record<string, unknown> {
  return {
    currency: pick(random, ["USD", "USD", "EUR", "NZD"]),
    balance: `${integerBetween(random, 50, 60_000)}.${integerBetween(random, 10, 99)}`,
    leverage: pick(random, ["30", "100", "500"]),
    rules: makeRules(random),
  };
}

/** Too large for its balance and without stops: sooner or later it is stopped out. */
function makeGambler(random: Random): Record<string, unknown> {
  return {
    currency: pick(random, ["USD", "EUR"]),
    balance: `${integerBetween(random, 120, 260)}.00`,
    leverage: "500",
    rules: {
      sizing: { mode: "fixed-volume", volume: pick(random, ["0.4", "0.25"]) },
      stops: { stopLoss: { mode: "none" }, takeProfit: { mode: "none" } },
    },
  };
}

function makeRules(random: Random): Record<string, unknown> {
  const sizing = pick<Record<string, string>>(random, [
    { mode: "equity-ratio" },
    { mode: "equity-ratio", multiplier: "2.5" },
    { mode: "balance-ratio", multiplier: "0.7" },
    { mode: "multiplier", multiplier: "0.33" },
    { mode: "fixed-volume", volume: "0.07" },
    { mode: "risk-percent", riskPercent: "0.8" },
  ]);
  const stops = pick<Record<string, unknown>>(random, [
    {},
    {},
    { stopLoss: { mode: "none" } },
    { stopLoss: { mode: "none" }, takeProfit: { mode: "none" } },
    { stopLoss: { mode: "copy-price" } },
  ]);
  return { sizing, stops };
}

export type Workload = {
  readonly trades: string;
  readonly followers: string;
  readonly accounts: FollowersFile;
};

/** trades.csv of at most `rows` rows over the ticks, with followers for it. */
export function makeWorkload(
  series: readonly TickSeries[],
  plan: { readonly rows: number; readonly followers: number; readonly seed: number },
): Workload {
  const followers = makeFollowers(plan.followers, plan.seed);
  const accounts = parseFollowers("followers.json", followers);
  const context = { positionMode: accounts.master.positionMode, symbols: scriptSymbols(series) };
  let lines = new ScriptMaker(series, seededRandom(plan.seed + 1)).make(plan.rows);
  for (;;) {
    const trades = `${[SCRIPT_COLUMNS.join(","), ...lines].join("\n")}\n`;
    const script = parseScript("trades.csv", trades, context);
    const master = { ...accounts, followers: [] };
    const { refused } = replayOracle({ series, script, accounts: master });
    if (refused.length === 0) return { trades, followers, accounts };
    lines = withoutRefused(lines, new Set(refused.map(({ line }) => line)));
  }
}

/** A refused open takes its position's later rows with it. */
function withoutRefused(lines: readonly string[], refused: ReadonlySet<number>): string[] {
  const gone = new Set<string>();
  return lines.filter((line, index) => {
    const [, position = "", action] = line.split(",");
    const isRefused = refused.has(index + 2) || gone.has(position);
    if (isRefused && action === "open") gone.add(position);
    return !isRefused;
  });
}

type Open = { readonly name: string; readonly symbol: string; readonly side: Side; rest: bigint };

class ScriptMaker {
  private readonly open: Open[] = [];
  private readonly lines: string[] = [];
  private readonly series: readonly TickSeries[];
  private readonly random: Random;
  private opened = 0;

  constructor(series: readonly TickSeries[], random: Random) {
    this.series = series;
    this.random = random;
  }

  make(rows: number): string[] {
    const from = Math.max(...this.series.map(({ times }) => times[0] ?? 0));
    const to = Math.min(...this.series.map(({ times }) => times.at(-1) ?? 0));
    const times = Array.from({ length: rows }, () => integerBetween(this.random, from, to));
    for (const at of times.sort((a, b) => a - b)) this.add(at);
    return this.lines;
  }

  private add(at: Instant): void {
    const kind = this.random.next();
    const index = integerBetween(this.random, 0, Math.max(0, this.open.length - 1));
    const position = this.open[index];
    if (position === undefined || (kind < 0.45 && this.open.length < 8)) this.addOpen(at);
    else if (kind < 0.65 && position.rest > 1n) this.addReduce(at, position);
    else if (kind < 0.8) this.addProtect(at, position);
    else this.addClose(at, index, position);
  }

  private addOpen(at: Instant): void {
    this.opened += 1;
    const { symbol } = pick(this.random, this.series);
    const side = pick<Side>(this.random, ["buy", "sell"]);
    const lots = integerBetween(this.random, 1, symbol === "XAUUSD" ? 120 : 150);
    const open = { name: `P${this.opened}`, symbol, side, rest: BigInt(lots) };
    const [stop, profit] = [this.stop(at, open, 1), this.stop(at, open, -1)];
    const volume = formatFixed(open.rest * LOT);
    this.open.push(open);
    this.lines.push([at, open.name, "open", symbol, side, volume, stop, profit].join(","));
  }

  private addReduce(at: Instant, position: Open): void {
    const lots = BigInt(integerBetween(this.random, 1, Number(position.rest) - 1));
    position.rest -= lots;
    this.lines.push(`${at},${position.name},reduce,,,${formatFixed(lots * LOT)},,`);
  }

  private addProtect(at: Instant, position: Open): void {
    const { name, symbol, side } = position;
    const stop = this.stop(at, position, 1);
    const profit = this.stop(at, position, -1) || "0";
    this.lines.push(`${at},${name},protect,${symbol},${side},,${stop},${profit}`);
  }

  private addClose(at: Instant, index: number, { name, symbol, side }: Open): void {
    this.open.splice(index, 1);
    this.lines.push(`${at},${name},close,${symbol},${side},,,`);
  }

  /** A stop some way from the bid in force, on the losing (1) or winning (-1) side; or none. */
  private stop(at: Instant, { symbol, side }: Open, direction: 1 | -1): string {
    if (this.random.next() < 0.35) return "";
    const series = this.series.find((one) => one.symbol === symbol);
    const index = Math.max(0, (series?.times.findIndex((time) => time > at) ?? 1) - 1);
    const tick = symbol === "XAUUSD" ? 100_000 : 1_000;
    const points = integerBetween(this.random, 5, 60) * (symbol === "XAUUSD" ? 100 : 4);
    const away = (side === "buy" ? -direction : direction) * points * tick;
    return formatFixed(BigInt((series?.bids[index] ?? 0) + away));
  }
}

function pick<T>(random: Random, list: readonly T[]): T {
  const item = list[integerBetween(random, 0, list.length - 1)];
  if (item === undefined) throw new RangeError("nothing to pick from");
  return item;
}
