/**
 * What the broker makes of a pending order that is placed, changed or cancelled, and of one that a
 * quote triggers. Placing is checked for the volume, the session and the quote, the expiry, the
 * price and the stops, in this order; the money only when it is triggered, as brokers do.
 */
import type { Instant } from "../../domain/instant.ts";
import { type PendingOrder, sideOfOrder } from "../../domain/pending-order.ts";
import type { Market } from "./market.ts";
import type { OrderRequest } from "./model.ts";
import {
  type Desk,
  fillAtMarket,
  isTradable,
  marketRefusal,
  type OrderStamp,
  type Refusal,
  refused,
  type Verdict,
} from "./orders.ts";
import { isOrderFrozen, openingPrice, orderPriceIsLegal } from "./pending.ts";
import { RETCODE } from "./retcodes.ts";
import { stopsAreLegal } from "./stops.ts";

const GONE: Refusal = { type: "refused", retcode: null, code: "ORDER_GONE" };

export function judgePending(
  desk: Desk,
  order: OrderRequest,
  stamp: OrderStamp,
  market: Market,
): Verdict {
  if (order.kind === "place") return judgePlace(desk, order, stamp, market);
  const standing = desk.account.orders.get(order.orderId ?? "");
  if (standing?.symbol !== order.symbol) return GONE;
  if (order.kind === "change") return judgeChange(desk, { order, standing }, stamp.at, market);
  const barred = marketRefusal(desk, market, false);
  if (barred !== null) return barred;
  if (isOrderFrozen(standing, market)) return refused(RETCODE.FROZEN);
  return { type: "order", change: "cancelled", order: standing };
}

function judgePlace(desk: Desk, request: OrderRequest, stamp: OrderStamp, market: Market): Verdict {
  const { volume, pending, side, symbol, stopLoss, takeProfit, magic, comment } = request;
  if (!pending || sideOfOrder(pending.type) !== side) return refused(RETCODE.INVALID);
  if (volume === null || !isTradable(volume, market.spec)) return refused(RETCODE.INVALID_VOLUME);
  const barred = marketRefusal(desk, market, true);
  if (barred !== null) return barred;
  const { type, price, limitPrice, expiresAt } = pending;
  const order: PendingOrder = {
    ...{ id: stamp.orderId, symbol, type, volume, price, limitPrice, expiresAt },
    ...{ stopLoss, takeProfit, key: stamp.key, magic, comment, placedAt: stamp.at },
  };
  return termsRefusal(order, stamp.at, market) ?? { type: "order", change: "placed", order };
}

function judgeChange(
  desk: Desk,
  { order, standing }: { readonly order: OrderRequest; readonly standing: PendingOrder },
  at: Instant,
  market: Market,
): Verdict {
  const { pending, stopLoss, takeProfit, volume } = order;
  if (pending?.type !== standing.type) return refused(RETCODE.INVALID);
  if (volume !== null && volume !== standing.volume) return refused(RETCODE.INVALID);
  const { price, limitPrice, expiresAt } = pending;
  const changed = { ...standing, price, limitPrice, expiresAt, stopLoss, takeProfit };
  if (isSame(standing, changed)) return { type: "order-unchanged", order: standing };
  const barred = marketRefusal(desk, market, false);
  if (barred !== null) return barred;
  if (isOrderFrozen(standing, market)) return refused(RETCODE.FROZEN);
  const illegal = termsRefusal(changed, at, market);
  return illegal ?? { type: "order", change: "changed", order: changed };
}

function isSame(a: PendingOrder, b: PendingOrder): boolean {
  return (
    a.price === b.price &&
    a.limitPrice === b.limitPrice &&
    a.expiresAt === b.expiresAt &&
    a.stopLoss === b.stopLoss &&
    a.takeProfit === b.takeProfit
  );
}

function termsRefusal(order: PendingOrder, at: Instant, market: Market): Refusal | null {
  const { expiresAt, type } = order;
  if (expiresAt !== null && expiresAt <= at) return refused(RETCODE.INVALID_EXPIRATION);
  if (!orderPriceIsLegal(order, market)) return refused(RETCODE.INVALID_PRICE);
  const legal = stopsAreLegal(sideOfOrder(type), order, openingPrice(order), market.spec);
  return legal ? null : refused(RETCODE.INVALID_STOPS);
}

/** Its execution at the market: its stops are no longer checked, only the money. */
export function judgeTriggered(desk: Desk, order: PendingOrder, at: Instant): Verdict {
  const market = desk.markets.get(order.symbol);
  const barred = marketRefusal(desk, market, true);
  if (barred !== null) return barred;
  const { id, symbol, type, volume, stopLoss, takeProfit, key, magic, comment } = order;
  const side = sideOfOrder(type);
  const request: OrderRequest = {
    ...{ kind: "open", symbol, side, volume, positionId: null },
    ...{ stopLoss, takeProfit, magic, comment },
  };
  return fillAtMarket(desk, { request, stamp: { orderId: id, key, at }, volume }, market);
}
