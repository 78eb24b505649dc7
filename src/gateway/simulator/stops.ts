/**
 * Stop-losses and take-profits: when a quote touches one, where one may stand, and the nearest
 * ones of a symbol, by which a tick that touches nothing costs four comparisons.
 */
import type { Fixed } from "../../domain/fixed.ts";
import { pointSize } from "../../domain/symbol.ts";
import type { Side } from "../../domain/trade.ts";
import type { Market } from "./market.ts";
import type { OpenPosition } from "./model.ts";

/** The prices nearest to the market at which some position of a symbol is stopped; null is none. */
export type Triggers = {
  /** A bid at or below it, or at or above it, touches a buy. */
  buyBelow: Fixed | null;
  buyAbove: Fixed | null;
  /** An ask at or below it, or at or above it, touches a sell. */
  sellBelow: Fixed | null;
  sellAbove: Fixed | null;
};

export function noTriggers(): Triggers {
  return { buyBelow: null, buyAbove: null, sellBelow: null, sellAbove: null };
}

function higher(a: Fixed | null, b: Fixed | null): Fixed | null {
  return a === null || (b !== null && b > a) ? b : a;
}

function lower(a: Fixed | null, b: Fixed | null): Fixed | null {
  return a === null || (b !== null && b < a) ? b : a;
}

export function addTriggers(triggers: Triggers, position: OpenPosition): void {
  if (position.side === "buy") {
    triggers.buyBelow = higher(triggers.buyBelow, position.stopLoss);
    triggers.buyAbove = lower(triggers.buyAbove, position.takeProfit);
  } else {
    triggers.sellBelow = higher(triggers.sellBelow, position.takeProfit);
    triggers.sellAbove = lower(triggers.sellAbove, position.stopLoss);
  }
}

/** Whether the quote touches the stop of any position that was added. */
export function touchesAny(triggers: Triggers, market: Market): boolean {
  const { buyBelow, buyAbove, sellBelow, sellAbove } = triggers;
  return (
    (buyBelow !== null && market.bid <= buyBelow) ||
    (buyAbove !== null && market.bid >= buyAbove) ||
    (sellBelow !== null && market.ask <= sellBelow) ||
    (sellAbove !== null && market.ask >= sellAbove)
  );
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

/** On the right side of the market, and no nearer to it than the symbol's stop level. */
export function stopsAreLegal(side: Side, stops: Stops, market: Market): boolean {
  const level = BigInt(market.spec.stopLevelPoints) * pointSize(market.spec);
  const least = level > 0n ? level : 1n;
  const price = market.exitPrice(side);
  const sign = side === "buy" ? 1n : -1n;
  const { stopLoss, takeProfit } = stops;
  if (stopLoss !== null && (stopLoss <= 0n || (price - stopLoss) * sign < least)) return false;
  return takeProfit === null || (takeProfit > 0n && (takeProfit - price) * sign >= least);
}
