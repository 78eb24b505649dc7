/**
 * What is to be done in one account, and what came of it.
 * An instruction is one attempt: attempt n + 1 of the same origin exists only after n is terminal.
 */
import type { AccountRef } from "./account.ts";
import type { OutcomeCode } from "./codes.ts";
import type { Fixed } from "./fixed.ts";
import type { Instant } from "./instant.ts";
import type { Side } from "./trade.ts";

export type InstructionKind = "open" | "close" | "protect" | "replace" | "cancel";

export type Instruction = {
  readonly key: string;
  readonly account: AccountRef;
  readonly kind: InstructionKind;
  /** The follower broker's own name. */
  readonly symbol: string;
  /** The side of the position that is opened, closed or changed. */
  readonly side: Side;
  /** Lots to open or close; null where the kind has none. */
  readonly volume: Fixed | null;
  /** The broker's position, for all but an open. */
  readonly positionId: string | null;
  readonly stopLoss: Fixed | null;
  readonly takeProfit: Fixed | null;
  readonly magic: number;
  readonly comment: string;
  /** The owner's fence: a gateway that checks fences refuses a lower one than it has seen. */
  readonly fence: number;
  /** After this an open is refused; closes and stop changes never expire. */
  readonly validUntil: Instant | null;
};

/** done, partial and rejected are terminal; working is at the broker; unknown may be live. */
export type OutcomeStatus = "done" | "partial" | "rejected" | "working" | "unknown";

export type Outcome = {
  readonly status: OutcomeStatus;
  readonly code: OutcomeCode | null;
  /** The broker's own code (MetaTrader's retcode), where it gave one. */
  readonly brokerCode: number | null;
  readonly orderId: string | null;
  readonly positionId: string | null;
  /** Lots executed; zero for a rejection or a stop change. */
  readonly filled: Fixed;
  /** Volume-weighted price of what was executed. */
  readonly price: Fixed | null;
  readonly at: Instant;
};

export function isTerminal(status: OutcomeStatus): boolean {
  return status === "done" || status === "partial" || status === "rejected";
}
