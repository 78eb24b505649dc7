/**
 * What an execution does to the one position it meets: opens, increases, reduces, closes or
 * reverses it. Each gives the deal's facts and the position after it; nothing is changed here.
 * Invariant: profit and swap are realised only on the lots that are closed.
 */
import { divideHalfEven, type Fixed, minFixed } from "../../domain/fixed.ts";
import type { Instant } from "../../domain/instant.ts";
import { type Entry, opposite, type Side } from "../../domain/trade.ts";
import type { Market } from "./market.ts";
import type { Markets } from "./markets.ts";
import type { OpenPosition, OrderRequest } from "./model.ts";
import { swapShare } from "./swaps.ts";
import { profitAt } from "./valuation.ts";

export type Fill = {
  readonly positionId: string;
  /** Of the position after the deal, or of the one it closed. */
  readonly leg: number;
  readonly symbol: string;
  /** What was bought or sold. */
  readonly side: Side;
  readonly entry: Entry;
  readonly volume: Fixed;
  readonly price: Fixed;
  readonly profit: Fixed;
  readonly swap: Fixed;
  /** The position as the deal leaves it; null where it is closed. */
  readonly position: OpenPosition | null;
};

/** Who sends an order, and when: what a new position is marked with. */
export type Stamp = {
  readonly orderId: string;
  readonly key: string | null;
  readonly at: Instant;
};

export type Trade = { readonly volume: Fixed; readonly price: Fixed };

/** A position of its own, named after its order. */
export function openingFill(order: OrderRequest, stamp: Stamp, trade: Trade): Fill {
  const position: OpenPosition = {
    id: stamp.orderId,
    leg: 0,
    symbol: order.symbol,
    side: order.side,
    volume: trade.volume,
    openPrice: trade.price,
    stopLoss: order.stopLoss,
    takeProfit: order.takeProfit,
    openedAt: stamp.at,
    swap: 0n,
    swapAt: null,
    key: stamp.key,
    magic: order.magic,
    comment: order.comment,
  };
  const { id, leg, symbol, side } = position;
  const nothing = { profit: 0n, swap: 0n };
  return { positionId: id, leg, symbol, side, entry: "in", ...trade, ...nothing, position };
}

/** Closes lots of a position at the market, or null where their profit cannot be converted. */
export function closingFill(
  position: OpenPosition,
  volume: Fixed,
  market: Market,
  to: { readonly markets: Markets; readonly currency: string },
): Fill | null {
  return fillAtPrice(position, { volume, price: market.exitPrice(position.side) }, market, to);
}

/** Closes lots of a position at a price. */
export function fillAtPrice(
  position: OpenPosition,
  { volume, price }: Trade,
  market: Market,
  to: { readonly markets: Markets; readonly currency: string },
): Fill | null {
  const profit = profitAt({ ...position, volume }, price, market, to);
  if (profit === null) return null;
  const rest = position.volume - volume;
  const swap = swapShare(position, volume);
  return {
    positionId: position.id,
    leg: position.leg,
    symbol: position.symbol,
    side: opposite(position.side),
    entry: "out",
    volume,
    price,
    profit,
    swap,
    position: rest === 0n ? null : { ...position, volume: rest, swap: position.swap - swap },
  };
}

/** Adds to a netting position: the price is the average by volume, stops that are given replace. */
export function increasingFill(position: OpenPosition, order: OrderRequest, trade: Trade): Fill {
  const volume = position.volume + trade.volume;
  const cost = position.volume * position.openPrice + trade.volume * trade.price;
  return {
    positionId: position.id,
    leg: position.leg,
    symbol: position.symbol,
    side: position.side,
    entry: "in",
    ...trade,
    profit: 0n,
    swap: 0n,
    position: {
      ...position,
      volume,
      openPrice: divideHalfEven(cost, volume),
      stopLoss: order.stopLoss ?? position.stopLoss,
      takeProfit: order.takeProfit ?? position.takeProfit,
    },
  };
}

/** A netting account's order against its position: reduces or closes it, or turns it round. */
export function opposingFill(
  position: OpenPosition,
  order: { readonly request: OrderRequest; readonly stamp: Stamp; readonly volume: Fixed },
  market: Market,
  to: { readonly markets: Markets; readonly currency: string },
): Fill | null {
  const closed = minFixed(order.volume, position.volume);
  const closing = closingFill(position, closed, market, to);
  if (closing === null || order.volume === closed) return closing;
  const rest = { volume: order.volume - closed, price: closing.price };
  const opened = openingFill(order.request, order.stamp, rest).position;
  const leg = position.leg + 1;
  return {
    ...closing,
    leg,
    entry: "inout",
    volume: order.volume,
    position: opened === null ? null : { ...opened, id: position.id, leg },
  };
}
