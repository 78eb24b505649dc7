/**
 * What follows a terminal outcome. A close goes on until it is done or the position is gone, and
 * never expires; an open is tried again only for a passing reason, while it is fresh, and not for
 * ever; a stop change likewise. A partial open stands as it is. A cancel goes on as a close does,
 * until the order is gone; a place and a change are tried again as an open is.
 */
import { OUTCOME_CODES, type OutcomeCode } from "../domain/codes.ts";
import type { Fixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { InstructionKind, Outcome } from "../domain/instruction.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";

export const ATTEMPTS_MAX = 3;
const BACKOFF_FIRST_MS = 250;
const BACKOFF_MOST_MS = 30_000;

export type FollowUp =
  | { readonly again: false }
  | { readonly again: true; readonly volume: Fixed | null; readonly afterMs: number };

const END: FollowUp = { again: false };

/** What goes on until one of these; FENCED: a newer owner acts, and nothing of ours goes on. */
const ENDS: Readonly<Partial<Record<InstructionKind, ReadonlySet<OutcomeCode>>>> = {
  close: new Set(["POSITION_GONE", "FENCED", "UNKNOWN_SYMBOL", "CANCELLED"]),
  cancel: new Set(["ORDER_GONE", "FENCED", "UNKNOWN_SYMBOL", "CANCELLED"]),
};

export function followUp(instruction: LedgerInstruction, outcome: Outcome, now: Instant): FollowUp {
  if (outcome.status === "done") return END;
  const volume = instruction.volume === null ? null : instruction.volume - outcome.filled;
  if (volume === 0n) return END;
  const again: FollowUp = { again: true, volume, afterMs: backoffMs(instruction.attempt) };
  const code = outcome.code;
  const ends = ENDS[instruction.kind];
  if (ends !== undefined) return code !== null && ends.has(code) ? END : again;
  if (outcome.status === "partial" || code === null || OUTCOME_CODES[code].final) return END;
  if (instruction.attempt >= ATTEMPTS_MAX) return END;
  if (instruction.validUntil !== null && now > instruction.validUntil) return END;
  return again;
}

export function backoffMs(attempt: number): number {
  return Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** Math.min(attempt - 1, 10));
}
