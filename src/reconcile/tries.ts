/**
 * What was done already to end a divergence, as the ledger has it. Pure.
 * Invariants: what an earlier way back has brought is never brought again, whatever became of the
 * process that asked for it; a divergence is realigned once the last way back has done all it says.
 */
import type { Fixed } from "../domain/fixed.ts";

/** One instruction of origin `realign`, with its last answer. */
export type Try = {
  /** Of the way back that it is a part of. */
  readonly sequence: number;
  readonly part: number;
  readonly attempt: number;
  readonly state: "queued" | "sent" | "working" | "unknown" | "done" | "partial" | "rejected";
  readonly filled: Fixed;
};

export type Tries = {
  /** The way back that comes next has a higher one. */
  readonly lastSequence: number;
  /** Lots that all ways back together have opened, or closed. */
  readonly brought: Fixed;
  /** Something is not answered yet. */
  readonly isOpen: boolean;
  /** The last way back has done all it says. */
  readonly isDone: boolean;
};

export const NOTHING_TRIED: Tries = {
  lastSequence: 0,
  brought: 0n,
  isOpen: false,
  isDone: false,
};

const ANSWERED: ReadonlySet<Try["state"]> = new Set(["done", "partial", "rejected"]);

export function triesOf(list: readonly Try[]): Tries {
  if (list.length === 0) return NOTHING_TRIED;
  const lastSequence = Math.max(...list.map(({ sequence }) => sequence));
  const isOpen = list.some(({ state }) => !ANSWERED.has(state));
  const last = new Map<number, Try>();
  for (const one of list) {
    const known = last.get(one.part);
    if (one.sequence !== lastSequence || (known?.attempt ?? 0) > one.attempt) continue;
    last.set(one.part, one);
  }
  return {
    lastSequence,
    brought: list.reduce((sum, { filled }) => sum + filled, 0n),
    isOpen,
    isDone: !isOpen && [...last.values()].every(({ state }) => state === "done"),
  };
}
