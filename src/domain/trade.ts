/** What stands and what happened in an account: orders, deals, positions, snapshots. */
import type { AccountRef, StampedFigures } from "./account.ts";
import type { Fixed } from "./fixed.ts";
import type { Instant } from "./instant.ts";
import type { PendingOrder } from "./pending-order.ts";

export type Side = "buy" | "sell";
export type Entry = "in" | "out" | "inout";

/** Who ended or began it: a person or program, one of the position's stops, or the broker. */
export type DealReason = "client" | "expert" | "stop-loss" | "take-profit" | "stop-out";

export function opposite(side: Side): Side {
  return side === "buy" ? "sell" : "buy";
}

/** The marks by which an order is known to be ours; blank where the broker offers no field. */
export type Marks = {
  /** The instruction's key, or null for what was not ours. */
  readonly key: string | null;
  readonly magic: number;
  readonly comment: string;
};

/** Open exposure. On a netting account `id` survives a reversal, so `leg` counts reversals. */
export type Position = Marks & {
  readonly id: string;
  readonly leg: number;
  readonly symbol: string;
  readonly side: Side;
  readonly volume: Fixed;
  readonly openPrice: Fixed;
  readonly stopLoss: Fixed | null;
  readonly takeProfit: Fixed | null;
  readonly openedAt: Instant;
  /** Floating, in the account's currency, at the snapshot's quotes; without swap. */
  readonly profit: Fixed;
  /** Not booked yet, in the account's currency; absent where the broker does not tell it. */
  readonly swap?: Fixed;
};

/** One execution. `side` is what was bought or sold: closing a buy is a sell. */
export type Deal = Marks & {
  readonly id: string;
  readonly orderId: string;
  readonly positionId: string;
  readonly leg: number;
  readonly symbol: string;
  readonly side: Side;
  readonly entry: Entry;
  readonly volume: Fixed;
  readonly price: Fixed;
  /** Realised, in the account's currency, without commission and swap. */
  readonly profit: Fixed;
  readonly commission: Fixed;
  readonly swap: Fixed;
  readonly reason: DealReason;
  /** A pending order of the account executed it; absent where none did, or nobody tells. */
  readonly fromPending?: true;
  readonly at: Instant;
};

/** The truth about an account: complete, or it is not made at all. */
export type Snapshot = {
  readonly account: AccountRef;
  readonly figures: StampedFigures;
  readonly positions: readonly Position[];
  /** Pending orders that stand, oldest first; absent where the gateway takes none. */
  readonly orders?: readonly PendingOrder[];
  readonly asOf: Instant;
  /** Events up to and including this sequence are contained in it. */
  readonly sequence: number;
};
