/**
 * The auditor of the replay: what outcomes.csv and accounts.csv must say, computed anew from the
 * ticks, the script and the followers, in plain integers and without a line of the pipeline.
 *
 * Its reach: hedging accounts, no latency, no faults, no commission; sizing by equity-ratio,
 * balance-ratio, multiplier, fixed-volume and risk-percent; stops by copy-price, copy-distance
 * (the same thing where both sides trade the same quote) and none; symbolMap. Any other rule is
 * refused, so that nothing is audited by half.
 *
 * At one instant: ticks, stop-outs, touched stops, then the master's own closes as signals, then
 * script rows. A protect row that changes nothing is no event at a broker and so no signal.
 */
import type { Instant } from "../domain/instant.ts";
import type { Side } from "../domain/trade.ts";
import type { TickSeries } from "../gateway/simulator/tick-file.ts";
import type { FollowersFile } from "../replay/followers.ts";
import type { AccountRow, OutcomeRow } from "../replay/outputs.ts";
import type { OpenRow, ScriptRow } from "../replay/script.ts";
import {
  type Ended,
  OracleAccount,
  OracleMarket,
  type OraclePosition,
  type OracleQuote,
  oracleQuote,
} from "./oracle-account.ts";
import { OracleFollower, type OracleSignal } from "./oracle-follower.ts";

export type OracleInput = {
  readonly series: readonly TickSeries[];
  readonly script: readonly ScriptRow[];
  readonly accounts: FollowersFile;
};

export type OracleAnswer = {
  readonly outcomes: readonly OutcomeRow[];
  readonly master: AccountRow;
  readonly followers: readonly AccountRow[];
  /** Positions closed for want of margin, of the master and of the followers. */
  readonly stopOuts: { readonly master: number; readonly followers: number };
  /** Rows that the master cannot carry out: bad input, found on the way. */
  readonly refused: ReadonlyArray<{ readonly line: number; readonly wrong: string }>;
};

export function replayOracle(input: OracleInput): OracleAnswer {
  return new Oracle(input).run();
}

type Quotes = ReadonlyMap<string, OracleQuote>;

class Oracle {
  private readonly market = new OracleMarket();
  private readonly master: OracleAccount;
  private readonly followers: readonly OracleFollower[];
  private readonly outcomes: OutcomeRow[] = [];
  private readonly refused: Array<{ readonly line: number; readonly wrong: string }> = [];
  private readonly input: OracleInput;
  private signals = 0;

  constructor(input: OracleInput) {
    this.input = input;
    const { master, followers } = input.accounts;
    if ([master, ...followers].some(({ positionMode }) => positionMode !== "hedging")) {
      throw new RangeError("the oracle knows hedging accounts only");
    }
    this.master = new OracleAccount({ name: "master", ...master }, this.market);
    this.followers = followers.map((setup) => new OracleFollower(setup, this.market));
  }

  run(): OracleAnswer {
    const { script } = this.input;
    let row = 0;
    const runUntil = (before: Instant): void => {
      for (let next = script[row]; next !== undefined && next.at < before; next = script[row]) {
        this.carryOut(next);
        row += 1;
      }
    };
    for (const { at, quotes } of this.instants()) {
      runUntil(at);
      this.settle(at, quotes);
    }
    runUntil(Number.POSITIVE_INFINITY);
    return {
      outcomes: this.outcomes,
      master: accountRow(this.master),
      followers: this.followers.map(({ account }) => accountRow(account)),
      stopOuts: {
        master: this.master.stopOuts,
        followers: this.followers.reduce((sum, { account }) => sum + account.stopOuts, 0),
      },
      refused: this.refused,
    };
  }

  /** The quotes of each instant in turn. */
  private *instants(): Generator<{ readonly at: Instant; readonly quotes: Quotes }> {
    const feeds = this.input.series.map((series) => ({ series, next: 0 }));
    for (;;) {
      const due = feeds.map(({ series, next }) => series.times[next] ?? Number.POSITIVE_INFINITY);
      const at = Math.min(...due);
      if (at === Number.POSITIVE_INFINITY) return;
      const quotes = new Map<string, OracleQuote>();
      for (const feed of feeds.filter((_, index) => due[index] === at)) {
        const { symbol, bids, asks } = feed.series;
        quotes.set(symbol, oracleQuote(bids[feed.next] ?? 0, asks[feed.next] ?? 0));
        feed.next += 1;
      }
      yield { at, quotes };
    }
  }

