/**
 * The order of one account's instructions, as plain state and pure choices.
 * Invariants: never more in flight than the broker takes; instructions of one (subscription, master
 * position) go in ledger order, one at a time; between positions closes and cancels go before
 * everything else; an unknown outcome blocks its own position only. On a netting account all copies
 * of a symbol are one position: of those one instruction is under way at a time.
 */
import type { InstructionKind } from "../domain/instruction.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";

export type Lane = {
  readonly inFlightMax: number;
  /** Whether the broker keeps one position of each symbol. */
  readonly isNetting: boolean;
  readonly inFlight: Map<string, LedgerInstruction>;
  readonly unknown: Map<string, LedgerInstruction>;
  /** Committed but not handed over, in ledger order. */
  queued: LedgerInstruction[];
  /** Places promised to instructions that are being committed. */
  promised: number;
};

export function newLane(inFlightMax: number, isNetting = false): Lane {
  const [inFlight, unknown] = [new Map(), new Map()];
  return { inFlightMax, isNetting, inFlight, unknown, queued: [], promised: 0 };
}

export function hasRoom(lane: Lane): boolean {
  return lane.inFlight.size + lane.promised < lane.inFlightMax;
}

/** Whether what is being committed may go out at once, whatever it is. */
export function mayPromise(lane: Lane): boolean {
  if (!hasRoom(lane) || lane.queued.length > 0) return false;
  return !lane.isNetting || lane.inFlight.size + lane.promised + lane.unknown.size === 0;
}

/** What was promised a place has taken it, or gives it back. */
export function takePromise(lane: Lane): void {
  lane.promised = Math.max(0, lane.promised - 1);
}

function samePlace(a: LedgerInstruction, b: LedgerInstruction): boolean {
  return a.subscriptionId === b.subscriptionId && a.position === b.position;
}

/** Parts of one decision may be under way together; anything else of the place may not. */
function blocks(other: LedgerInstruction, instruction: LedgerInstruction): boolean {
  return samePlace(other, instruction) && other.origin.id !== instruction.origin.id;
}

/** Both change, or need to know, what the account's one position of a symbol is. */
function sameNet(a: LedgerInstruction, b: LedgerInstruction): boolean {
  return a.symbol === b.symbol && isOfPosition(a) && isOfPosition(b);
}

const isOfPosition = ({ kind }: LedgerInstruction): boolean =>
  kind === "open" || kind === "close" || kind === "protect";

function isBlocked(lane: Lane, instruction: LedgerInstruction, ahead: number): boolean {
  const nets = (other: LedgerInstruction) => lane.isNetting && sameNet(other, instruction);
  for (const other of lane.inFlight.values()) {
    if (blocks(other, instruction) || nets(other)) return true;
  }
  for (const other of lane.unknown.values()) {
    if (samePlace(other, instruction) || nets(other)) return true;
  }
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
  if (!hasRoom(lane) || (lane.isNetting && lane.promised > 0)) return null;
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
