/** An instruction as the ledger keeps it: what is to be done, for whom, and which attempt it is. */
import type { AccountRef } from "../domain/account.ts";
import type { Fixed } from "../domain/fixed.ts";
import { keyOf } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { InstructionKind } from "../domain/instruction.ts";
import type { PendingTerms } from "../domain/pending-order.ts";
import type { Side } from "../domain/trade.ts";

/** Where an instruction comes from: its key is a pure function of this and the attempt. */
export type Origin = {
  readonly kind: "signal" | "realign" | "limit" | "kill" | "stop" | "news" | "mirror" | "rules";
  /** The signal's, the divergence's, the stop-out's, the kill's, the mirrored order's or the asking's id. */
  readonly id: string;
  /** The signal's sequence, or the second of the realignment or stop-out: places the key in the index. */
  readonly sequence: number;
};

export type LedgerInstruction = {
  readonly key: string;
  readonly account: AccountRef;
  readonly partition: number;
  readonly fence: number;
  readonly origin: Origin;
  readonly subscriptionId: string;
  /** The master's position, or the place of its order among the signals. */
  readonly position: string;
  readonly part: number;
  readonly attempt: number;
  readonly kind: InstructionKind;
  readonly symbol: string;
  readonly side: Side;
  readonly volume: Fixed | null;
  readonly positionId: string | null;
  /** The broker's pending order, for a change and a cancel; absent or null: none. */
  readonly orderId?: string | null;
  /** What the order waits for, whole, for a place and a change; absent or null: nothing. */
  readonly pending?: PendingTerms | null;
  readonly stopLoss: Fixed | null;
  readonly takeProfit: Fixed | null;
  readonly masterPrice: Fixed | null;
  /** `sent` is handed over right after the commit; `queued` waits for its turn in the lane. */
  readonly status: "sent" | "queued";
  readonly validUntil: Instant | null;
};

export function instructionKey(
  origin: Origin,
  subscriptionId: string,
  part: number,
  attempt: number,
): string {
  return keyOf(origin.sequence, origin.kind, origin.id, subscriptionId, `${part}.${attempt}`);
}

/** The next attempt at what is left of an instruction that ended without doing all of it. */
export function nextAttempt(
  instruction: LedgerInstruction,
  change: { readonly volume: Fixed | null; readonly fence: number },
): LedgerInstruction {
  const attempt = instruction.attempt + 1;
  const { origin, subscriptionId, part } = instruction;
  return {
    ...instruction,
    ...change,
    attempt,
    key: instructionKey(origin, subscriptionId, part, attempt),
    status: "sent",
  };
}
