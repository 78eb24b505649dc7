/** Rows of the ledger as answers to signals. */
import type { OutcomeCode, SkipReason } from "../domain/codes.ts";
import { type Fixed, parseFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import { isTerminal, type OutcomeStatus } from "../domain/instruction.ts";
import type { Step } from "../follower/decision.ts";
import { type Decided, type Ended, filledOf, type Part } from "./answer.ts";

export type DecisionRow = {
  readonly signal_id: string;
  readonly subscription_id: string;
  readonly account_id: string;
  readonly decision: "copy" | "skip";
  readonly reason: SkipReason | null;
  readonly wanted: string | null;
  readonly steps: readonly Step[];
};

/** One attempt; the last of a part says how it ended. */
export type InstructionRow = {
  readonly origin_id: string;
  readonly subscription_id: string;
  readonly part: number;
  readonly attempt: number;
  readonly symbol: string;
  readonly volume: string | null;
  readonly state: OutcomeStatus | "queued" | "sent";
  readonly code: OutcomeCode | null;
  readonly filled: string | null;
  readonly price: string | null;
  readonly recorded_at: Date | null;
};

export type Answered = {
  readonly signalId: string;
  readonly subscriptionId: string;
  readonly accountId: string;
  readonly decided: Decided;
};

export function answeredOf(row: DecisionRow, parts: ReadonlyMap<number, Part>): Answered {
  const { decision, reason, steps } = row;
  const wanted = decimal(row.wanted);
  return {
    signalId: row.signal_id,
    subscriptionId: row.subscription_id,
    accountId: row.account_id,
    decided: { decision, reason, wanted, steps, parts },
  };
}

/** null where the attempt has no terminal outcome yet. */
export function endedOf(
  row: InstructionRow,
  planned: Fixed | null,
  receivedAt: Instant,
): Ended | null {
  const { state, code } = row;
  if (state === "queued" || state === "sent" || !isTerminal(state)) return null;
  const recordedAt = row.recorded_at?.getTime() ?? receivedAt;
  return {
    status: state,
    code,
    filled: filledOf(planned, decimal(row.volume), decimal(row.filled) ?? 0n),
    price: decimal(row.price),
    latencyMs: Math.max(0, recordedAt - receivedAt),
  };
}

const decimal = (text: string | null): Fixed | null => (text === null ? null : parseFixed(text));
