/**
 * From a snapshot (after a start, a reconnect or a gap) to the signals that were missed.
 * Deals of the history speak first, with their own times and prices; what the snapshot then still
 * shows differently is an opening that history does not hold yet, or a stop change. A pending order
 * that the book has and the snapshot has not, and that no deal fills, is gone: orders leave no deal.
 * Invariant: a position that vanished, or whose volume changed, without a deal that says so gives no
 * signal; it is reported.
 */
import type { StampedFigures } from "../domain/account.ts";
import type { Fixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { Deal, Position, Snapshot } from "../domain/trade.ts";
import {
  applied,
  type Draft,
  dealKey,
  draftsOf,
  type MasterBook,
  positionName,
  protectDrafts,
} from "./book.ts";
import { goneDrafts, type Orders, placedKey, standingDrafts } from "./orders.ts";

export type CatchUp = {
  readonly drafts: readonly Draft[];
  /** Positions of the book that are gone, or of another volume, without a deal that says so. */
  readonly unexplained: readonly string[];
};

export type History = {
  /** In time order, since the account was linked or its last signal. */
  readonly deals: readonly Deal[];
  /** Source keys of deals that are signals already. */
  readonly known: ReadonlySet<string>;
  /** Positions opened before this are on record, and copied by nobody. */
  readonly linkedAt: Instant;
  /** Takes a vanished position for closed: only to show what goes wrong where this is done. */
  readonly vanishedIsClosed?: boolean;
};

export function catchUp(book: MasterBook, snapshot: Snapshot, history: History): CatchUp {
  const drafts: Draft[] = [];
  let now = book;
  const take = (found: readonly Draft[]): void => {
    for (const draft of found) {
      drafts.push(draft);
      now = applied(now, { ...draft, sequence: now.sequence + 1 });
    }
  };
  for (const deal of history.deals) take(missed(now, deal, { ...history, snapshot }));
  takeOrders(snapshot, history, { take, orders: () => now.orders });
  const standing = new Map<string, Fixed>();
  for (const position of snapshot.positions) {
    const name = positionName(position.id, position.leg);
    standing.set(name, position.volume);
    if (!now.positions.has(name)) take([openedDraft(position, snapshot.figures, history.linkedAt)]);
    else take(protectDrafts(now, position, snapshot.figures));
  }
  const unexplained = [...now.positions]
    .filter(([name, { volume }]) => standing.get(name) !== volume)
    .map(([name]) => name);
  if (history.vanishedIsClosed === true) {
    for (const name of unexplained) take(vanishedDrafts(now, name, snapshot));
  }
  return { drafts, unexplained };
}

/** A gateway that takes no pending orders tells of none. */
function takeOrders(
  { orders, figures }: Snapshot,
  { known, linkedAt }: History,
  book: { take(found: readonly Draft[]): void; orders(): Orders },
): void {
  if (orders === undefined) return;
  const standing = new Set(orders.map(({ id }) => id));
  for (const id of [...book.orders().keys()]) {
    if (!standing.has(id)) book.take(goneDrafts(book.orders(), id, figures));
  }
  for (const order of orders) {
    // Filled whole as far as the book knows: what is left of it is signalled by its deals.
    if (!book.orders().has(order.id) && known.has(placedKey(order.id))) continue;
    const seen = { figures, existing: order.placedAt < linkedAt };
    book.take(standingDrafts(book.orders(), order, seen));
  }
}

function vanishedDrafts(book: MasterBook, name: string, snapshot: Snapshot): Draft[] {
  const known = book.positions.get(name);
  if (known === undefined) return [];
  const { sequence, volume, ...facts } = known;
  const { figures } = snapshot;
  const draft = { ...facts, position: name, volume, before: volume, after: 0n, price: null };
  const sourceKey = `vanished:${name}:${sequence}`;
  return [{ ...draft, sourceKey, kind: "close", existing: false, at: figures.asOf, figures }];
}

/** The drafts of a deal that is no signal yet, and that the book can take. */
function missed(
  book: MasterBook,
  deal: Deal,
  context: { readonly known: ReadonlySet<string>; readonly snapshot: Snapshot },
): Draft[] {
  const { known, snapshot } = context;
  if (known.has(dealKey(deal))) return [];
  const position = snapshot.positions.find((p) => p.id === deal.positionId && p.leg === deal.leg);
  if (deal.entry === "in" && isInOpened(deal, position, known)) return [];
  const event = {
    type: "deal" as const,
    deal,
    position: position ?? null,
    before: snapshot.figures,
  };
  return draftsOf(book, event).filter(
    (draft) => !known.has(draft.sourceKey) && (draft.before > 0n || draft.kind === "open"),
  );
}

/** Whether a snapshot made a signal of this opening before history held its deal. */
function isInOpened(
  deal: Deal,
  position: Position | undefined,
  known: ReadonlySet<string>,
): boolean {
  const name = positionName(deal.positionId, deal.leg);
  return known.has(openedKey(name)) && deal.at <= (position?.openedAt ?? deal.at);
}

const openedKey = (name: string): string => `opened:${name}`;

function openedDraft(position: Position, figures: StampedFigures, linkedAt: Instant): Draft {
  const name = positionName(position.id, position.leg);
  return {
    sourceKey: openedKey(name),
    kind: "open",
    position: name,
    symbol: position.symbol,
    side: position.side,
    volume: position.volume,
    before: 0n,
    after: position.volume,
    price: position.openPrice,
    stopLoss: position.stopLoss,
    takeProfit: position.takeProfit,
    magic: position.magic,
    comment: position.comment,
    existing: position.openedAt < linkedAt,
    at: position.openedAt,
    figures,
  };
}
