/**
 * Where a copy's stop-loss and take-profit go.
 * `copy-distance` is the default for both, at the open and at every later change: the distance
 * between the master's price and its stop is laid off from the follower's own price, which is the
 * master's price of the stop where both opened at the same price, and keeps risk and profit equal
 * where they did not. Without both opening prices the master's price is taken as it is, and so it
 * is for a position from before the subscription: its stop may have been trailed beyond our price.
 * A reversed copy has its stop-loss where the master takes profit; without one, assumedStopPoints
 * are placed.
 * Invariants: every stop is a whole tick; a stop that is returned is legal at the quote, at least
 * the broker's stop or freeze level and one tick away from the price that would fire it, or the answer is
 * INVALID_STOPS. Offsets widen where they are above zero. The broker checks again when it is sent.
 */
import { divideHalfEven, type Fixed, formatFixed, maxFixed } from "../domain/fixed.ts";
import type { Side } from "../domain/trade.ts";
import type { CopiedPosition, Step } from "./decision.ts";
import { type EntryView, type MasterPrices, type Stops, scaled } from "./entry.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { Rules, StopRule } from "./rules.ts";
import { remembered, type SignalView, type SymbolView } from "./view.ts";

type Anchors = { readonly own: Fixed | null; readonly master: Fixed | null };

/** A stop-loss or take-profit: `away` is the direction in which it lies from the market. */
type Leg = {
  readonly name: "stopLoss" | "takeProfit";
  readonly rule: StopRule;
  readonly master: Fixed | null;
  readonly away: 1n | -1n;
  /** Points of a stop-loss that is placed where the master gives none. */
  readonly assumed: number | null;
};

/** The stops to send with an open, from the price it is expected to fill at. */
export function stopsForOpen(view: SignalView, entry: EntryView, rules: Rules): Stops | Refusal {
  return remembered(entry.stops, rules.stopsKey, () => {
    const { symbol, master } = entry;
    const anchors = { own: entry.fill, master: view.signal.existing ? null : master.price };
    const placed = legs(entry, master, rules).map((leg) => ({
      leg,
      price: place(leg, anchors, symbol),
    }));
    return legalStops(placed, symbol, entry.side, rules);
  });
}

/**
 * The stops of an open copy after the master changed its own, from the opening prices of both
 * sides. A stop that the rules do not take from the master stays as it is.
 */
export function stopsForProtect(
  entry: EntryView,
  rules: Rules,
  copied: CopiedPosition,
): Stops | Refusal {
  const master = scaled(copied.masterOpenPrice, entry.priceFactor);
  const anchors = { own: copied.openPrice, master };
  const placed = legs(entry, entry.master, rules).map((leg) => ({
    leg,
    price: followsMaster(leg.rule) ? place(leg, anchors, entry.symbol) : copied[leg.name],
    kept: !followsMaster(leg.rule),
  }));
  return legalStops(placed, entry.symbol, copied.side, rules);
}

/**
 * The stops of an open copy as the rules of now would have placed them, from the opening prices of
 * both sides and the master's stops of now. NO_PRICE where its own opening price is not known.
 */
export function stopsAnew(entry: EntryView, rules: Rules, copied: CopiedPosition): Stops | Refusal {
  if (copied.openPrice === null) return refuse("NO_PRICE", { step: "stops" });
  const master = scaled(copied.masterOpenPrice, entry.priceFactor);
  const anchors = { own: copied.openPrice, master };
  const placed = legs(entry, entry.master, rules).map((leg) => ({
    leg,
    price: place(leg, anchors, entry.symbol),
  }));
  return legalStops(placed, entry.symbol, copied.side, rules);
}

/** Whether any change of the master's stops reaches the copy. */
export function followsProtection({ stops }: Rules): boolean {
  return !stops.lockAfterOpen && (followsMaster(stops.stopLoss) || followsMaster(stops.takeProfit));
}

function followsMaster({ mode }: StopRule): boolean {
  return mode === "copy-price" || mode === "copy-distance";
}

function legs(
  { side, reversed }: EntryView,
  master: MasterPrices,
  { stops, sizing }: Rules,
): readonly [Leg, Leg] {
  const [down, up] = side === "buy" ? ([-1n, 1n] as const) : ([1n, -1n] as const);
  const assumed = reversed ? sizing.assumedStopPoints : null;
  return [
    { name: "stopLoss", rule: stops.stopLoss, master: master.stopLoss, away: down, assumed },
    {
      name: "takeProfit",
      rule: stops.takeProfit,
      master: master.takeProfit,
      away: up,
      assumed: null,
    },
  ];
}

function place(leg: Leg, anchors: Anchors, symbol: SymbolView): Fixed | null {
  const { mode, points, offsetPoints } = leg.rule;
  if (mode === "none") return null;
  if (mode === "fixed-points") return from(anchors.own, leg, points + offsetPoints, symbol);
  if (leg.master === null) {
    return leg.assumed === null ? null : from(anchors.own, leg, leg.assumed, symbol);
  }
  const shift =
    mode === "copy-distance" && anchors.own !== null && anchors.master !== null
      ? anchors.own - anchors.master
      : 0n;
  return toTick(leg.master + shift + leg.away * BigInt(offsetPoints) * symbol.point, symbol);
}

function from(own: Fixed | null, leg: Leg, points: number, symbol: SymbolView): Fixed | null {
  return own === null ? null : toTick(own + leg.away * BigInt(points) * symbol.point, symbol);
}

function toTick(price: Fixed, { spec }: SymbolView): Fixed {
  return divideHalfEven(price, spec.tickSize) * spec.tickSize;
}

type Placed = { readonly leg: Leg; readonly price: Fixed | null; readonly kept?: boolean };

function legalStops(
  placed: readonly Placed[],
  symbol: SymbolView,
  side: Side,
  rules: Rules,
): Stops | Refusal {
  const prices: Record<Leg["name"], Fixed | null> = { stopLoss: null, takeProfit: null };
  let stopLossAsked: Fixed | null = null;
  const steps: Step[] = [];
  for (const { leg, price, kept } of placed) {
    if (leg.name === "stopLoss") stopLossAsked = price;
    const legal = price === null || kept === true ? price : legalPrice(leg, price, symbol, side);
    prices[leg.name] = legal;
    if (price === null || legal === null) continue;
    if (legal === price && legal > 0n) continue;
    const step = {
      step: "stops",
      [leg.name]: formatFixed(price),
      legal: formatFixed(legal),
    };
    if (rules.stops.illegal === "skip" || legal <= 0n) return refuse("INVALID_STOPS", step);
    steps.push(step);
  }
  return { ...prices, stopLossAsked, steps };
}

/** The price itself, or the nearest tick that is far enough from the quote that would fire it. */
function legalPrice(leg: Leg, price: Fixed, symbol: SymbolView, side: Side): Fixed {
  if (symbol.quote === null) return price;
  const firesAt = side === "buy" ? symbol.quote.bid : symbol.quote.ask;
  const { tickSize } = symbol.spec;
  if (leg.away === -1n) {
    const nearest = ((firesAt - symbol.stopDistance) / tickSize) * tickSize;
    return price <= nearest ? price : maxFixed(nearest, 0n);
  }
  const nearest = ((firesAt + symbol.stopDistance + tickSize - 1n) / tickSize) * tickSize;
  return price >= nearest ? price : nearest;
}
