/** A divergence: a follower does not hold what the rules say, why, and the way back. */
import type { OutcomeCode } from "../domain/codes.ts";
import type { Fixed } from "../domain/fixed.ts";
import { idOf } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { CopiedPosition } from "../follower/decision.ts";

export const DIVERGENCE_CAUSES = {
  REJECTED: "The broker refused the order.",
  PARTIAL: "The broker filled a part of the order.",
  STOPPED_OUT: "The follower's own stop, or its broker, closed the position.",
  CLOSED_BY_HAND: "The follower closed the position by hand.",
  STOPS: "The stops could not be set as the rules say.",
  VANISHED: "The position is gone and history does not say why.",
  ORPHAN: "A position with our key belongs to no copy.",
} as const;

export type DivergenceCause = keyof typeof DIVERGENCE_CAUSES;

export type Divergence = {
  readonly id: string;
  readonly tenantId: string;
  readonly accountId: string;
  readonly subscriptionId: string | null;
  readonly position: string;
  readonly symbol: string;
  readonly cause: DivergenceCause;
  readonly expected: Fixed;
  readonly actual: Fixed;
  readonly openedAt: Instant;
  /** The code of the refusal, for people; not part of the identity. */
  readonly code?: OutcomeCode | null;
};

/** One divergence of a place and cause, however often it is found. */
export function divergenceId(accountId: string, place: string, cause: string, at: string): string {
  return idOf("divergence", accountId, place, cause, at);
}

/** What the copied position's end says, where the follower's side ended it. */
export function causeOfEnd(copied: CopiedPosition): DivergenceCause {
  return copied.state === "stopped-out" ? "STOPPED_OUT" : "CLOSED_BY_HAND";
}
