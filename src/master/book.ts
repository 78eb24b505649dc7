/**
 * What has been signalled of one master: its open positions, its pending orders and its last
 * sequence, as a fold over its signals. Events and snapshots are turned into drafts against this book.
 * Invariants: a draft's `before` is the book's volume and its `after` is never negative; a position
 * that is not in the book can only be opened; applying a draft and then reading the same event
 * again gives no draft for a stop change, and the same source key for a deal.
 */
import type { StampedFigures } from "../domain/account.ts";
import type { Fixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import { type Deal, opposite, type Position, type Side } from "../domain/trade.ts";
import type { AccountEvent } from "../gateway/gateway.ts";
import { type OrderApplicable, type Orders, orderDrafts, ordersAfter } from "./orders.ts";
import { isOfOrder, type Signal, type SignalKind } from "./signal.ts";

export type BookPosition = {
  readonly symbol: string;
  readonly side: Side;
  readonly volume: Fixed;
  readonly stopLoss: Fixed | null;
  readonly takeProfit: Fixed | null;
  readonly magic: number;
  readonly comment: string;
  /** The sequence of the last signal of this position. */
  readonly sequence: number;
};

export type MasterBook = {
  readonly sequence: number;
  readonly positions: ReadonlyMap<string, BookPosition>;
  /** By the broker's id. */
  readonly orders: Orders;
};

export const EMPTY_BOOK: MasterBook = { sequence: 0, positions: new Map(), orders: new Map() };

/** A signal without its place in the ledger. */
export type Draft = {
  readonly sourceKey: string;
  readonly kind: SignalKind;
  readonly position: string;
  readonly symbol: string;
  readonly side: Side;
  readonly volume: Fixed;
  readonly before: Fixed;
  readonly after: Fixed;
  readonly price: Fixed | null;
  readonly stopLoss: Fixed | null;
  readonly takeProfit: Fixed | null;
  readonly magic: number;
  readonly comment: string;
  readonly existing: boolean;
  readonly at: Instant;
  readonly figures: StampedFigures;
} & Pick<Signal, "fromPending" | "orderId" | "pending">;

/** The name of a master's position: on a netting account each reversal starts a new leg. */
export function positionName(id: string, leg: number): string {
  return leg === 0 ? id : `${id}.${leg}`;
}

/** What an event says that the book does not know yet; a reversal is a close and an open. */
export function draftsOf(book: MasterBook, event: AccountEvent): Draft[] {
  if (event.type === "cash") return [];
  if (event.type === "order") return orderDrafts(book.orders, event);
  if (event.type === "position") return protectDrafts(book, event.position, event.before);
  const { deal, position, before } = event;
  if (deal.entry !== "inout") {
    const name = positionName(deal.positionId, deal.leg);
    const context = { name, volume: deal.volume, position, figures: before };
    const draft = dealDraft(book, deal, context);
    if (draft.volume === 0n) return [];
    if (position === null || draft.after === 0n) return [draft];
    // Stops that changed with it, or in a snapshot since, are a signal of their own.
    const after = applied(book, { ...draft, sequence: book.sequence + 1 });
    return [draft, ...protectDrafts(after, position, before)];
  }
  const old = positionName(deal.positionId, deal.leg - 1);
  const closed = book.positions.get(old)?.volume ?? 0n;
  const name = positionName(deal.positionId, deal.leg);
  // A snapshot's position may have gone on since, so what the deal itself says comes first.
  const opened = closed > 0n ? deal.volume - closed : (position?.volume ?? deal.volume);
  const close = { ...deal, entry: "out" as const, leg: deal.leg - 1 };
  const open = { ...deal, entry: "in" as const };
  return [
    dealDraft(book, close, { name: old, volume: closed, position: null, figures: before }),
    dealDraft(book, open, { name, volume: opened, position, figures: before }),
  ].filter((draft) => draft.volume > 0n);
}

type DealContext = {
  readonly name: string;
  readonly volume: Fixed;
  readonly position: Position | null;
  readonly figures: StampedFigures;
};

function dealDraft(book: MasterBook, deal: Deal, context: DealContext): Draft {
  const known = book.positions.get(context.name);
  const before = known?.volume ?? 0n;
  const opening = deal.entry === "in";
  const volume = opening || context.volume < before ? context.volume : before;
  const after = opening ? before + volume : before - volume;
  const stops = known ?? context.position;
  const fills = book.orders.has(deal.orderId);
  return {
    sourceKey: dealKey(deal),
    kind: dealKind(opening, before, after),
    position: context.name,
    symbol: deal.symbol,
    side: opening ? deal.side : opposite(deal.side),
    orderId: fills ? deal.orderId : null,
    volume,
    before,
    after,
    price: deal.price,
    stopLoss: stops?.stopLoss ?? null,
    takeProfit: stops?.takeProfit ?? null,
    magic: deal.magic || (known?.magic ?? 0),
    comment: deal.comment || (known?.comment ?? ""),
    existing: false,
    ...(opening ? { fromPending: fills || deal.fromPending === true } : {}),
    at: deal.at,
    figures: context.figures,
  };
}

/** The source key of the signal of a deal; a reversal's two signals are of its halves. */
export const dealKey = ({ id, entry }: Pick<Deal, "id" | "entry">): string => `deal:${id}:${entry}`;

function dealKind(opening: boolean, before: Fixed, after: Fixed): SignalKind {
  if (opening) return before === 0n ? "open" : "increase";
  return after === 0n ? "close" : "reduce";
}

/** A stop change, where the position's stops are not those of the book. */
export function protectDrafts(
  book: MasterBook,
  position: Position,
  figures: StampedFigures,
): Draft[] {
  const name = positionName(position.id, position.leg);
  const known = book.positions.get(name);
  if (known === undefined) return [];
  if (known.stopLoss === position.stopLoss && known.takeProfit === position.takeProfit) return [];
  return [
    {
      sourceKey: `protect:${name}:${known.sequence}`,
      kind: "protect",
      position: name,
      symbol: known.symbol,
      side: known.side,
      volume: 0n,
      before: known.volume,
      after: known.volume,
      price: null,
      stopLoss: position.stopLoss,
      takeProfit: position.takeProfit,
      magic: known.magic,
      comment: known.comment,
      existing: false,
      at: figures.asOf,
      figures,
    },
  ];
}

/** What the book keeps of a signal or a draft. */
export type Applicable = OrderApplicable & Pick<Signal, "position" | "side">;

/** The book after a committed signal. */
export function applied(book: MasterBook, signal: Applicable): MasterBook {
  const orders = ordersAfter(book.orders, signal);
  const { sequence } = signal;
  if (isOfOrder(signal)) return { ...book, sequence, orders };
  const positions = new Map(book.positions);
  if (signal.after === 0n) positions.delete(signal.position);
  else positions.set(signal.position, bookPositionOf(signal));
  return { sequence, positions, orders };
}

export function bookPositionOf(signal: Applicable): BookPosition {
  return {
    symbol: signal.symbol,
    side: signal.side,
    volume: signal.after,
    stopLoss: signal.stopLoss,
    takeProfit: signal.takeProfit,
    magic: signal.magic,
    comment: signal.comment,
    sequence: signal.sequence,
  };
}
