/**
 * One signal against one broker's market at one instant: everything a decision needs that is the
 * same for all followers there, worked out once and shared. A view lives for one batch of
 * decisions, in which neither clock nor market moves; it only ever adds to what it remembers.
 */
import { type Fixed, formatFixed, maxFixed, ONE } from "../domain/fixed.ts";
import { type Ratio, ratioToFixed } from "../domain/ratio.ts";
import { pointSize, type Quote, type SymbolSpec, unitsPerLot } from "../domain/symbol.ts";
import type { Signal } from "../master/signal.ts";
import type { Market } from "./decision.ts";
import type { EntryView } from "./entry.ts";

/** The follower broker's symbol. */
export type SymbolView = {
  readonly spec: SymbolSpec;
  readonly quote: Quote | null;
  /** The price of one point. */
  readonly point: Fixed;
  /** What one lot gains when the price rises by one, in the profit currency. */
  readonly units: Fixed;
  /** How near to the market a stop may be: the stop or freeze level, at the least one tick. */
  readonly stopDistance: Fixed;
  /** The smallest and largest order in whole steps. */
  readonly volumeMin: Fixed;
  readonly volumeMax: Fixed;
  readonly volumeStepText: string;
  /** How the signal's sides meet it, as far as they were asked for (entry.ts). */
  readonly entries: Map<string, EntryView>;
};

export type Rate = Ratio & { readonly text: string };

/** The master's sides of the ratio modes. */
export type RatioFigure = "equity" | "balance" | "freeMargin";

export type SignalView = {
  readonly signal: Signal;
  readonly market: Market;
  /** Whether it opens exposure: an open or an increase. */
  readonly opens: boolean;
  /** Milliseconds since the master's deal; of an existing position, since it was first seen. */
  readonly ageMs: number;
  readonly volumeText: string;
  readonly figureText: Readonly<Record<RatioFigure, string>>;
  /** By the broker's own name; undefined where it has no such symbol. */
  symbol(name: string): SymbolView | undefined;
  /** Units of `to` for one `from`; null where it is not quoted. */
  rate(from: string, to: string): Rate | null;
  /** What is the same for all followers with equal rules, by a key that names the rule. */
  readonly answers: Map<string, unknown>;
};

export function viewSignal(signal: Signal, market: Market): SignalView {
  const { equity, balance, freeMargin } = signal.figures;
  const age = market.now - signal.receivedAt;
  const symbols = new Map<string, SymbolView | undefined>();
  const rates = new Map<string, Rate | null>();
  return {
    signal,
    market,
    opens: signal.kind === "open" || signal.kind === "increase",
    ageMs: signal.existing ? age : age + signal.ageAtReceiptMs,
    volumeText: formatFixed(signal.volume),
    figureText: {
      equity: formatFixed(equity),
      balance: formatFixed(balance),
      freeMargin: formatFixed(freeMargin),
    },
    symbol: (name) => remembered(symbols, name, () => viewSymbol(name, market)),
    rate: (from, to) => remembered(rates, `${from}>${to}`, () => readRate(market, from, to)),
    answers: new Map(),
  };
}

export function remembered<T>(memory: Map<string, T>, key: string, make: () => T): T {
  const known = memory.get(key);
  if (known !== undefined || memory.has(key)) return known as T;
  const made = make();
  memory.set(key, made);
  return made;
}

/** Facts that nothing can be divided by are as good as none: a symbol without them is missing. */
function isUsable(spec: SymbolSpec): boolean {
  return spec.volumeStep > 0n && spec.tickSize > 0n && unitsPerLot(spec) > 0n;
}

function viewSymbol(name: string, market: Market): SymbolView | undefined {
  const spec = market.spec(name);
  if (spec === undefined || !isUsable(spec)) return undefined;
  const point = pointSize(spec);
  const step = spec.volumeStep;
  const level = BigInt(Math.max(spec.stopLevelPoints, spec.freezeLevelPoints));
  return {
    spec,
    quote: market.quote(name) ?? null,
    point,
    units: unitsPerLot(spec),
    stopDistance: maxFixed(level * point, spec.tickSize),
    volumeMin: ((spec.volumeMin + step - 1n) / step) * step,
    volumeMax: (spec.volumeMax / step) * step,
    volumeStepText: formatFixed(step),
    entries: new Map(),
  };
}

function readRate(market: Market, from: string, to: string): Rate | null {
  if (from === to) return { n: 1n, d: 1n, text: "1" };
  const rate = market.rate(from, to);
  if (rate === null || rate.n <= 0n) return null;
  return { ...rate, text: formatFixed(ratioToFixed(rate)) };
}

/** One lot's notional, units × mid price, in a currency, as a fraction of Fixed; null: no price. */
export function notionalPerLot(
  view: SignalView,
  symbol: SymbolView,
  currency: string,
): Ratio | null {
  return remembered(
    view.answers as Map<string, Ratio | null>,
    `notional ${symbol.spec.name} ${currency}`,
    () => {
      const rate = view.rate(symbol.spec.profitCurrency, currency);
      if (rate === null || symbol.quote === null) return null;
      const twiceMid = symbol.quote.bid + symbol.quote.ask;
      return { n: symbol.units * twiceMid * rate.n, d: 2n * ONE * rate.d };
    },
  );
}
