/**
 * The nearest prices at which something of a symbol waits, by which a tick that touches nothing
 * costs four comparisons; and how near to the market a price may stand, or be changed.
 */
import type { Fixed } from "../../domain/fixed.ts";
import { pointSize, type SymbolSpec } from "../../domain/symbol.ts";
import type { Market } from "./market.ts";

/** null is none. */
export type Levels = {
  /** A bid at or below it, or at or above it, touches something. */
  bidBelow: Fixed | null;
  bidAbove: Fixed | null;
  /** An ask at or below it, or at or above it, touches something. */
  askBelow: Fixed | null;
  askAbove: Fixed | null;
};

export function noLevels(): Levels {
  return { bidBelow: null, bidAbove: null, askBelow: null, askAbove: null };
}

export function higher(a: Fixed | null, b: Fixed | null): Fixed | null {
  return a === null || (b !== null && b > a) ? b : a;
}

export function lower(a: Fixed | null, b: Fixed | null): Fixed | null {
  return a === null || (b !== null && b < a) ? b : a;
}

/** Whether the quote touches anything that was gathered. */
export function touchesAny(levels: Levels, market: Market): boolean {
  const { bidBelow, bidAbove, askBelow, askAbove } = levels;
  return (
    (bidBelow !== null && market.bid <= bidBelow) ||
    (bidAbove !== null && market.bid >= bidAbove) ||
    (askBelow !== null && market.ask <= askBelow) ||
    (askAbove !== null && market.ask >= askAbove)
  );
}

/** The least distance of a stop or a pending price: the stop level, and never nothing. */
export function stopDistance(spec: SymbolSpec): Fixed {
  const level = BigInt(spec.stopLevelPoints) * pointSize(spec);
  return level > 0n ? level : 1n;
}

/** Whether two prices are nearer than the freeze level; what waits there can be changed no more. */
export function isWithinFreeze(a: Fixed, b: Fixed, spec: SymbolSpec): boolean {
  const distance = a > b ? a - b : b - a;
  return distance < BigInt(spec.freezeLevelPoints) * pointSize(spec);
}
