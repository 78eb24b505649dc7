/** A divergence: a follower does not hold what the rules say, why, and what it was found with. */
import type { OutcomeCode, SkipReason } from "../domain/codes.ts";
import type { Fixed } from "../domain/fixed.ts";
import { idOf } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { Outcome } from "../domain/instruction.ts";
import type { Side } from "../domain/trade.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import type { Difference } from "./compare.ts";

export const DIVERGENCE_CAUSES = {
  MISSED: "The account, its broker or its market was not there when the master opened.",
  LATE: "The order came too late to be sent.",
  SYMBOL: "The follower's broker has no such symbol, or nobody has said which it is.",
  REJECTED: "The broker refused the order.",
  PARTIAL: "The broker filled a part of the order.",
  STOPPED_OUT: "The follower's own stop, or its broker, closed the position.",
  CLOSED_BY_HAND: "The follower closed the position by hand.",
  OPENED_BY_HAND: "The account holds a position that is no copy.",
  VOLUME: "The position is larger or smaller than the copy, and history does not say why.",
  SIDE: "The position stands on the other side.",
  STOPS: "The stops are not as the rules say.",
  VANISHED: "The position is gone and history does not say why.",
  ORPHAN: "A position with our key belongs to no copy.",
} as const;

export type DivergenceCause = keyof typeof DIVERGENCE_CAUSES;

export type Divergence = {
  readonly id: string;
  readonly tenantId: string;
  readonly accountId: string;
  readonly subscriptionId: string | null;
  /** The master's position, or the broker's where no copy is known. */
  readonly position: string;
  /** The follower broker's own name; the master's where nobody knows that. */
  readonly symbol: string;
  readonly cause: DivergenceCause;
  /** Lots; of what was never sized zero, until the way back is reckoned. */
  readonly expected: Fixed;
  readonly actual: Fixed;
  readonly openedAt: Instant;
  /** The code of the refusal, for people; not part of the identity. */
  readonly code?: OutcomeCode | SkipReason | null;
  /** The side of what is missing, or of what is too much. */
  readonly side?: Side | null;
  /** The master's opening price, for the cost of coming late. */
  readonly masterPrice?: Fixed | null;
  /** The broker's own position, and the key it bears, where there is one. */
  readonly positionId?: string | null;
  readonly key?: string | null;
  /** Somebody does not want to hear of it until then. */
  readonly ignoredUntil?: Instant | null;
};

/** One divergence of a place and cause, however often it is found. */
export function divergenceId(accountId: string, place: string, cause: string, at: string): string {
  return idOf("divergence", accountId, place, cause, at);
}

/** What the copied position's end says, where the follower's side ended it. */
export function causeOfEnd(copied: CopiedPosition): DivergenceCause {
  return copied.state === "stopped-out" ? "STOPPED_OUT" : "CLOSED_BY_HAND";
}

/** Skips that no rule asked for: the follower lacks what it would hold otherwise. */
const MISSED_BY: Readonly<Partial<Record<SkipReason, DivergenceCause>>> = {
  ACCOUNT_OFFLINE: "MISSED",
  NO_FIGURES: "MISSED",
  NO_PRICE: "MISSED",
  MARKET_CLOSED: "MISSED",
  TRADE_DISABLED: "MISSED",
  NO_MONEY: "MISSED",
  KILLED: "MISSED",
  STALE: "LATE",
  SYMBOL_MISSING: "SYMBOL",
};

/** Null where the rules themselves say that nothing is to be held. */
export function causeOfSkip(reason: SkipReason | null): DivergenceCause | null {
  return reason === null ? null : (MISSED_BY[reason] ?? null);
}

/** Null where an instruction that did not do all it says leaves nothing to be told. */
export function causeOfOutcome(
  { kind }: LedgerInstruction,
  { status, code }: Outcome,
): DivergenceCause | null {
  if (kind === "protect") return "STOPS";
  if (kind !== "open" || code === "CANCELLED") return null;
  if (status === "partial") return "PARTIAL";
  if (code === "EXPIRED") return "LATE";
  return code === "KILLED" ? "MISSED" : "REJECTED";
}

const FOUND: Readonly<Record<Difference["kind"], DivergenceCause>> = {
  missing: "VANISHED",
  extra: "VOLUME",
  side: "SIDE",
  stops: "STOPS",
  orphan: "ORPHAN",
  own: "OPENED_BY_HAND",
};

/** What is found by comparing, where no deal tells who did it. */
export function causeOfDifference({ kind, actual }: Difference): DivergenceCause {
  return kind === "missing" && actual > 0n ? "VOLUME" : FOUND[kind];
}

/** Of these nothing that the hub or the broker recorded tells why. */
export const UNEXPLAINED: ReadonlySet<DivergenceCause> = new Set([
  "ORPHAN",
  "VANISHED",
  "VOLUME",
  "SIDE",
]);
