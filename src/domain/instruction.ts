/**
 * What is to be done in one account, and what came of it.
 * An instruction is one attempt: attempt n + 1 of the same origin exists only after n is terminal.
 */
import type { AccountRef } from "./account.ts";
import type { OutcomeCode } from "./codes.ts";
import type { Fixed } from "./fixed.ts";
import type { Instant } from "./instant.ts";
import type { PendingTerms } from "./pending-order.ts";
import type { Side } from "./trade.ts";

/** place, change and cancel are of pending orders. */
export type InstructionKind = "open" | "close" | "protect" | "place" | "change" | "cancel";

export type Instruction = {
  readonly key: string;
  readonly account: AccountRef;
  readonly kind: InstructionKind;
  /** The follower broker's own name. */
  readonly symbol: string;
  /** The side of the position that is opened, closed or changed, or that an order would open. */
  readonly side: Side;
  /** Lots to open, close or place; null where the kind has none. */
  readonly volume: Fixed | null;
  /** The broker's position, for a close and a protect. */
  readonly positionId: string | null;
  /** The broker's pending order, for a change and a cancel. */
  readonly orderId?: string | null;
  /** What the order waits for, whole, for a place and a change; its type never changes. */
  readonly pending?: PendingTerms | null;
  readonly stopLoss: Fixed | null;
  readonly takeProfit: Fixed | null;
  readonly magic: number;
  readonly comment: string;
  /** The owner's fence: a gateway that checks fences refuses a lower one than it has seen. */
  readonly fence: number;
  /** After this an open and a place are refused; the other kinds never expire. */
  readonly validUntil: Instant | null;
};

/**
 * Ends two opposite positions of a symbol by each other: the smaller is gone after it, the larger keeps
 * the rest. It does not expire.
 */
export type CloseByInstruction = Omit<Instruction, "kind" | "volume" | "pending" | "orderId"> & {
  readonly kind: "close-by";
  readonly volume: null;
  readonly positionId: string;
  readonly byPositionId: string;
};

/**
 * done, partial and rejected are terminal; working is at the broker; unknown may be live.
 * A place is done once the order stands: what it fills is told by deals that bear its key.
 */
export type OutcomeStatus = "done" | "partial" | "rejected" | "working" | "unknown";

export type Outcome = {
  readonly status: OutcomeStatus;
  readonly code: OutcomeCode | null;
  /** The broker's own code (MetaTrader's retcode), where it gave one. */
  readonly brokerCode: number | null;
  readonly orderId: string | null;
  readonly positionId: string | null;
  /** Lots executed; zero for a rejection, a stop change and a pending order. */
  readonly filled: Fixed;
  /** Volume-weighted price of what was executed. */
  readonly price: Fixed | null;
  readonly at: Instant;
};

export function isTerminal(status: OutcomeStatus): boolean {
  return status === "done" || status === "partial" || status === "rejected";
}
