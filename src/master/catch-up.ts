/**
 * From a snapshot (after a start, a reconnect or a gap) to the signals that were missed.
 * Deals of the history speak first, with their own times and prices; what the snapshot then still
 * shows differently is an opening that history does not hold yet, or a stop change.
 * Invariant: a position that vanished without its closing deal gives no signal; it is reported.
 */
import type { StampedFigures } from "../domain/account.ts";
import type { Instant } from "../domain/instant.ts";
import type { Deal, Position, Snapshot } from "../domain/trade.ts";
import {
  applied,
  type Draft,
  draftsOf,
  type MasterBook,
  positionName,
  protectDrafts,
} from "./book.ts";

export type CatchUp = {
  readonly drafts: readonly Draft[];
  /** Positions of the book that are gone without a closing deal. */
  readonly unexplained: readonly string[];
};

export type History = {
  /** In time order, since the account was linked or its last signal. */
  readonly deals: readonly Deal[];
  /** Source keys of deals that are signals already. */
  readonly known: ReadonlySet<string>;
  /** Positions opened before this are on record, and copied by nobody. */
  readonly linkedAt: Instant;
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
  const standing = new Set<string>();
  for (const position of snapshot.positions) {
    const name = positionName(position.id, position.leg);
    standing.add(name);
    if (!now.positions.has(name)) take([openedDraft(position, snapshot.figures, history.linkedAt)]);
    else take(protectDrafts(now, position, snapshot.figures));
  }
  const unexplained = [...now.positions.keys()].filter((name) => !standing.has(name));
  return { drafts, unexplained };
}

/** The drafts of a deal that is no signal yet, and that the book can take. */
function missed(
  book: MasterBook,
  deal: Deal,
  context: { readonly known: ReadonlySet<string>; readonly snapshot: Snapshot },
): Draft[] {
  const { known, snapshot } = context;
  const position = snapshot.positions.find((p) => p.id === deal.positionId && p.leg === deal.leg);
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

function openedDraft(position: Position, figures: StampedFigures, linkedAt: Instant): Draft {
  const name = positionName(position.id, position.leg);
  return {
    sourceKey: `opened:${name}`,
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
