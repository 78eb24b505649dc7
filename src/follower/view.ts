/**
 * One signal against one broker's market at one instant: everything a decision needs that is the
 * same for all followers there, worked out once and shared. A view lives for one batch of
 * decisions, in which neither clock nor market moves; it only ever adds to what it remembers.
 */
import { type Fixed, formatFixed, maxFixed, ONE } from "../domain/fixed.ts";
import { type Ratio, ratioToFixed } from "../domain/ratio.ts";
import { pointSize, type Quote, type SymbolSpec } from "../domain/symbol.ts";
import type { Side } from "../domain/trade.ts";
import type { Signal } from "../master/signal.ts";
import type { Market, Step } from "./decision.ts";
import type { Refusal } from "./refusal.ts";

/** A copy's stops: legal at the quote, or null where there is none. */
export type Stops = {
  readonly stopLoss: Fixed | null;
  readonly takeProfit: Fixed | null;
  /** The stop-loss before it was moved to a legal price. */
  readonly stopLossAsked: Fixed | null;
  readonly steps: readonly Step[];
};

/** The follower broker's symbol as a signal's side meets it. */
export type SymbolView = {
  readonly spec: SymbolSpec;
  readonly quote: Quote | null;
  /** The price of one point. */
  readonly point: Fixed;
  /** How near to the market a stop may be: the stop level, at the least one tick. */
  readonly stopDistance: Fixed;
  /** The smallest and largest order in whole steps. */
  readonly volumeMin: Fixed;
  readonly volumeMax: Fixed;
  readonly volumeStepText: string;
  /** The stops of an open by the rules' `stopsKey`, as far as they were asked for (stops.ts). */
  readonly openStops: Map<string, Stops | Refusal>;
};

type Rate = Ratio & { readonly text: string };

/** The master's sides of the ratio modes. */
export type RatioFigure = "equity" | "balance" | "freeMargin";

export type SignalView = {
  readonly signal: Signal;
  readonly market: Market;
  /** Whether it opens exposure: an open or an increase. */
  readonly opens: boolean;
  /** Milliseconds since the master's deal. */
  readonly ageMs: number;
  readonly volumeText: string;
  readonly figureText: Readonly<Record<RatioFigure, string>>;
  /** By the broker's own name; undefined where it has no such symbol. */
  symbol(name: string): SymbolView | undefined;
  /** Units of `to` for one `from`; null where it is not quoted. */
  rate(from: string, to: string): Rate | null;
  /** The step that says how old the signal is and how the price has moved. */
  priceStep(symbol: SymbolView, moved: Fixed): Step;
};

export function viewSignal(signal: Signal, market: Market): SignalView {
  const { equity, balance, freeMargin } = signal.figures;
  const ageMs = market.now - (signal.receivedAt - signal.ageAtReceiptMs);
  const symbols = new Map<string, SymbolView | undefined>();
  const rates = new Map<string, Rate | null>();
  const priceSteps = new Map<string, Step>();
  return {
    signal,
    market,
    opens: signal.kind === "open" || signal.kind === "increase",
    ageMs,
    volumeText: formatFixed(signal.volume),
    figureText: {
      equity: formatFixed(equity),
      balance: formatFixed(balance),
      freeMargin: formatFixed(freeMargin),
    },
    symbol: (name) => remembered(symbols, name, () => viewSymbol(name, market)),
    rate: (from, to) => remembered(rates, `${from}>${to}`, () => readRate(market, from, to)),
    priceStep: (symbol, moved) =>
      remembered(priceSteps, symbol.spec.name, () => ({
        step: "price",
        ageMs: String(ageMs),
        ...(signal.price === null ? {} : { masterPrice: formatFixed(signal.price) }),
        price: formatFixed(fillPrice(symbol, signal.side) ?? 0n),
        worsePoints: formatFixed((moved * ONE) / symbol.point),
      })),
  };
}

/** What an opening market order would pay or get now; null where nothing is quoted. */
export function fillPrice(symbol: SymbolView, side: Side): Fixed | null {
  if (symbol.quote === null) return null;
  return side === "buy" ? symbol.quote.ask : symbol.quote.bid;
}

export function remembered<T>(memory: Map<string, T>, key: string, make: () => T): T {
  const known = memory.get(key);
  if (known !== undefined || memory.has(key)) return known as T;
  const made = make();
  memory.set(key, made);
  return made;
}

/** Facts that nothing can be divided by are as good as none: a symbol without them is missing. */
function isUsable({ volumeStep, tickSize, contractSize }: SymbolSpec): boolean {
  return volumeStep > 0n && tickSize > 0n && contractSize > 0n;
}

function viewSymbol(name: string, market: Market): SymbolView | undefined {
  const spec = market.spec(name);
  if (spec === undefined || !isUsable(spec)) return undefined;
  const point = pointSize(spec);
  const step = spec.volumeStep;
  return {
    spec,
    quote: market.quote(name) ?? null,
    point,
    stopDistance: maxFixed(BigInt(spec.stopLevelPoints) * point, spec.tickSize),
    volumeMin: ((spec.volumeMin + step - 1n) / step) * step,
    volumeMax: (spec.volumeMax / step) * step,
    volumeStepText: formatFixed(step),
    openStops: new Map(),
  };
}

function readRate(market: Market, from: string, to: string): Rate | null {
  if (from === to) return { n: 1n, d: 1n, text: "1" };
  const rate = market.rate(from, to);
  if (rate === null || rate.n <= 0n) return null;
  return { ...rate, text: formatFixed(ratioToFixed(rate)) };
}
