/**
 * What the broker makes of an order: refuse it with a code, fill it (wholly or in part), or change
 * a position's stops or a pending order. Pure: the verdict is carried out by broker.ts.
 * An order is checked for its symbol, its volume, the trade mode, the session, the quote, its
 * stops and the money, in this order. Stops need not lie on the symbol's price grid. Where the
 * market is within the freeze level of a position's stop, the position is neither changed nor
 * closed by an order.
 */
import type { OutcomeCode } from "../../domain/codes.ts";
import { type Fixed, floorTo, maxFixed, ONE } from "../../domain/fixed.ts";
import type { PendingOrder } from "../../domain/pending-order.ts";
import type { SymbolSpec } from "../../domain/symbol.ts";
import type { OrderChange } from "../gateway.ts";
import type { Account } from "./account.ts";
import {
  closingFill,
  type Fill,
  increasingFill,
  openingFill,
  opposingFill,
  type Stamp,
} from "./fills.ts";
import type { Market } from "./market.ts";
import type { Markets } from "./markets.ts";
import type { OpenPosition, OrderRequest } from "./model.ts";
import { meaningOf, RETCODE } from "./retcodes.ts";
import { isFrozen, stopsAreLegal } from "./stops.ts";
import { roundToCents } from "./valuation.ts";

export type Refusal = {
  readonly type: "refused";
  readonly retcode: number | null;
  readonly code: OutcomeCode;
};

export type Verdict =
  | Refusal
  | { readonly type: "filled"; readonly fill: Fill; readonly whole: boolean }
  | { readonly type: "changed"; readonly position: OpenPosition }
  | { readonly type: "unchanged"; readonly position: OpenPosition }
  | {
      readonly type: "order";
      readonly change: Exclude<OrderChange, "triggered">;
      readonly order: PendingOrder;
    }
  | { readonly type: "order-unchanged"; readonly order: PendingOrder };

export type Desk = {
  readonly account: Account;
  readonly markets: Markets;
  /** Charged for each lot that is traded, on either side, in the account's currency. */
  readonly commissionPerLot: Fixed;
};

export type OrderStamp = Stamp & { readonly fillPpm: number | null };

export function refused(retcode: number): Refusal {
  return { type: "refused", retcode, code: meaningOf(retcode).code ?? "BROKER_REJECTED" };
}

/** Of an open, a close or a protect. */
export function judge(desk: Desk, order: OrderRequest, stamp: OrderStamp, market: Market): Verdict {
  if (order.kind === "open") return judgeOpen(desk, order, stamp, market);
  const position = desk.account.positions.get(order.positionId ?? "");
  if (position?.symbol !== order.symbol || position.side !== order.side) {
    return refused(RETCODE.POSITION_CLOSED);
  }
  if (order.kind === "protect") return judgeProtect(desk, order, position, market);
  return judgeClose(desk, { volume: order.volume, stamp }, position, market);
}

/** The deal's commission: an amount the account pays is negative. */
export function commissionOf(desk: Desk, volume: Fixed): Fixed {
  return -roundToCents(desk.commissionPerLot * volume, ONE);
}

function judgeOpen(desk: Desk, order: OrderRequest, stamp: OrderStamp, market: Market): Verdict {
  const { volume } = order;
  if (volume === null || !isTradable(volume, market.spec)) return refused(RETCODE.INVALID_VOLUME);
  const closed = marketRefusal(desk, market, true);
  if (closed !== null) return closed;
  const price = market.exitPrice(order.side);
  if (!stopsAreLegal(order.side, order, price, market.spec)) return refused(RETCODE.INVALID_STOPS);
  const filled = shareOf(volume, stamp.fillPpm, market.spec);
  return fillAtMarket(desk, { request: order, stamp, volume: filled }, market);
}

/** What is to be opened, and how much of it. */
type Opening = {
  readonly request: OrderRequest;
  readonly stamp: Stamp;
  readonly volume: Fixed;
};

export function fillAtMarket(desk: Desk, order: Opening, market: Market): Verdict {
  const fill = fillOfOpen(desk, order, market);
  if (fill === null) return refused(RETCODE.PRICE_OFF);
  const whole = order.volume === order.request.volume;
  return moneyRefusal(desk, fill) ?? { type: "filled", fill, whole };
}

