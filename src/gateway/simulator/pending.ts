/**
 * Pending orders: at which quote each type is triggered, and where its price may stand.
 * Buys wait for the ask, sells for the bid; a gap beyond the price triggers as well.
 */
import type { Fixed } from "../../domain/fixed.ts";
import { type PendingOrder, type PendingTerms, sideOfOrder } from "../../domain/pending-order.ts";
import type { SymbolSpec } from "../../domain/symbol.ts";
import { higher, isWithinFreeze, type Levels, lower, stopDistance } from "./levels.ts";
import type { Market } from "./market.ts";

/** Whether it waits for the market to rise to its price. */
function waitsAbove({ type }: Pick<PendingTerms, "type">): boolean {
  return type === "buy-stop" || type === "buy-stop-limit" || type === "sell-limit";
}

function priceFor({ type }: Pick<PendingTerms, "type">, market: Market): Fixed {
  return market.entryPrice(sideOfOrder(type));
}

export function addOrder(levels: Levels, order: PendingOrder): void {
  const buys = sideOfOrder(order.type) === "buy";
  if (waitsAbove(order)) {
    if (buys) levels.askAbove = lower(levels.askAbove, order.price);
    else levels.bidAbove = lower(levels.bidAbove, order.price);
  } else if (buys) levels.askBelow = higher(levels.askBelow, order.price);
  else levels.bidBelow = higher(levels.bidBelow, order.price);
}

export function isTriggered(order: PendingOrder, market: Market): boolean {
  const price = priceFor(order, market);
  return waitsAbove(order) ? price >= order.price : price <= order.price;
}

export function isOrderFrozen(order: PendingOrder, market: Market): boolean {
  return isWithinFreeze(order.price, priceFor(order, market), market.spec);
}

/** On the grid, on the side of the market where it waits, and no nearer than the stop level. */
export function orderPriceIsLegal(terms: PendingTerms, market: Market): boolean {
  const { spec } = market;
  const { price, limitPrice } = terms;
  if (!isOnGrid(price, spec)) return false;
  const now = priceFor(terms, market);
  const away = waitsAbove(terms) ? price - now : now - price;
  return away >= stopDistance(spec) && limitPriceIsLegal(terms, limitPrice, spec);
}

/** A stop-limit order's limit price is better than the price that wakes it. */
function limitPriceIsLegal(terms: PendingTerms, limit: Fixed | null, spec: SymbolSpec): boolean {
  const { type, price } = terms;
  if (type !== "buy-stop-limit" && type !== "sell-stop-limit") return limit === null;
  if (limit === null || !isOnGrid(limit, spec)) return false;
  return (type === "buy-stop-limit" ? price - limit : limit - price) >= stopDistance(spec);
}

function isOnGrid(price: Fixed, spec: SymbolSpec): boolean {
  return price > 0n && price % spec.tickSize === 0n;
}

/** Where the position would be opened, from which its stops keep their distance. */
export function openingPrice(terms: PendingTerms): Fixed {
  return terms.limitPrice ?? terms.price;
}

/** The limit order that a stop-limit order becomes when it is triggered; null for other types. */
export function awoken(order: PendingOrder): PendingOrder | null {
  const { type, limitPrice } = order;
  if (limitPrice === null) return null;
  const woken = type === "buy-stop-limit" ? "buy-limit" : "sell-limit";
  return { ...order, type: woken, price: limitPrice, limitPrice: null };
}
