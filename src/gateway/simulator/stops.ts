/** Stop-losses and take-profits: when a quote touches one, where one may stand, and when not. */
import type { Fixed } from "../../domain/fixed.ts";
import type { SymbolSpec } from "../../domain/symbol.ts";
import type { Side } from "../../domain/trade.ts";
import { higher, isWithinFreeze, type Levels, lower, stopDistance } from "./levels.ts";
import type { Market } from "./market.ts";
import type { OpenPosition } from "./model.ts";

export function addStops(levels: Levels, position: OpenPosition): void {
  if (position.side === "buy") {
    levels.bidBelow = higher(levels.bidBelow, position.stopLoss);
    levels.bidAbove = lower(levels.bidAbove, position.takeProfit);
  } else {
    levels.askBelow = higher(levels.askBelow, position.takeProfit);
    levels.askAbove = lower(levels.askAbove, position.stopLoss);
  }
}

/** Which of a position's stops the quote touches; the stop-loss where it is both. */
export function touchedStop(
  position: OpenPosition,
  market: Market,
): "stop-loss" | "take-profit" | null {
  const { stopLoss, takeProfit, side } = position;
  const price = market.exitPrice(side);
  if (stopLoss !== null && (side === "buy" ? price <= stopLoss : price >= stopLoss)) {
    return "stop-loss";
  }
  if (takeProfit !== null && (side === "buy" ? price >= takeProfit : price <= takeProfit)) {
    return "take-profit";
  }
  return null;
}

export type Stops = { readonly stopLoss: Fixed | null; readonly takeProfit: Fixed | null };

/**
 * On the right side of `price` and no nearer to it than the symbol's stop level. The price is the
 * one at which the position would be closed now, or the one at which a pending order opens it.
 */
export function stopsAreLegal(side: Side, stops: Stops, price: Fixed, spec: SymbolSpec): boolean {
  const least = stopDistance(spec);
  const sign = side === "buy" ? 1n : -1n;
  const { stopLoss, takeProfit } = stops;
  if (stopLoss !== null && (stopLoss <= 0n || (price - stopLoss) * sign < least)) return false;
  return takeProfit === null || (takeProfit > 0n && (takeProfit - price) * sign >= least);
}

/** Whether the market is so near to one of its stops that the position can be changed no more. */
export function isFrozen(position: OpenPosition, market: Market): boolean {
  const price = market.exitPrice(position.side);
  return [position.stopLoss, position.takeProfit].some(
    (stop) => stop !== null && isWithinFreeze(stop, price, market.spec),
  );
}
