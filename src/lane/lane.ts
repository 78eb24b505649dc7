/**
 * The order of one account's instructions, as plain state and pure choices.
 * Invariants: never more in flight than the broker takes; instructions of one (subscription, master
 * position) go in ledger order, one at a time; between positions closes and cancels go before
 * everything else; an unknown outcome blocks its own position only.
 */
import type { InstructionKind } from "../domain/instruction.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";

export type Lane = {
  readonly inFlightMax: number;
  readonly inFlight: Map<string, LedgerInstruction>;
  readonly unknown: Map<string, LedgerInstruction>;
  /** Committed but not handed over, in ledger order. */
  queued: LedgerInstruction[];
  /** Places promised to instructions that are being committed. */
  promised: number;
};

export function newLane(inFlightMax: number): Lane {
  return { inFlightMax, inFlight: new Map(), unknown: new Map(), queued: [], promised: 0 };
}

export function hasRoom(lane: Lane): boolean {
  return lane.inFlight.size + lane.promised < lane.inFlightMax;
}

function samePlace(a: LedgerInstruction, b: LedgerInstruction): boolean {
  return a.subscriptionId === b.subscriptionId && a.position === b.position;
}

/** Parts of one decision may be under way together; anything else of the place may not. */
function blocks(other: LedgerInstruction, instruction: LedgerInstruction): boolean {
  return samePlace(other, instruction) && other.origin.id !== instruction.origin.id;
}

function isBlocked(lane: Lane, instruction: LedgerInstruction, ahead: number): boolean {
  for (const other of lane.inFlight.values()) if (blocks(other, instruction)) return true;
  for (const other of lane.unknown.values()) if (samePlace(other, instruction)) return true;
  return lane.queued.slice(0, ahead).some((other) => blocks(other, instruction));
}

/** What ends exposure, or may still, then what changes it, then what opens it. */
const RANKS: Readonly<Record<InstructionKind, number>> = {
  ...{ close: 0, cancel: 0 },
  ...{ protect: 1, change: 1 },
  ...{ open: 2, place: 2 },
};

const rank = ({ kind }: LedgerInstruction): number => RANKS[kind];

/** Takes the next instruction that may go out now, or null. */
export function takeNext(lane: Lane, closesFirst: boolean): LedgerInstruction | null {
  if (!hasRoom(lane)) return null;
  let best = -1;
  for (const [index, instruction] of lane.queued.entries()) {
    if (isBlocked(lane, instruction, index)) continue;
    const known = lane.queued[best];
    if (known === undefined || (closesFirst && rank(instruction) < rank(known))) best = index;
  }
  const [taken] = best < 0 ? [] : lane.queued.splice(best, 1);
  if (taken === undefined) return null;
  lane.inFlight.set(taken.key, taken);
  return taken;
}

export function holdsCloses({ inFlight, unknown, queued }: Lane): boolean {
  const all = [...inFlight.values(), ...unknown.values(), ...queued];
  return all.some((one) => rank(one) === 0);
}

/** Takes out the unsent opens and places of what the master has closed or cancelled meanwhile. */
export function takeUnsentOpens(
  lane: Lane,
  subscriptionId: string,
  position: string,
): LedgerInstruction[] {
  const cancelled = lane.queued.filter(
    (one) =>
      (one.kind === "open" || one.kind === "place") &&
      one.subscriptionId === subscriptionId &&
      one.position === position,
  );
  lane.queued = lane.queued.filter((one) => !cancelled.includes(one));
  return cancelled;
}
