/**
 * What a scripted master sees and may do. A strategy is a pure function of what it sees and of the
 * numbers it draws, so that the same seed trades the same; it makes at most one move a turn.
 */
import type { Fixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { Position, Side } from "../domain/trade.ts";
import type { BaseSymbol } from "../gateway/simulator/symbols.ts";
import type { Random } from "../platform/random.ts";

export type Held = Pick<
  Position,
  "id" | "side" | "volume" | "openPrice" | "openedAt" | "stopLoss" | "takeProfit"
> & { readonly symbol: BaseSymbol };

export type Sight = {
  readonly bid: Fixed;
  readonly ask: Fixed;
  /** The price of one point. */
  readonly point: Fixed;
  /** How the mid has moved over the last half minute. */
  readonly moved: Fixed;
};

export type Seen = {
  readonly now: Instant;
  /** Oldest first. */
  readonly held: readonly Held[];
  sight(symbol: BaseSymbol): Sight;
};

export type Move =
  | {
      readonly kind: "open";
      readonly symbol: BaseSymbol;
      readonly side: Side;
      readonly volume: Fixed;
      readonly stopLoss: Fixed;
      readonly takeProfit: Fixed;
    }
  /** `volume` null: all of it. */
  | { readonly kind: "close"; readonly held: Held; readonly volume: Fixed | null }
  | { readonly kind: "protect"; readonly held: Held; readonly stopLoss: Fixed };

export type Strategy = (seen: Seen, random: Random) => Move | null;

/** Opens at the market with stops at a distance in points. */
export function openAt(
  symbol: BaseSymbol,
  sight: Sight,
  order: { readonly side: Side; readonly volume: Fixed; readonly stopPoints: number },
): Move {
  const { side, volume, stopPoints } = order;
  const price = side === "buy" ? sight.ask : sight.bid;
  const distance = BigInt(stopPoints) * sight.point * (side === "buy" ? 1n : -1n);
  return {
    ...{ kind: "open", symbol, side, volume },
    stopLoss: price - distance,
    takeProfit: price + 2n * distance,
  };
}

/** How far a position is in profit, as a price distance; below zero where it loses. */
export function gainOf(held: Held, sight: Sight): Fixed {
  return held.side === "buy" ? sight.bid - held.openPrice : held.openPrice - sight.ask;
}

/** One of `list`, which is not empty. */
export function pick<T>(list: readonly T[], random: Random): T {
  const one = list[Math.floor(random.next() * list.length)];
  if (one === undefined) throw new RangeError("nothing to pick from");
  return one;
}
