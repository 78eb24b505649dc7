/**
 * What an outcome, or the follower's own hand, does to a copied position.
 * Invariants: holdings add up to what was filled less what was closed; an opening fill adds to the
 * exact target; a close by hand scales the target by held-after / held-before.
 */

import type { PositionMode } from "../domain/account.ts";
import { type Fixed, minFixed } from "../domain/fixed.ts";
import type { Outcome } from "../domain/instruction.ts";
import { plus, ratio, ratioOf, times, ZERO_RATIO } from "../domain/ratio.ts";
import type { DealReason } from "../domain/trade.ts";
import type { CopiedPosition, CopyState, Holding } from "./decision.ts";
import { added, averaged } from "./holdings.ts";
import type { LedgerInstruction } from "./instruction.ts";
import { changed, gone, isMirror, placed } from "./mirrored.ts";

export function heldOf(copied: CopiedPosition): Fixed {
  return copied.holdings.reduce((sum, holding) => sum + holding.volume, 0n);
}

/** The copied position after a terminal outcome; null where there is still none. */
export function afterOutcome(
  copied: CopiedPosition | null,
  instruction: LedgerInstruction,
  outcome: Outcome,
  mode: PositionMode = "hedging",
): CopiedPosition | null {
  switch (instruction.kind) {
    case "open":
      return outcome.filled > 0n ? opened(copied, instruction, outcome) : copied;
    case "close":
      return copied === null ? null : closed(copied, outcome, { ...instruction, mode });
    case "protect":
      if (copied === null || outcome.status !== "done") return copied;
      return { ...copied, stopLoss: instruction.stopLoss, takeProfit: instruction.takeProfit };
    case "place":
      return placed(instruction, outcome) ?? copied;
    case "change":
      return isMirror(copied) ? changed(copied, instruction, outcome) : copied;
    case "cancel":
      return isMirror(copied) && outcome.status === "done" ? gone(copied) : copied;
  }
}

function opened(
  copied: CopiedPosition | null,
  instruction: LedgerInstruction,
  outcome: Outcome,
): CopiedPosition {
  const before = copied === null ? 0n : heldOf(copied);
  const filled = outcome.filled;
  const positionId = outcome.positionId ?? instruction.key;
  return {
    subscriptionId: instruction.subscriptionId,
    position: instruction.position,
    symbol: instruction.symbol,
    side: instruction.side,
    state: "open",
    target: plus(copied?.target ?? ZERO_RATIO, ratioOf(filled)),
    holdings: added(copied?.holdings ?? [], { positionId, volume: filled }),
    stopLoss: instruction.stopLoss,
    takeProfit: instruction.takeProfit,
    openPrice: averaged(copied?.openPrice ?? null, before, outcome.price, filled),
    masterOpenPrice: averaged(
      copied?.masterOpenPrice ?? null,
      before,
      instruction.masterPrice,
      filled,
    ),
    through: copied?.through ?? 0,
    ...openedBy(copied, instruction),
  };
}

/** A way back, or what else is no signal, opens under the rules of the day. */
function openedBy(copied: CopiedPosition | null, { origin }: LedgerInstruction) {
  if (copied?.openedBy !== undefined) return { openedBy: copied.openedBy };
  return copied === null && origin.kind === "signal" ? { openedBy: origin.sequence } : {};
}

function heldIn(copied: CopiedPosition, positionId: string | null): Fixed {
  return copied.holdings
    .filter((holding) => positionId === null || holding.positionId === positionId)
    .reduce((sum, holding) => sum + holding.volume, 0n);
}

/** Takes closed lots out of the holdings of one broker position. */
export function reduced(
  holdings: readonly Holding[],
  positionId: string | null,
  volume: Fixed,
): Holding[] {
  let left = volume;
  const rest: Holding[] = [];
  for (const holding of holdings) {
    const isMeant = positionId === null || holding.positionId === positionId;
    const taken = isMeant ? minFixed(left, holding.volume) : 0n;
    left -= taken;
    if (holding.volume > taken) rest.push({ ...holding, volume: holding.volume - taken });
  }
  return rest;
}

/**
 * Where the broker says that the position is gone, none of it is held any more. Where only a part was
 * to be closed, somebody else has ended it: who, the comparison with the broker finds out. On a
 * netting account what comes next could open instead of closing, so it is ended here and now. There a
 * close asks for less where the account holds less than its copies (lane/order.ts): what it was done
 * without is not held either.
 */
function closed(
  copied: CopiedPosition,
  outcome: Outcome,
  {
    positionId,
    volume: meant,
    mode,
    origin,
  }: Pick<LedgerInstruction, "positionId" | "volume" | "origin"> & { readonly mode: PositionMode },
): CopiedPosition {
  const gone = outcome.code === "POSITION_GONE";
  if (gone && copied.target.n > 0n) {
    if (mode === "hedging" || positionId === null) return copied;
    return afterOwnHand(copied, positionId, heldIn(copied, positionId), "client");
  }
  const isDone = mode === "netting" && outcome.status === "done";
  const filled = isDone ? (meant ?? outcome.filled) : outcome.filled;
  const volume = gone ? heldIn(copied, positionId) : filled;
  const holdings = reduced(copied.holdings, positionId, volume);
  if (holdings.length > 0) {
    if (origin.kind !== "rules") return { ...copied, holdings };
    // What new rules took off is no debt of the target: it shrinks with what is held.
    const left = holdings.reduce((sum, holding) => sum + holding.volume, 0n);
    return { ...copied, holdings, target: times(copied.target, ratio(left, heldOf(copied))) };
  }
  const state = copied.state === "open" || copied.state === "opening" ? "closed" : copied.state;
  return { ...copied, holdings, state, target: ZERO_RATIO };
}

const ENDED_BY: Readonly<Record<DealReason, CopyState>> = {
  client: "detached",
  expert: "detached",
  "stop-loss": "stopped-out",
  "take-profit": "stopped-out",
  "stop-out": "stopped-out",
};

/** The copied position after `volume` of one of its broker positions went without the hub. */
export function afterOwnHand(
  copied: CopiedPosition,
  positionId: string,
  volume: Fixed,
  reason: DealReason,
): CopiedPosition {
  const before = heldOf(copied);
  const holdings = reduced(copied.holdings, positionId, volume);
  if (holdings.length === 0) {
    return { ...copied, holdings, state: ENDED_BY[reason], target: ZERO_RATIO };
  }
  const held = holdings.reduce((sum, holding) => sum + holding.volume, 0n);
  return { ...copied, holdings, target: times(copied.target, ratio(held, before)) };
}
