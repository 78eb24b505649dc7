/**
 * The oracle's own follower: which lots a signal should lead to, from the words of the rules.
 * Steps of 0.01 lots from 0.01 to 100, orders above 100 lots split, at most 20 of them.
 */
import { z } from "zod";
import type { OutcomeCode, SkipReason } from "../domain/codes.ts";
import { divideHalfEven, type Fixed, minFixed, ONE, parseFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { Side } from "../domain/trade.ts";
import type { FollowerSetup } from "../replay/followers.ts";
import type { OutcomeRow } from "../replay/outputs.ts";
import { contractOf, type Fraction, OracleAccount, type OracleMarket } from "./oracle-account.ts";

type Base = {
  readonly at: Instant;
  readonly position: string;
  readonly symbol: string;
  readonly side: Side;
};
type Stops = { readonly stopLoss: Fixed | null; readonly takeProfit: Fixed | null };

export type OracleSignal = Base &
  (
    | ({
        readonly kind: "open";
        readonly price: Fixed;
        readonly volume: Fixed;
        /** The master's, before the deal. */
        readonly figures: {
          readonly balance: Fixed;
          readonly equity: Fixed;
          readonly currency: string;
        };
      } & Stops)
    | {
        readonly kind: "reduce";
        readonly price: Fixed;
        readonly before: Fixed;
        readonly after: Fixed;
      }
    | { readonly kind: "close"; readonly price: Fixed }
    | ({ readonly kind: "protect"; readonly price: null } & Stops)
  );

export type OracleOutcome = Pick<
  OutcomeRow,
  "decision" | "reason" | "wanted" | "sent" | "filled" | "price" | "outcome"
>;

const STEP: Fixed = 1_000_000n;
const MAXIMUM: Fixed = 100n * ONE;
const PARTS_MAX = 20n;

const stopRule = z
  .strictObject({ mode: z.enum(["copy-price", "copy-distance", "none"]) })
  .default({ mode: "copy-distance" });
const decimal = z.string().transform(parseFixed);
const KNOWN_RULES = z.strictObject({
  sizing: z
    .strictObject({
      mode: z
        .enum(["equity-ratio", "balance-ratio", "multiplier", "fixed-volume", "risk-percent"])
        .default("equity-ratio"),
      multiplier: decimal.default(ONE),
      volume: decimal.optional(),
      riskPercent: decimal.optional(),
    })
    .default({ mode: "equity-ratio", multiplier: ONE }),
  stops: z
    .strictObject({ stopLoss: stopRule, takeProfit: stopRule })
    .default({ stopLoss: { mode: "copy-distance" }, takeProfit: { mode: "copy-distance" } }),
  symbolMap: z
    .strictObject({
      suffix: z.string().default(""),
      pairs: z.array(z.strictObject({ from: z.string(), to: z.string() })).default([]),
    })
    .optional(),
});

/** What is held of one master position should be `target` lots; `held` is what our last act left. */
type Copied = { target: Fraction; held: Fixed };

export class OracleFollower {
  readonly account: OracleAccount;
  private readonly rules: z.output<typeof KNOWN_RULES>;
  private readonly copied = new Map<string, Copied>();
  private readonly market: OracleMarket;
  private readonly symbolSuffix: string;

  /** Throws where the rules say something that the oracle does not know. */
  constructor(setup: FollowerSetup, market: OracleMarket) {
    this.account = new OracleAccount(setup, market);
    this.rules = KNOWN_RULES.parse(setup.rulesJson);
    this.symbolSuffix = setup.symbolSuffix;
    this.market = market;
  }

  answer(signal: OracleSignal): OracleOutcome {
    if (signal.kind === "open") return this.open(signal);
    const copied = this.copied.get(signal.position);
    if (copied === undefined) return skip("NEVER_OPENED");
    if (this.held(signal.position) === 0n) return skip("ALREADY_CLOSED");
    if (signal.kind === "reduce") return this.reduce(signal, copied);
    if (signal.kind === "close") return this.close(signal);
    return this.protect(signal);
  }

  private held(position: string): Fixed {
    return this.account.holdings(position).reduce((sum, { volume }) => sum + volume, 0n);
  }

  private open(signal: OracleSignal & { readonly kind: "open" }): OracleOutcome {
    if (!this.hasSymbol(signal.symbol)) return skip("SYMBOL_MISSING");
    const size = this.size(signal);
    if (typeof size === "string") return skip(size);
    if (size.n <= 0n) return skip("NO_MONEY");
    const wanted = divideHalfEven(size.n, size.d);
    const volume = (size.n / (size.d * STEP)) * STEP;
    if (volume < STEP) return skip("BELOW_MIN_VOLUME", wanted);
    if ((volume + MAXIMUM - 1n) / MAXIMUM > PARTS_MAX) return skip("ABOVE_MAX_VOLUME", wanted);
    return this.send(signal, wanted, volume);
  }

  private send(
    signal: OracleSignal & { readonly kind: "open" },
    wanted: Fixed,
    volume: Fixed,
  ): OracleOutcome {
    const { position: copies, symbol, side } = signal;
    const stops = this.stopsFor(signal);
    let filled = 0n;
    for (let left = volume; left > 0n; left -= minFixed(left, MAXIMUM)) {
      const part = minFixed(left, MAXIMUM);
      if (this.account.open({ copies, symbol, side, volume: part, ...stops }) !== null) {
        filled += part;
      }
    }
    if (filled > 0n) this.copied.set(copies, { target: { n: filled, d: ONE }, held: filled });
    const outcome = filled === volume ? "done" : filled > 0n ? "partial" : "rejected";
    const reason: OutcomeCode | null = outcome === "rejected" ? "NO_MONEY" : null;
    const price = filled > 0n ? this.market.price(symbol, side, "open") : null;
    return { decision: "copy", reason, wanted, sent: volume, filled, price, outcome };
  }

  /** The broker has the symbols of the ticks, each with the follower's suffix. */
  private hasSymbol(symbol: string): boolean {
    const { symbolMap } = this.rules;
    if (symbolMap === undefined) return true;
    const pair = symbolMap.pairs.find(({ from }) => from === symbol);
    const name = pair?.to ?? symbol + symbolMap.suffix;
    if (name === symbol + this.symbolSuffix) return true;
    for (const known of this.market.quotes.keys()) {
      if (name === known + this.symbolSuffix) throw new RangeError(`maps ${symbol} to ${name}`);
    }
    return false;
  }

  /** Lots before rounding as a fraction of 1e-8 lots. */
  private size(signal: OracleSignal & { readonly kind: "open" }): Fraction | SkipReason {
    const { mode, multiplier, volume, riskPercent } = this.rules.sizing;
    if (mode === "fixed-volume") return { n: volume ?? 0n, d: 1n };
    if (mode === "multiplier") return { n: signal.volume * multiplier, d: ONE };
    if (mode === "risk-percent") return this.sizeByRisk(signal, riskPercent ?? 0n);
    const [own, master] =
      mode === "equity-ratio"
        ? [this.account.equity, signal.figures.equity]
        : [this.account.balance, signal.figures.balance];
    if (master <= 0n) return "NO_FIGURES";
    const rate = this.market.rate(signal.figures.currency, this.account.currency);
    if (rate === null) return "NO_PRICE";
    return { n: signal.volume * own * multiplier * rate.d, d: master * rate.n * ONE };
  }

  /** risk% of the equity / what one lot loses on the way from the fill to the stop-loss. */
  private sizeByRisk(
    signal: OracleSignal & { readonly kind: "open" },
    riskPercent: Fixed,
  ): Fraction | SkipReason {
    const { stopLoss } = this.stopsFor(signal);
    if (stopLoss === null) return "NO_STOP_LOSS";
    const fill = this.market.price(signal.symbol, signal.side, "open");
    const distance = signal.side === "buy" ? fill - stopLoss : stopLoss - fill;
    if (distance <= 0n) return "INVALID_STOPS";
    const rate = this.market.rate(signal.symbol.slice(3), this.account.currency);
    if (rate === null) return "NO_PRICE";
    return {
      n: riskPercent * this.account.equity * rate.d,
      d: 100n * distance * contractOf(signal.symbol) * rate.n,
    };
  }

  private stopsFor({ stopLoss, takeProfit, symbol }: Stops & { readonly symbol: string }): Stops {
    const { stops } = this.rules;
    return {
      stopLoss: stops.stopLoss.mode === "none" ? null : toTick(stopLoss, symbol),
      takeProfit: stops.takeProfit.mode === "none" ? null : toTick(takeProfit, symbol),
    };
  }

  /** Holds the target to the nearest step, ties down, and never buys. */
  private reduce(
    { position, symbol, side, before, after }: OracleSignal & { readonly kind: "reduce" },
    copied: Copied,
  ): OracleOutcome {
    const held = this.held(position);
    // What a stop-out took meanwhile of a split copy counts like a close by the follower's hand.
    copied.target = {
      n: copied.target.n * after * held,
      d: copied.target.d * before * copied.held,
    };
    copied.held = held;
    const { n, d } = copied.target;
    // In units of 1e-8 lots the target is n · ONE / d: rounded half down to a step of 1e6.
    const steps = (2n * n * ONE - d * STEP + 2n * d * STEP - 1n) / (2n * d * STEP);
    const keep = minFixed(held, steps * STEP);
    const excess = divideHalfEven(held * d - n * ONE, d);
    const wanted = excess > 0n ? excess : 0n;
    const volume = held - keep;
    if (volume === 0n) return skip("BELOW_VOLUME_STEP", wanted);
    let left = volume;
    for (const own of this.account.holdings(position)) {
      const part = minFixed(left, own.volume);
      if (part > 0n) this.account.close(own, part);
      left -= part;
    }
    copied.held = held - volume;
    return done(wanted, volume, this.market.price(symbol, side, "close"));
  }

  private close({ position, symbol, side }: OracleSignal): OracleOutcome {
    const held = this.held(position);
    for (const own of this.account.holdings(position)) this.account.close(own, own.volume);
    return done(held, held, this.market.price(symbol, side, "close"));
  }

  private protect(signal: OracleSignal & { readonly kind: "protect" }): OracleOutcome {
    const { stops } = this.rules;
    if (stops.stopLoss.mode === "none" && stops.takeProfit.mode === "none") {
      return skip("STOPS_LOCKED");
    }
    for (const own of this.account.holdings(signal.position)) {
      Object.assign(own, this.stopsFor(signal));
    }
    return done(null, 0n, null);
  }
}

function toTick(price: Fixed | null, symbol: string): Fixed | null {
  const tick = symbol === "XAUUSD" ? 100_000n : 1_000n;
  return price === null ? null : divideHalfEven(price, tick) * tick;
}

function skip(reason: SkipReason, wanted: Fixed | null = null): OracleOutcome {
  return { decision: "skip", reason, wanted, sent: 0n, filled: 0n, price: null, outcome: null };
}

function done(wanted: Fixed | null, volume: Fixed, price: Fixed | null): OracleOutcome {
  return {
    decision: "copy",
    reason: null,
    wanted,
    sent: volume,
    filled: volume,
    price,
    outcome: "done",
  };
}
