/**
 * Closes a position by an opposite one of the same symbol, without the market: two deals of one
 * order. The smaller closes wholly, the larger keeps the rest. The first closes at the other's open
 * price and the other at its own, so that all of the profit is on the first deal.
 */
import { type Fixed, minFixed } from "../../domain/fixed.ts";
import type { Outcome } from "../../domain/instruction.ts";
import type { Deal } from "../../domain/trade.ts";
import type { NumberedDesk } from "./execution.ts";
import { type Fill, fillAtPrice } from "./fills.ts";
import type { OpenPosition } from "./model.ts";
import { marketRefusal, type Refusal, refused } from "./orders.ts";
import type { CloseByRecord } from "./records.ts";
import { meaningOf, RETCODE } from "./retcodes.ts";
import { isFrozen } from "./stops.ts";

export type Pair = { readonly positionId: string; readonly byPositionId: string };

export function closeBy(desk: NumberedDesk, pair: Pair): CloseByRecord | Refusal {
  const { account, markets } = desk;
  const first = account.positions.get(pair.positionId);
  const other = account.positions.get(pair.byPositionId);
  if (first === undefined || other === undefined) return refused(RETCODE.POSITION_CLOSED);
  if (first.symbol !== other.symbol || first.side === other.side) return refused(RETCODE.INVALID);
  const market = markets.get(first.symbol);
  const barred = marketRefusal(desk, market, false);
  if (barred !== null) return barred;
  if (isFrozen(first, market) || isFrozen(other, market)) return refused(RETCODE.FROZEN);
  const volume = minFixed(first.volume, other.volume);
  const close = (position: OpenPosition, price: Fixed): Fill | null =>
    fillAtPrice(position, { volume, price }, market, { markets, currency: account.terms.currency });
  const fills = [close(first, other.openPrice), close(other, other.openPrice)] as const;
  const [one, two] = fills;
  return one === null || two === null ? refused(RETCODE.PRICE_OFF) : recordOf(desk, one, two);
}

function recordOf(desk: NumberedDesk, first: Fill, other: Fill): CloseByRecord {
  const { account, at, nextDeal } = desk;
  const booked = first.profit + first.swap + other.profit + other.swap;
  return {
    type: "close-by",
    at,
    login: account.terms.login,
    sequence: account.sequence + 2,
    deals: [dealOf(desk, first, nextDeal), dealOf(desk, other, nextDeal + 1)],
    positions: [first.position, other.position],
    balance: account.balance + booked,
  };
}

function dealOf({ nextOrder, at }: NumberedDesk, fill: Fill, number: number): Deal {
  const { position: _, ...facts } = fill;
  const marks = { key: null, magic: 0, comment: "[close by]", reason: "client" } as const;
  return { ...facts, ...marks, id: String(number), orderId: String(nextOrder), commission: 0n, at };
}

export function closeByOutcome(made: CloseByRecord | Refusal, pair: Pair, at: number): Outcome {
  const { positionId } = pair;
  if (made.type === "refused") {
    const { code, retcode: brokerCode } = made;
    const nothing = { orderId: null, positionId, filled: 0n, price: null };
    const status = brokerCode === null ? "rejected" : meaningOf(brokerCode).status;
    return { status, code, brokerCode, ...nothing, at };
  }
  const [{ orderId, volume: filled, price }] = made.deals;
  return {
    status: "done",
    code: null,
    brokerCode: RETCODE.DONE,
    orderId,
    positionId,
    filled,
    price,
    at,
  };
}