  private settle(at: Instant, quotes: Quotes): void {
    for (const [symbol, quote] of quotes) this.market.set(symbol, quote);
    const accounts = this.followers.map(({ account }) => account);
    const masterEnded = this.master.stopOut();
    for (const account of accounts) account.stopOut();
    for (const symbol of quotes.keys()) {
      masterEnded.push(...this.master.touchStops(symbol));
      for (const account of accounts) account.touchStops(symbol);
    }
    for (const ended of masterEnded) this.tellEnd(at, ended);
  }

  private tellEnd(at: Instant, { position, price }: Ended): void {
    const { copies, symbol, side } = position;
    this.tell({ kind: "close", at, position: copies, symbol, side, price });
  }

  private carryOut(row: ScriptRow): void {
    if (row.action === "open") this.open(row);
    else this.change(row);
  }

  private change(row: Exclude<ScriptRow, OpenRow>): void {
    const [own] = this.master.holdings(row.position);
    const { at, position, symbol, side } = row;
    const base = { at, position, symbol, side };
    if (own === undefined) {
      this.refuse(row, "the position is already closed");
    } else if (row.action === "close") {
      this.tell({ ...base, kind: "close", price: this.master.close(own, own.volume).price });
    } else if (row.action === "reduce") {
      const before = own.volume;
      const { price } = this.master.close(own, row.volume);
      this.tell({ ...base, kind: "reduce", price, before, after: own.volume });
    } else if (row.action === "protect") this.protect(row, own);
    else throw new RangeError(`the oracle does not know the action ${row.action}`);
  }

  private protect(row: ScriptRow & { readonly action: "protect" }, own: OraclePosition): void {
    const stopLoss = row.stopLoss === "unchanged" ? own.stopLoss : row.stopLoss;
    const takeProfit = row.takeProfit === "unchanged" ? own.takeProfit : row.takeProfit;
    if (stopLoss === own.stopLoss && takeProfit === own.takeProfit) return;
    const { at, position, symbol, side } = row;
    if (!this.areLegal(symbol, side, { stopLoss, takeProfit })) {
      this.refuse(row, "the stops are not legal");
      return;
    }
    Object.assign(own, { stopLoss, takeProfit });
    this.tell({ at, position, symbol, side, kind: "protect", price: null, stopLoss, takeProfit });
  }

  private open(row: OpenRow): void {
    const { at, position, symbol, side, volume, stopLoss, takeProfit } = row;
    const { balance, equity, currency } = this.master;
    const figures = { balance, equity, currency };
    const isLegal = this.areLegal(symbol, side, row);
    const order = { copies: position, symbol, side, volume, stopLoss, takeProfit };
    const price = isLegal ? this.master.open(order) : null;
    if (price === null) {
      this.refuse(row, isLegal ? "the free margin does not suffice" : "the stops are not legal");
      return;
    }
    const base = { at, position, symbol, side, volume, stopLoss, takeProfit };
    this.tell({ ...base, kind: "open", price, figures });
  }

  private areLegal(symbol: string, side: Side, stops: Pick<OpenRow, "stopLoss" | "takeProfit">) {
    const price = this.market.price(symbol, side, "close");
    const sign = side === "buy" ? 1n : -1n;
    const { stopLoss, takeProfit } = stops;
    const isLossLegal = stopLoss === null || (price - stopLoss) * sign > 0n;
    return isLossLegal && (takeProfit === null || (takeProfit - price) * sign > 0n);
  }

  private refuse(row: ScriptRow, wrong: string): void {
    this.refused.push({ line: row.line, wrong });
  }

  private tell(signal: OracleSignal): void {
    this.signals += 1;
    const { at, kind, position, symbol, price: masterPrice } = signal;
    const base = { signal: this.signals, at, kind, position, symbol, masterPrice };
    for (const follower of this.followers) {
      const answer = follower.answer(signal);
      this.outcomes.push({ ...base, follower: follower.account.name, ...answer });
    }
  }
}

function accountRow(account: OracleAccount): AccountRow {
  const { name, balance, equity, positions, deals, profit } = account;
  return { account: name, balance, equity, openPositions: positions.length, deals, profit };
}
