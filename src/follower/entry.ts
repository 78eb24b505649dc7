/**
 * How one side of a follower's symbol meets a signal: the price an order would fill at, and the
 * master's prices in the follower's terms. A reversed copy takes the other side, and its stop-loss
 * from the master's take-profit; a mapped price factor scales every price of the master.
 */
import { type Fixed, formatFixed, maxFixed, multiply, ONE } from "../domain/fixed.ts";
import { opposite, type Side } from "../domain/trade.ts";
import type { Signal } from "../master/signal.ts";
import type { Step } from "./decision.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { remembered, type SignalView, type SymbolView } from "./view.ts";

/** A copy's stops: legal at the quote, or null where there is none. */
export type Stops = {
  readonly stopLoss: Fixed | null;
  readonly takeProfit: Fixed | null;
  /** The stop-loss before it was moved to a legal price. */
  readonly stopLossAsked: Fixed | null;
  readonly steps: readonly Step[];
};

/** Master's over own units in a lot, price factor included; the facts are there where it is not 1. */
export type Contracts = {
  readonly n: bigint;
  readonly d: bigint;
  readonly facts: Readonly<Record<string, string>> | null;
};

export const SAME_CONTRACT: Contracts = { n: 1n, d: 1n, facts: null };

/** The master's prices as the follower's stop-loss and take-profit would take them. */
export type MasterPrices = {
  readonly price: Fixed | null;
  readonly stopLoss: Fixed | null;
  readonly takeProfit: Fixed | null;
};

export type EntryView = {
  readonly symbol: SymbolView;
  /** The follower's side. */
  readonly side: Side;
  readonly reversed: boolean;
  /** What an opening market order would pay or get now; null where nothing is quoted. */
  readonly fill: Fixed | null;
  readonly master: MasterPrices;
  readonly priceFactor: Fixed | null;
  /** How much worse than the master's the own price is; zero where it is as good or better. */
  readonly worse: Fixed;
  readonly contracts: Contracts;
  /** Says how old the signal is and how the price has moved. */
  readonly priceStep: Step;
  /** Where the master's broker and the own one do not mean the same thing. */
  readonly mismatch: Refusal | null;
  /** The stops of an open by the rules' `stopsKey`, as far as they were asked for (stops.ts). */
  readonly stops: Map<string, Stops | Refusal>;
};

/** Mids of the two brokers may differ by one part in this: 0.5 %. */
const MISMATCH_PART = 200n;

export function entryOf(
  view: SignalView,
  symbol: SymbolView,
  side: Side,
  priceFactor: Fixed | null = null,
): EntryView {
  const key = priceFactor === null ? side : `${side} ${priceFactor}`;
  return remembered(symbol.entries, key, () => makeEntry(view, symbol, side, priceFactor));
}

/** The side of a copy of the signal. */
export function ownSide(signal: Signal, reverse: boolean): Side {
  return reverse ? opposite(signal.side) : signal.side;
}

function makeEntry(
  view: SignalView,
  symbol: SymbolView,
  side: Side,
  priceFactor: Fixed | null,
): EntryView {
  const { signal } = view;
  const reversed = side !== signal.side;
  const master = masterPrices(signal, reversed, priceFactor);
  const fill = symbol.quote === null ? null : side === "buy" ? symbol.quote.ask : symbol.quote.bid;
  const worse = worseBy(side, fill, master.price);
  return {
    symbol,
    side,
    reversed,
    fill,
    master,
    priceFactor,
    worse,
    contracts: contractsOf(signal, symbol, priceFactor),
    priceStep: {
      step: "price",
      ageMs: String(view.ageMs),
      ...(master.price === null ? {} : { masterPrice: formatFixed(master.price) }),
      price: formatFixed(fill ?? 0n),
      worsePoints: formatFixed((worse * ONE) / symbol.point),
    },
    mismatch: mismatchOf(view, symbol, priceFactor),
    stops: new Map(),
  };
}

export function scaled(price: Fixed | null, factor: Fixed | null): Fixed | null {
  return price === null || factor === null ? price : multiply(price, factor);
}

function masterPrices(signal: Signal, reversed: boolean, factor: Fixed | null): MasterPrices {
  const price = scaled(signal.price, factor);
  const stopLoss = scaled(signal.stopLoss, factor);
  const takeProfit = scaled(signal.takeProfit, factor);
  return reversed
    ? { price, stopLoss: takeProfit, takeProfit: stopLoss }
    : { price, stopLoss, takeProfit };
}

function worseBy(side: Side, own: Fixed | null, master: Fixed | null): Fixed {
  if (own === null || master === null) return 0n;
  return maxFixed(0n, side === "buy" ? own - master : master - own);
}

function contractsOf(signal: Signal, { units }: SymbolView, factor: Fixed | null): Contracts {
  if (factor === null && signal.contractSize === units) return SAME_CONTRACT;
  return {
    n: signal.contractSize * ONE,
    d: units * (factor ?? ONE),
    facts: {
      masterContract: formatFixed(signal.contractSize),
      ownContract: formatFixed(units),
      ...(factor === null ? {} : { priceFactor: formatFixed(factor) }),
    },
  };
}

/** Two mids that lie further apart are not the same thing: a factor is missing, or the symbol is another. */
function mismatchOf(view: SignalView, { spec, quote }: SymbolView, factor: Fixed | null) {
  const theirs = view.market.masterQuote?.(view.signal.symbol);
  if (theirs === undefined || quote === null) return null;
  const master = scaled(theirs.bid + theirs.ask, factor) ?? 0n;
  const own = quote.bid + quote.ask;
  const gap = own > master ? own - master : master - own;
  if (gap * MISMATCH_PART <= master) return null;
  return refuse("NO_PRICE", {
    step: "symbol",
    symbol: spec.name,
    mid: formatFixed(own / 2n),
    masterMid: formatFixed(master / 2n),
  });
}
