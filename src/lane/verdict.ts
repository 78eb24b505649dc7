/** The one outcome of a copied signal for one follower, from those of its instructions. */
import type { Fixed } from "../domain/fixed.ts";
import type { OutcomeStatus } from "../domain/instruction.ts";

export type InstructionState = {
  readonly part: number;
  readonly attempt: number;
  readonly kind: string;
  readonly volume: Fixed | null;
  readonly state: OutcomeStatus | "queued" | "sent";
  readonly filled: Fixed;
  readonly price: Fixed | null;
};

export type Verdict = {
  readonly outcome: OutcomeStatus;
  readonly filled: Fixed;
  /** Volume-weighted over all fills, or null where there is none. */
  readonly price: Fixed | null;
};

export function verdictOf(volume: Fixed, states: readonly InstructionState[]): Verdict {
  let filled = 0n;
  let value = 0n;
  for (const state of states) {
    filled += state.filled;
    value += state.filled * (state.price ?? 0n);
  }
  const price = filled === 0n ? null : (2n * value + filled) / (2n * filled);
  return { outcome: outcomeOf(volume, filled, states), filled, price };
}

function outcomeOf(
  volume: Fixed,
  filled: Fixed,
  states: readonly InstructionState[],
): OutcomeStatus {
  const last = lastAttempts(states);
  if (last.some((state) => state.state === "unknown")) return "unknown";
  if (last.some((state) => ["queued", "sent", "working"].includes(state.state))) return "working";
  if (last.every((state) => state.state === "done")) return "done";
  if (filled > 0n) return filled >= volume ? "done" : "partial";
  return "rejected";
}

function lastAttempts(states: readonly InstructionState[]): InstructionState[] {
  const last = new Map<number, InstructionState>();
  for (const state of states) {
    const known = last.get(state.part);
    if (known === undefined || known.attempt < state.attempt) last.set(state.part, state);
  }
  return [...last.values()];
}
