/** From the hub's words to the terminal's, as an Expert Advisor would write them. */
import type { Figures } from "../domain/account.ts";
import type { CashMovement } from "../domain/cash.ts";
import { type Fixed, formatFixed } from "../domain/fixed.ts";
import type { Outcome } from "../domain/instruction.ts";
import { type PendingOrder, sideOfOrder } from "../domain/pending-order.ts";
import type { Sessions } from "../domain/sessions.ts";
import type { Quote, SymbolSpec } from "../domain/symbol.ts";
import type { Deal, Position } from "../domain/trade.ts";
import type { OrderChange } from "../gateway/gateway.ts";
import type {
  AnswerFields,
  DealFields,
  FiguresFields,
  PaymentFields,
  PendingFields,
  PositionFields,
  SymbolFields,
} from "../gateway/metatrader/wire.ts";

const maybe = (value: Fixed | null): string => (value === null ? "" : formatFixed(value));

export function figuresFields(figures: Figures): FiguresFields {
  return {
    cur: figures.currency,
    bal: formatFixed(figures.balance),
    cred: formatFixed(figures.credit),
    eq: formatFixed(figures.equity),
    mar: formatFixed(figures.margin),
    free: formatFixed(figures.freeMargin),
  };
}

/** `aheadMs`: how far the trade server's clock is ahead of the broker's own. */
export function positionFields(position: Position, aheadMs: number): PositionFields {
  return {
    pos: position.id,
    leg: position.leg,
    sym: position.symbol,
    side: position.side,
    vol: formatFixed(position.volume),
    open: formatFixed(position.openPrice),
    sl: maybe(position.stopLoss),
    tp: maybe(position.takeProfit),
    opened: position.openedAt + aheadMs,
    float: formatFixed(position.profit),
    key: position.key ?? "",
    magic: position.magic,
    cmt: position.comment,
  };
}

export function paymentFields(movement: CashMovement, aheadMs: number): PaymentFields {
  const { kind, amount, comment: cmt, at } = movement;
  return { kind, amount: formatFixed(amount), cmt, at: at + aheadMs };
}

/** The position that a deal has closed. */
export function closedFields(deal: Deal, aheadMs: number): PositionFields {
  return {
    pos: deal.positionId,
    leg: deal.leg,
    sym: deal.symbol,
    side: deal.side === "buy" ? "sell" : "buy",
    vol: "0",
    open: formatFixed(deal.price),
    sl: "",
    tp: "",
    opened: deal.at + aheadMs,
    float: "0",
    key: "",
    magic: deal.magic,
    cmt: "",
  };
}

export function dealFields(deal: Deal, aheadMs: number): DealFields {
  return {
    did: deal.id,
    oid: deal.orderId,
    dpos: deal.positionId,
    dleg: deal.leg,
    dsym: deal.symbol,
    dside: deal.side,
    entry: deal.entry,
    dvol: formatFixed(deal.volume),
    price: formatFixed(deal.price),
    profit: formatFixed(deal.profit),
    comm: formatFixed(deal.commission),
    swap: formatFixed(deal.swap),
    reason: deal.reason,
    dkey: deal.key ?? "",
    dmagic: deal.magic,
    dcmt: deal.comment,
    at: deal.at + aheadMs,
  };
}

/** In minutes of the week; `aheadMs` is the symbol's own affair, since the hub measures the clock. */
function sessionsText(sessions: Sessions | undefined): string {
  const minutes = (day: number, ms: number): number => day * 1_440 + Math.floor(ms / 60_000);
  const ranges = (sessions?.days ?? []).flatMap((hours, day) =>
    hours.map(({ fromMs, toMs }) => `${minutes(day, fromMs)}-${minutes(day, toMs)}`),
  );
  return ranges.join(",");
}

export function symbolFields(spec: SymbolSpec): SymbolFields {
  return {
    sym: spec.name,
    digits: spec.digits,
    tick: formatFixed(spec.tickSize),
    tickvalue: "1",
    contract: formatFixed(spec.contractSize),
    vmin: formatFixed(spec.volumeMin),
    vmax: formatFixed(spec.volumeMax),
    vstep: formatFixed(spec.volumeStep),
    base: spec.baseCurrency,
    quoted: spec.profitCurrency,
    stops: spec.stopLevelPoints,
    freeze: spec.freezeLevelPoints,
    mode: spec.tradeMode,
    fill: 3,
    exec: "market",
    sess: sessionsText(spec.sessions),
  };
}

type Answer = AnswerFields & { readonly status: Outcome["status"] };

export function answerFields(
  outcome: Outcome,
  asked: { readonly key: string; readonly fence: number },
  aheadMs: number,
): Answer {
  return {
    ...asked,
    status: outcome.status,
    code: outcome.code ?? "",
    ret: outcome.brokerCode ?? 0,
    order: outcome.orderId ?? "",
    pos: outcome.positionId ?? "",
    filled: formatFixed(outcome.filled),
    price: maybe(outcome.price),
    at: outcome.at + aheadMs,
  };
}

export function quoteFields({ symbol: sym, bid, ask, at }: Quote, aheadMs: number) {
  return { sym, bid: formatFixed(bid), ask: formatFixed(ask), at: at + aheadMs };
}

export const ORDER_STATES = {
  placed: "placed",
  changed: "changed",
  triggered: "filled",
  refused: "cancelled",
  expired: "expired",
  cancelled: "cancelled",
} as const satisfies Readonly<Record<OrderChange, string>>;

const ORDER_KINDS = { limit: "limit", stop: "stop", "stop-limit": "stop-limit" } as const;

export function pendingFields(order: PendingOrder, aheadMs: number): PendingFields {
  const side = sideOfOrder(order.type);
  const kind = order.type.slice(side.length + 1) as keyof typeof ORDER_KINDS;
  return {
    order: order.id,
    type: ORDER_KINDS[kind],
    sym: order.symbol,
    side,
    vol: formatFixed(order.volume),
    price: formatFixed(order.price),
    limit: maybe(order.limitPrice),
    sl: maybe(order.stopLoss),
    tp: maybe(order.takeProfit),
    expiry: order.expiresAt === null ? 0 : order.expiresAt + aheadMs,
    at: order.placedAt + aheadMs,
    key: order.key ?? "",
    magic: order.magic,
    cmt: order.comment,
  };
}
