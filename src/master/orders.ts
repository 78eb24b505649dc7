/**
 * A master's pending orders as signals: placed, changed, gone. What fills one is told by its deal,
 * whose signal bears the order's id; whether an order was cancelled, expired or refused makes no
 * difference to whoever copies it.
 * Invariants: an order can only change or go while it is in the book; a change that changes nothing
 * is no signal; an order that is gone has no signal after it but the deals that fill it.
 */
import type { StampedFigures } from "../domain/account.ts";
import { absFixed, type Fixed } from "../domain/fixed.ts";
import { type PendingOrder, type PendingTerms, sideOfOrder } from "../domain/pending-order.ts";
import type { AccountEvent } from "../gateway/gateway.ts";
import type { Draft } from "./book.ts";
import { isOfOrder, type Signal } from "./signal.ts";

export type BookOrder = PendingTerms &
  Pick<Signal, "symbol" | "volume" | "stopLoss" | "takeProfit" | "magic" | "comment"> & {
    /** The sequence of the last signal of this order. */
    readonly sequence: number;
  };

export type Orders = ReadonlyMap<string, BookOrder>;

/** The place of an order's signals among those of positions, whose ids may be the same. */
export function orderPlace(id: string): string {
  return `order:${id}`;
}

/** The order of a place; null where it is a position's. */
export function orderOfPlace(place: string): string | null {
  return place.startsWith("order:") ? place.slice("order:".length) : null;
}

/** What an event says that the book does not know yet. */
export function orderDrafts(
  orders: Orders,
  { change, order, before }: Extract<AccountEvent, { type: "order" }>,
): Draft[] {
  // Its deal comes next.
  if (change === "triggered") return [];
  if (change === "placed" || change === "changed") {
    return standingDrafts(orders, order, { figures: before, existing: false });
  }
  return goneDrafts(orders, order.id, before);
}

type Seen = { readonly figures: StampedFigures; readonly existing: boolean };

/** A place, or a change, where the order as it stands is not that of the book. */
export function standingDrafts(
  orders: Orders,
  order: PendingOrder,
  { figures, existing }: Seen,
): Draft[] {
  const known = orders.get(order.id);
  if (known === undefined) {
    const { volume, placedAt: at } = order;
    const sourceKey = placedKey(order.id);
    const placed = { kind: "place", sourceKey, volume, before: 0n, after: volume } as const;
    return [{ ...factsOf(order, order.id), ...placed, existing, at, figures }];
  }
  if (isSame(known, order)) return [];
  const { volume: before, sequence } = known;
  const volume = absFixed(order.volume - before);
  const sourceKey = `order:${order.id}:change:${sequence}`;
  const changed = { kind: "change", sourceKey, volume, before, after: order.volume } as const;
  const facts = factsOf(order, order.id);
  return [{ ...facts, ...changed, existing: false, at: figures.asOf, figures }];
}

/** The source key of the signal by which an order is first known. */
export const placedKey = (id: string): string => `order:${id}`;

export function goneDrafts(orders: Orders, id: string, figures: StampedFigures): Draft[] {
  const known = orders.get(id);
  if (known === undefined) return [];
  const { volume, sequence } = known;
  const sourceKey = `order:${id}:cancel:${sequence}`;
  const gone = { kind: "cancel", sourceKey, volume, before: volume, after: 0n } as const;
  return [{ ...factsOf(known, id), ...gone, existing: false, at: figures.asOf, figures }];
}

function factsOf(order: Omit<BookOrder, "sequence">, id: string) {
  const { symbol, type, price, limitPrice, expiresAt, stopLoss, takeProfit } = order;
  const { magic, comment } = order;
  return {
    position: orderPlace(id),
    symbol,
    side: sideOfOrder(type),
    price,
    stopLoss,
    takeProfit,
    magic,
    comment,
    orderId: id,
    pending: { type, price, limitPrice, expiresAt },
  };
}

function isSame(known: BookOrder, order: PendingOrder): boolean {
  return (
    known.type === order.type &&
    known.price === order.price &&
    known.limitPrice === order.limitPrice &&
    known.expiresAt === order.expiresAt &&
    known.volume === order.volume &&
    known.stopLoss === order.stopLoss &&
    known.takeProfit === order.takeProfit
  );
}

/** What the book keeps of a signal or a draft of an order. */
export type OrderApplicable = Pick<
  Signal,
  | "kind"
  | "symbol"
  | "volume"
  | "after"
  | "stopLoss"
  | "takeProfit"
  | "magic"
  | "comment"
  | "orderId"
  | "pending"
> & { readonly sequence: number };

/** The orders after a committed signal: a deal takes what it filled off its order. */
export function ordersAfter(orders: Orders, signal: OrderApplicable): Orders {
  const { orderId: id, pending } = signal;
  if (id === undefined || id === null) return orders;
  const next = new Map(orders);
  const order = isOfOrder(signal)
    ? bookOrderOf(signal, pending ?? null)
    : filledBy(orders.get(id), signal.volume);
  if (order === null || order.volume <= 0n) next.delete(id);
  else next.set(id, order);
  return next;
}

function filledBy(known: BookOrder | undefined, volume: Fixed): BookOrder | null {
  return known === undefined ? null : { ...known, volume: known.volume - volume };
}

/** null where the signal says that the order is gone. */
export function bookOrderOf(
  signal: OrderApplicable,
  pending: PendingTerms | null,
): BookOrder | null {
  if (pending === null || signal.after === 0n) return null;
  const { symbol, after: volume, stopLoss, takeProfit, magic, comment, sequence } = signal;
  return { ...pending, symbol, volume, stopLoss, takeProfit, magic, comment, sequence };
}
