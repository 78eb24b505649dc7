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
  EARLY_FILL:
    "The follower's own pending order filled and the master's did not: it was closed again.",
  CLOSED_BY_HAND: "The follower closed the position by hand.",
  OPENED_BY_HAND: "The account holds a position that is no copy.",
  VOLUME: "The position is larger or smaller than the copy, and history does not say why.",
  SIDE: "The position stands on the other side.",
  STOPS: "The stops, or the price of a pending order, are not as the rules say.",
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
  /** The broker's own position; the key that it bears, or of the instruction that did not do it. */
  readonly positionId?: string | null;
  readonly key?: string | null;
  /** Found by looking: seen again after it was gone it is the same one. */
  readonly mayReturn?: boolean;
  /** What it has cost, where it is over by the time that it is told, and in which currency. */
  readonly cost?: Fixed | null;
  readonly currency?: string | null;
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
  if (kind === "close") return code === "FIFO_BLOCKED" ? "REJECTED" : null;
  if ((kind !== "open" && kind !== "place") || code === "CANCELLED") return null;
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

/** What an open lacks, or what a close left too much of. */
export function amountsOf(
  { kind, volume, positionId }: LedgerInstruction,
  { filled }: Outcome,
): Pick<Divergence, "expected" | "actual" | "positionId"> {
  const asked = volume ?? 0n;
  if (kind !== "close") return { expected: asked, actual: filled };
  return { expected: 0n, actual: asked - filled, positionId };
}

/** Whether an instruction that has done all it says leaves nothing to be told of its place. */
export const isSettledBy = ({ cause, code }: Divergence, { kind }: LedgerInstruction): boolean =>
  (kind === "protect" && cause === "STOPS") || (kind === "close" && code === "FIFO_BLOCKED");

/** What is found by comparing, where no deal tells who did it. */
export function causeOfDifference({ kind, actual }: Difference): DivergenceCause {
  return kind === "missing" && actual > 0n ? "VOLUME" : FOUND[kind];
}

const FOUND_BY_LOOKING: ReadonlySet<DivergenceCause> = new Set([
  ...(["ORPHAN", "OPENED_BY_HAND", "VANISHED", "VOLUME", "SIDE", "STOPS"] as const),
]);

/** Ends by itself once a look at the account no longer finds it; what a broker refused does not. */
export const isFoundByLooking = ({ cause, code }: Divergence): boolean =>
  FOUND_BY_LOOKING.has(cause) && (code ?? null) === null;

/** How much it asks for a person; the worst first. */
export const SEVERITIES = ["critical", "warning", "notice"] as const;
export type Severity = (typeof SEVERITIES)[number];

const SEVERITY_OF: Readonly<Record<DivergenceCause, Severity>> = {
  SIDE: "critical",
  VANISHED: "critical",
  VOLUME: "critical",
  ORPHAN: "critical",
  MISSED: "warning",
  LATE: "warning",
  SYMBOL: "warning",
  REJECTED: "warning",
  PARTIAL: "warning",
  EARLY_FILL: "warning",
  STOPS: "warning",
  STOPPED_OUT: "notice",
  CLOSED_BY_HAND: "notice",
  OPENED_BY_HAND: "notice",
};

/** What nothing explains is worst: nobody has asked for it, and money stands in it. */
export const severityOf = (cause: DivergenceCause): Severity => SEVERITY_OF[cause];

export type DifferenceKind = "missing" | "less" | "more" | "orphan" | "side" | "stops" | "own";

const KIND_OF: Readonly<Partial<Record<DivergenceCause, DifferenceKind>>> = {
  SIDE: "side",
  STOPS: "stops",
  ORPHAN: "orphan",
  OPENED_BY_HAND: "own",
};

/** What is wrong in a word, whatever led to it. */
export function kindOf({ cause, expected, actual }: KindFacts): DifferenceKind {
  const known = KIND_OF[cause];
  if (known !== undefined) return known;
  if (actual > expected) return "more";
  return actual > 0n ? "less" : "missing";
}

type KindFacts = Pick<Divergence, "cause" | "expected" | "actual">;

/** Of these nothing that the hub or the broker recorded tells why. */
export const UNEXPLAINED: ReadonlySet<DivergenceCause> = new Set([
  "ORPHAN",
  "VANISHED",
  "VOLUME",
  "SIDE",
]);
