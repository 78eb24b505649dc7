/**
 * A master's pending order as the follower's own: its type, price and stops. A mapped price factor
 * scales every price, and each is a whole tick. A reversed copy waits at the same price for the
 * other side, which makes a stop order of a limit order and the other way round; a stop-limit order
 * has no such counterpart.
 * Invariants: the order waits on the side of the market that its type says, no nearer than the stop
 * level; its stops are legal from the price at which it would open.
 */
import { divideHalfEven, type Fixed, formatFixed } from "../domain/fixed.ts";
import type { OrderType, PendingTerms } from "../domain/pending-order.ts";
import type { FollowerState, Step } from "./decision.ts";
import { type EntryView, type Stops, scaled } from "./entry.ts";
import { isRefusal, type Refusal, refuse } from "./refusal.ts";
import { stopsForOpen } from "./stops.ts";
import type { SignalView, SymbolView } from "./view.ts";

export type OrderView = {
  readonly terms: PendingTerms;
  readonly stops: Stops;
  /** As though it filled at its own price now. */
  readonly entry: EntryView;
  readonly step: Step;
};

const REVERSED: Readonly<Partial<Record<OrderType, OrderType>>> = {
  "buy-limit": "sell-stop",
  "sell-limit": "buy-stop",
  "buy-stop": "sell-limit",
  "sell-stop": "buy-limit",
};

export function orderView(
  view: SignalView,
  entry: EntryView,
  { facts, rules }: FollowerState,
): OrderView | Refusal {
  const { pending } = view.signal;
  if (pending === null || pending === undefined) {
    return refuse("PENDING_UNSUPPORTED", { step: "order", order: "none" });
  }
  const type = entry.reversed ? REVERSED[pending.type] : pending.type;
  if (type === undefined || facts.pendingOrders?.includes(type) !== true) {
    const order = type ?? `reversed ${pending.type}`;
    return refuse("PENDING_UNSUPPORTED", { step: "order", order });
  }
  const { symbol } = entry;
  const own = (price: Fixed): Fixed => toTick(scaled(price, entry.priceFactor) ?? price, symbol);
  const limitPrice = pending.limitPrice === null ? null : own(pending.limitPrice);
  const terms = { type, price: own(pending.price), limitPrice, expiresAt: pending.expiresAt };
  const step = stepOf(terms, symbol);
  const refused = refuseTerms(terms, { now: view.market.now, symbol, step });
  if (refused !== null) return refused;
  const at = filledAt(view, entry, terms);
  const stops = stopsForOpen(view, at.forStops, rules);
  return isRefusal(stops) ? stops : { terms, stops, entry: at.entry, step };
}

/** The entry that it would be, and the same with nothing between bid and ask. */
function filledAt(view: SignalView, entry: EntryView, terms: PendingTerms) {
  const { pending } = view.signal;
  const price = terms.limitPrice ?? terms.price;
  const master = scaled(pending?.limitPrice ?? pending?.price ?? null, entry.priceFactor);
  const at: EntryView = {
    ...entry,
    ...{ fill: price, worse: 0n, stops: new Map() },
    master: { ...entry.master, price: master },
    priceStep: { step: "price", ageMs: String(view.ageMs), price: formatFixed(price) },
  };
  const { quote } = entry.symbol;
  const there = quote === null ? null : { ...quote, bid: price, ask: price };
  return { entry: at, forStops: { ...at, symbol: { ...entry.symbol, quote: there } } };
}

function toTick(price: Fixed, { spec }: SymbolView): Fixed {
  return divideHalfEven(price, spec.tickSize) * spec.tickSize;
}

function stepOf({ type, price, limitPrice, expiresAt }: PendingTerms, { quote }: SymbolView): Step {
  return {
    ...{ step: "order", order: type, price: formatFixed(price) },
    ...(limitPrice === null ? {} : { limitPrice: formatFixed(limitPrice) }),
    ...(expiresAt === null ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
    ...(quote === null ? {} : { bid: formatFixed(quote.bid), ask: formatFixed(quote.ask) }),
  };
}

type Context = { readonly now: number; readonly symbol: SymbolView; readonly step: Step };

/** The order would fill at once, or never. */
function refuseTerms(terms: PendingTerms, { now, symbol, step }: Context): Refusal | null {
  const { type, price, expiresAt } = terms;
  if (expiresAt !== null && expiresAt <= now) return refuse("STALE", step);
  if (symbol.quote === null) return refuse("NO_PRICE", step);
  const market = type.startsWith("buy") ? symbol.quote.ask : symbol.quote.bid;
  const waitsAbove = type.startsWith("buy-stop") || type === "sell-limit";
  const away = waitsAbove ? price - market : market - price;
  return away < symbol.stopDistance ? refuse("PRICE_MOVED", step) : null;
}
