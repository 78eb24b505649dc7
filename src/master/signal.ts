/**
 * One normalised intent of a master. Its id and source key are pure functions of the broker's
 * event, so the same event twice is one signal; `sequence` counts a master's signals from 1.
 */
import type { Fixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { PendingTerms } from "../domain/pending-order.ts";
import type { Side } from "../domain/trade.ts";

/** place, change and cancel are of pending orders; cancel: it is gone, and was not filled. */
export type SignalKind =
  | "open"
  | "increase"
  | "reduce"
  | "close"
  | "protect"
  | "place"
  | "change"
  | "cancel";

/** Whether a signal is of a pending order, and of no position. */
export function isOfOrder({ kind }: { readonly kind: SignalKind }): boolean {
  return kind === "place" || kind === "change" || kind === "cancel";
}

export type MasterFigures = {
  readonly currency: string;
  readonly balance: Fixed;
  readonly equity: Fixed;
  readonly freeMargin: Fixed;
};

export type Signal = {
  readonly tenantId: string;
  readonly id: string;
  /** The master's account. */
  readonly masterId: string;
  readonly sequence: number;
  readonly sourceKey: string;
  readonly kind: SignalKind;
  /**
   * The master's position: the broker's identifier, with the leg where the account nets. Of a
   * pending order, `order:` and its id.
   */
  readonly position: string;
  /** The master broker's own name. */
  readonly symbol: string;
  /** The side of the position, or of the one that an order would open. */
  readonly side: Side;
  /** Lots opened or closed by this signal, or by which an order changed; zero for protect. */
  readonly volume: Fixed;
  /** The position's lots before and after, or the order's. */
  readonly before: Fixed;
  readonly after: Fixed;
  /** The deal's price, or that which an order waits for; null for protect. */
  readonly price: Fixed | null;
  readonly stopLoss: Fixed | null;
  readonly takeProfit: Fixed | null;
  readonly magic: number;
  readonly comment: string;
  /** The master's pending order that it is of, or that its deal fills; absent or null: none. */
  readonly orderId?: string | null;
  /** What the order waits for, or waited for before it went; only where it is of an order. */
  readonly pending?: PendingTerms | null;
  /** Facts of the master's symbol that sizing and stops need: `unitsPerLot`, and digits. */
  readonly contractSize: Fixed;
  readonly digits: number;
  /** The account just before the deal. */
  readonly figures: MasterFigures;
  /** True where the position stood before the hub first saw the account. */
  readonly existing: boolean;
  /** Whether a pending order of the master's opened it; absent where no deal tells. */
  readonly fromPending?: boolean;
  /** The broker's time of the event, as UTC. */
  readonly at: Instant;
  /** When the hub received it, and how old it was then (the terminal's server time less `at`). */
  readonly receivedAt: Instant;
  readonly ageAtReceiptMs: number;
};
