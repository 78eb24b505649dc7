/**
 * Expected against actual: what the hub believes a follower holds, and what a snapshot shows.
 * Invariants: equal sides give no difference; volume that carries none of our keys is the user's
 * own and never a difference; nothing is concluded for a position with an unanswered instruction.
 */
import type { Fixed } from "../domain/fixed.ts";
import { type PendingOrder, sideOfOrder } from "../domain/pending-order.ts";
import type { Position, Side } from "../domain/trade.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import type { Mirror } from "../follower/mirrored.ts";
import { heldOf } from "../follower/outcome.ts";
import { orderPlace } from "../master/orders.ts";

export type Difference = {
  /** missing: less than the copy; extra: more; side, stops: otherwise than it. */
  readonly kind: "missing" | "extra" | "side" | "stops" | "orphan" | "own";
  readonly subscriptionId: string | null;
  /** The master's position, or the broker's where no copy is known. */
  readonly position: string;
  /** The broker's position; null where only the net of a symbol is known. */
  readonly positionId: string | null;
  readonly symbol: string;
  readonly side: Side;
  readonly expected: Fixed;
  readonly actual: Fixed;
  /** The key that the broker's position bears; absent where there is none. */
  readonly key?: string | null;
};

export type Comparison = {
  readonly copied: readonly CopiedPosition[];
  readonly positions: readonly Position[];
  readonly mode: "hedging" | "netting";
  /** Copied positions with an unanswered instruction. */
  isBusy(copied: CopiedPosition): boolean;
  /** Whether an unanswered instruction may move the symbol's net, of a copy or of none yet. */
  isBusySymbol?(symbol: string): boolean;
  /** Whether a broker position with our key belongs to an instruction that is still open. */
  isPending(key: string): boolean;
  /** Positions that were left to the account; absent: none. */
  readonly released?: ReadonlySet<string>;
  /** Pending orders that stand there, and those that mirror the master's; absent: none. */
  readonly orders?: readonly PendingOrder[];
  readonly mirroring?: ReadonlySet<string>;
  /** Copies whose own orders stand, as far as is known; absent: none. */
  readonly mirrors?: readonly Mirror[];
  /** Whether positions that are no copies are to be told of; absent: they are the user's own. */
  readonly tellsOwn?: boolean;
};

export function compare(comparison: Comparison): Difference[] {
  const found =
    comparison.mode === "netting" ? compareNets(comparison) : comparePositions(comparison);
  return [...found, ...strayOrders(comparison), ...editedOrders(comparison)];
}

/** Mirrored orders whose price or stops are others than were sent: somebody has changed them there. */
function editedOrders({ orders = [], mirrors = [], isBusy }: Comparison): Difference[] {
  const standing = new Map(orders.map((order) => [order.id, order]));
  return mirrors.flatMap((mirror): Difference[] => {
    const { order, subscriptionId, position, symbol, side, stopLoss, takeProfit } = mirror;
    const there = standing.get(order.orderId ?? "");
    // What a refused change left astray is cancelled by itself.
    if (there === undefined || order.astray || isBusy(mirror)) return [];
    const isSame =
      there.price === order.price &&
      there.limitPrice === order.limitPrice &&
      there.stopLoss === stopLoss &&
      there.takeProfit === takeProfit;
    if (isSame) return [];
    const place = { subscriptionId, position, positionId: null, symbol, side, key: order.key };
    return [{ kind: "stops", ...place, expected: order.volume, actual: there.volume }];
  });
}

/** Pending orders with our key that mirror nothing; those without one are the user's own. */
function strayOrders({ orders = [], mirroring, isPending }: Comparison): Difference[] {
  return orders.flatMap(({ id, key, symbol, type, volume }): Difference[] => {
    if (key === null || isPending(key) || mirroring?.has(id) === true) return [];
    const place = { subscriptionId: null, position: orderPlace(id), positionId: null };
    const amounts = { expected: 0n, actual: volume };
    return [{ kind: "orphan", ...place, symbol, side: sideOfOrder(type), ...amounts, key }];
  });
}

function comparePositions(comparison: Comparison): Difference[] {
  const actual = new Map(comparison.positions.map((position) => [position.id, position]));
  const known = new Set<string>();
  const found: Difference[] = [];
  for (const copied of comparison.copied) {
    for (const { positionId, volume } of copied.holdings) {
      known.add(positionId);
      // What was detached is the user's own from then on.
      if (copied.state === "detached" || comparison.isBusy(copied)) continue;
      const position = actual.get(positionId);
      const kind = differs(copied, volume, position);
      if (kind === null) continue;
      const { subscriptionId, position: place, symbol, side } = copied;
      const held = { expected: volume, actual: position?.volume ?? 0n };
      const where = { subscriptionId, position: place, positionId, symbol, side };
      found.push({ kind, ...where, ...held, key: position?.key ?? null });
    }
  }
  const isReleased = (id: string): boolean => comparison.released?.has(id) === true;
  const others = comparison.positions.filter(({ id }) => !known.has(id) && !isReleased(id));
  return [...found, ...others.flatMap((position) => orphanOf(position, comparison))];
}

function differs(
  copied: CopiedPosition,
  volume: Fixed,
  position: Position | undefined,
): Difference["kind"] | null {
  if (position === undefined || position.volume < volume) return "missing";
  if (position.side !== copied.side) return "side";
  // More than the copy bears our key as well only where we lost count of it.
  if (position.volume > volume && position.key !== null) return "extra";
  const { stopLoss, takeProfit } = position;
  return stopLoss === copied.stopLoss && takeProfit === copied.takeProfit ? null : "stops";
}

function orphanOf(position: Position, comparison: Comparison): Difference[] {
  const { id, key, symbol, side, volume } = position;
  if (key === null && comparison.tellsOwn !== true) return [];
  if (key !== null && comparison.isPending(key)) return [];
  const where = { subscriptionId: null, position: id, positionId: id, symbol, side, key };
  return [{ kind: key === null ? "own" : "orphan", ...where, expected: 0n, actual: volume }];
}

/** On a netting account the sum of a symbol's copies is compared with the one position. */
function compareNets(comparison: Comparison): Difference[] {
  const symbols = new Set(comparison.copied.map((copied) => copied.symbol));
  return [...symbols].flatMap((symbol) => compareNet(comparison, symbol));
}

function compareNet(comparison: Comparison, symbol: string): Difference[] {
  const copied = comparison.copied.filter(
    (one) => one.symbol === symbol && heldOf(one) > 0n && one.state !== "detached",
  );
  const first = copied[0];
  if (first === undefined || comparison.isBusySymbol?.(symbol) === true) return [];
  if (copied.some((one) => comparison.isBusy(one))) return [];
  const expected = copied.reduce((sum, one) => sum + signed(one.side, heldOf(one)), 0n);
  const position = comparison.positions.find((one) => one.symbol === symbol);
  const actual = position === undefined ? 0n : signed(position.side, position.volume);
  // More on our side than we hold is the user's own.
  if (expected === 0n || (expected > 0n ? actual >= expected : actual <= expected)) return [];
  const { subscriptionId, position: place, side } = first;
  const isOpposed = actual !== 0n && expected > 0n !== actual > 0n;
  const isBuy = expected > 0n;
  return [
    {
      kind: isOpposed ? "side" : "missing",
      subscriptionId,
      position: place,
      positionId: null,
      symbol,
      side,
      expected: isBuy ? expected : -expected,
      actual: isBuy ? actual : -actual,
    },
  ];
}

const signed = (side: Side, volume: Fixed): Fixed => (side === "buy" ? volume : -volume);
