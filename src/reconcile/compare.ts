/**
 * Expected against actual: what the hub believes a follower holds, and what a snapshot shows.
 * Invariants: equal sides give no difference; volume that carries none of our keys is the user's
 * own and never a difference; nothing is concluded for a position with an unanswered instruction.
 */
import type { Fixed } from "../domain/fixed.ts";
import type { Position, Side } from "../domain/trade.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import { heldOf } from "../follower/outcome.ts";

export type Difference = {
  readonly kind: "missing" | "orphan";
  readonly subscriptionId: string | null;
  /** The master's position, or the broker's where no copy is known. */
  readonly position: string;
  /** The broker's position; null where only the net of a symbol is known. */
  readonly positionId: string | null;
  readonly symbol: string;
  readonly expected: Fixed;
  readonly actual: Fixed;
};

export type Comparison = {
  readonly copied: readonly CopiedPosition[];
  readonly positions: readonly Position[];
  readonly mode: "hedging" | "netting";
  /** Copied positions with an unanswered instruction. */
  isBusy(copied: CopiedPosition): boolean;
  /** Whether a broker position with our key belongs to an instruction that is still open. */
  isPending(key: string): boolean;
};

export function compare(comparison: Comparison): Difference[] {
  return comparison.mode === "netting" ? compareNets(comparison) : comparePositions(comparison);
}

function comparePositions(comparison: Comparison): Difference[] {
  const actual = new Map(comparison.positions.map((position) => [position.id, position]));
  const known = new Set<string>();
  const missing: Difference[] = [];
  for (const copied of comparison.copied) {
    for (const { positionId, volume } of copied.holdings) {
      known.add(positionId);
      const held = actual.get(positionId)?.volume ?? 0n;
      if (held >= volume || comparison.isBusy(copied)) continue;
      const { subscriptionId, position, symbol } = copied;
      missing.push({
        kind: "missing",
        subscriptionId,
        position,
        positionId,
        symbol,
        expected: volume,
        actual: held,
      });
    }
  }
  const orphans = comparison.positions
    .filter(({ id, key }) => key !== null && !known.has(id) && !comparison.isPending(key))
    .map((position) => orphanOf(position));
  return [...missing, ...orphans];
}

function orphanOf(position: Position): Difference {
  return {
    kind: "orphan",
    subscriptionId: null,
    position: position.id,
    positionId: position.id,
    symbol: position.symbol,
    expected: 0n,
    actual: position.volume,
  };
}

/** On a netting account the sum of a symbol's copies is compared with the one position. */
function compareNets(comparison: Comparison): Difference[] {
  const symbols = new Set(comparison.copied.map((copied) => copied.symbol));
  return [...symbols].flatMap((symbol) => compareNet(comparison, symbol));
}

function compareNet(comparison: Comparison, symbol: string): Difference[] {
  const copied = comparison.copied.filter((one) => one.symbol === symbol && heldOf(one) > 0n);
  const first = copied[0];
  if (first === undefined || copied.some((one) => comparison.isBusy(one))) return [];
  const expected = copied.reduce((sum, one) => sum + signed(one.side, heldOf(one)), 0n);
  const position = comparison.positions.find((one) => one.symbol === symbol);
  const actual = position === undefined ? 0n : signed(position.side, position.volume);
  // More on our side than we hold is the user's own.
  if (expected === 0n || (expected > 0n ? actual >= expected : actual <= expected)) return [];
  const { subscriptionId, position: place } = first;
  return [
    {
      kind: "missing",
      subscriptionId,
      position: place,
      positionId: null,
      symbol,
      expected: expected < 0n ? -expected : expected,
      actual: expected < 0n ? -actual : actual,
    },
  ];
}

const signed = (side: Side, volume: Fixed): Fixed => (side === "buy" ? volume : -volume);
