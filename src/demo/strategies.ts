/**
 * The three scripted masters.
 * trend: goes with what moved, trails its stop, takes half off a winner, one position a symbol.
 * grid: buys what fell and sells what rose, a little more each time, and takes what is in profit.
 * scalper: in and out within a minute, one position a symbol.
 * Invariant: none holds more than its most (POSITIONS_MAX), and one that is full closes.
 */
import { absFixed, type Fixed, floorTo, parseFixed } from "../domain/fixed.ts";
import type { BaseSymbol } from "../gateway/simulator/symbols.ts";
import type { Random } from "../platform/random.ts";
import type { StrategyName } from "./definition.ts";
import {
  gainOf,
  type Held,
  type Move,
  openAt,
  pick,
  type Seen,
  type Strategy,
} from "./strategy.ts";

export const POSITIONS_MAX: Readonly<Record<StrategyName, number>> = {
  trend: 3,
  grid: 5,
  scalper: 2,
};

const SYMBOLS: Readonly<Record<StrategyName, readonly BaseSymbol[]>> = {
  trend: ["EURUSD", "GBPUSD", "XAUUSD"],
  grid: ["EURGBP", "NZDUSD"],
  scalper: ["USDJPY", "XAUUSD", "EURUSD"],
};

/** A trend that has not paid by now is given up. */
const TREND_AGE_MS_MAX = 180_000;
const SCALP_AGE_MS_MAX = 25_000;
const GOLD_FACTOR = 12;
const LOT = parseFixed("1");
const TENTH = parseFixed("0.1");

export const STRATEGIES: Readonly<Record<StrategyName, Strategy>> = { trend, grid, scalper };

/** A stop distance in points: gold's points are small beside a currency's. */
function stopPoints(symbol: BaseSymbol, points: number): number {
  return symbol === "XAUUSD" ? points * GOLD_FACTOR : points;
}

function trend(seen: Seen, random: Random): Move | null {
  const { held, now } = seen;
  const oldest = held[0];
  const roll = random.next();
  const volume = lots(random, 25, 60);
  const free = SYMBOLS.trend.filter((symbol) => held.every((one) => one.symbol !== symbol));
  if (oldest === undefined) return follow(seen, free, volume);
  if (now - oldest.openedAt > TREND_AGE_MS_MAX)
    return { kind: "close", held: oldest, volume: null };
  if (held.length < POSITIONS_MAX.trend && roll < 0.5) return follow(seen, free, volume);
  const winner = best(seen);
  if (gainOf(winner, seen.sight(winner.symbol)) <= 0n) {
    return roll < 0.7 && held.length < POSITIONS_MAX.trend
      ? follow(seen, free, volume)
      : { kind: "close", held: oldest, volume: null };
  }
  if (roll < 0.65) return trail(seen, winner);
  const half = floorTo(winner.volume / 2n, TENTH);
  if (roll < 0.85 && half > 0n) return { kind: "close", held: winner, volume: half };
  return { kind: "close", held: winner, volume: null };
}

/** With the strongest of the moves, in points. */
function follow(seen: Seen, free: readonly BaseSymbol[], volume: Fixed): Move | null {
  const strength = (symbol: BaseSymbol): Fixed => {
    const { moved, point } = seen.sight(symbol);
    return absFixed(moved) / (point * BigInt(stopPoints(symbol, 1)));
  };
  const symbol = [...free].sort((a, b) => (strength(a) >= strength(b) ? -1 : 1))[0];
  if (symbol === undefined) return null;
  const sight = seen.sight(symbol);
  const side = sight.moved >= 0n ? "buy" : "sell";
  return openAt(symbol, sight, { side, volume, stopPoints: stopPoints(symbol, 350) });
}

/** Moves the stop up behind a winner; null where it is behind it already. */
function trail(seen: Seen, held: Held): Move | null {
  const sight = seen.sight(held.symbol);
  const distance = BigInt(stopPoints(held.symbol, 250)) * sight.point;
  const stopLoss = held.side === "buy" ? sight.bid - distance : sight.ask + distance;
  const better =
    held.stopLoss === null ||
    (held.side === "buy" ? stopLoss > held.stopLoss : stopLoss < held.stopLoss);
  return better ? { kind: "protect", held, stopLoss } : { kind: "close", held, volume: null };
}

function grid(seen: Seen, random: Random): Move | null {
  const { held } = seen;
  const roll = random.next();
  const symbol = pick(SYMBOLS.grid, random);
  if (held.length === 0 || (held.length < POSITIONS_MAX.grid && roll < 0.55)) {
    const sight = seen.sight(symbol);
    const side = sight.moved >= 0n ? "sell" : "buy";
    const rungs = held.filter((one) => one.symbol === symbol && one.side === side).length;
    const volume = TENTH * BigInt(8 + 2 * rungs);
    return openAt(symbol, sight, { side, volume, stopPoints: 600 });
  }
  return { kind: "close", held: best(seen), volume: null };
}

function scalper(seen: Seen, random: Random): Move | null {
  const { held, now } = seen;
  const oldest = held[0];
  const side = random.next() < 0.5 ? "buy" : "sell";
  const volume = lots(random, 12, 25);
  const free = SYMBOLS.scalper.filter((symbol) => held.every((one) => one.symbol !== symbol));
  const symbol = pick(free, random);
  const isFull = held.length >= POSITIONS_MAX.scalper;
  if (oldest !== undefined && (isFull || now - oldest.openedAt > SCALP_AGE_MS_MAX)) {
    return { kind: "close", held: oldest, volume: null };
  }
  return openAt(symbol, seen.sight(symbol), { side, volume, stopPoints: stopPoints(symbol, 200) });
}

/** The position with the largest gain, in points; there is one. */
function best(seen: Seen): Held {
  const gain = (one: Held): Fixed => {
    const sight = seen.sight(one.symbol);
    return gainOf(one, sight) / (sight.point * BigInt(stopPoints(one.symbol, 1)));
  };
  return seen.held.reduce((top, one) => (gain(one) > gain(top) ? one : top));
}

/** Whole tenths of a lot, from `from` to `to` of them. */
function lots(random: Random, from: number, to: number): Fixed {
  return (LOT / 10n) * BigInt(from + Math.floor(random.next() * (to - from + 1)));
}