function fillOfOpen(desk: Desk, order: Opening, market: Market): Fill | null {
  const { request, stamp, volume } = order;
  const { terms } = desk.account;
  const trade = { volume, price: market.entryPrice(request.side) };
  const standing =
    terms.positionMode === "netting"
      ? netPosition(desk, request.symbol)
      : // What an order fills in parts is one position, named after it.
        desk.account.positions.get(stamp.orderId);
  if (standing === undefined) return openingFill(request, stamp, trade);
  if (standing.side === request.side) return increasingFill(standing, request, trade);
  return opposingFill(standing, order, market, { markets: desk.markets, currency: terms.currency });
}

function netPosition(desk: Desk, symbol: string): OpenPosition | undefined {
  return [...desk.account.held()].find((position) => position.symbol === symbol);
}

/** Refuses what would leave the free margin below nothing; a mere reduction is never refused. */
function moneyRefusal(desk: Desk, fill: Fill): Refusal | null {
  if (fill.entry === "out" || fill.position === null) return null;
  const { account } = desk;
  const booked = fill.profit + fill.swap + commissionOf(desk, fill.volume);
  const freeMargin = account.freeMarginWith(fill.position, booked);
  if (freeMargin === null) return refused(RETCODE.PRICE_OFF);
  return freeMargin < 0n ? refused(RETCODE.NO_MONEY) : null;
}

function judgeClose(
  desk: Desk,
  order: { readonly volume: Fixed | null; readonly stamp: OrderStamp },
  position: OpenPosition,
  market: Market,
): Verdict {
  const volume = order.volume ?? position.volume;
  if (volume > position.volume) return refused(RETCODE.INVALID_CLOSE_VOLUME);
  if (volume !== position.volume && !isTradable(volume, market.spec)) {
    return refused(RETCODE.INVALID_VOLUME);
  }
  const closed = marketRefusal(desk, market, false);
  if (closed !== null) return closed;
  if (isFrozen(position, market)) return refused(RETCODE.FROZEN);
  const filled = shareOf(volume, order.stamp.fillPpm, market.spec);
  const { markets, account } = desk;
  const to = { markets, currency: account.terms.currency };
  const fill = closingFill(position, filled, market, to);
  if (fill === null) return refused(RETCODE.PRICE_OFF);
  return { type: "filled", fill, whole: filled === volume };
}

function judgeProtect(
  desk: Desk,
  order: OrderRequest,
  position: OpenPosition,
  market: Market,
): Verdict {
  const { stopLoss, takeProfit } = order;
  if (position.stopLoss === stopLoss && position.takeProfit === takeProfit) {
    return { type: "unchanged", position };
  }
  const closed = marketRefusal(desk, market, false);
  if (closed !== null) return closed;
  if (isFrozen(position, market)) return refused(RETCODE.FROZEN);
  const price = market.exitPrice(position.side);
  if (!stopsAreLegal(position.side, order, price, market.spec)) {
    return refused(RETCODE.INVALID_STOPS);
  }
  return { type: "changed", position: { ...position, stopLoss, takeProfit } };
}

/** An account that cannot be valued (a restarted broker has no quotes yet) trades nothing. */
export function marketRefusal(desk: Desk, market: Market, opening: boolean): Refusal | null {
  const { tradeMode } = market.spec;
  if (tradeMode === "disabled") return refused(RETCODE.TRADE_DISABLED);
  if (opening && tradeMode === "close-only") return refused(RETCODE.CLOSE_ONLY);
  if (!market.open) return refused(RETCODE.MARKET_CLOSED);
  if (!market.quoted || desk.account.figures() === null) return refused(RETCODE.PRICE_OFF);
  return null;
}

export function isTradable(volume: Fixed, spec: SymbolSpec): boolean {
  return (
    volume > 0n &&
    volume >= spec.volumeMin &&
    volume <= spec.volumeMax &&
    volume % spec.volumeStep === 0n
  );
}

/** The lots a partial fill executes: whole steps, at least the minimum, at most all. */
function shareOf(volume: Fixed, fillPpm: number | null, spec: SymbolSpec): Fixed {
  if (fillPpm === null) return volume;
  const share = floorTo((volume * BigInt(fillPpm)) / 1_000_000n, spec.volumeStep);
  const filled = maxFixed(share, spec.volumeMin);
  return filled < volume ? filled : volume;
}
