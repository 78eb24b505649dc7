/**
 * From an order to what is logged and answered. Nothing is changed here: the records, once applied,
 * are the change.
 * A key that was answered gets that answer again; then a stale fence and a late open are refused;
 * then a fault may interfere; only then is the order judged.
 */
import type { Instant } from "../../domain/instant.ts";
import type { Outcome } from "../../domain/instruction.ts";
import type { PendingOrder } from "../../domain/pending-order.ts";
import type { Deal, DealReason, Marks } from "../../domain/trade.ts";
import type { Fill } from "./fills.ts";
import { judgePending } from "./judge-pending.ts";
import type { Interference, OrderRequest, OrderTag } from "./model.ts";
import { commissionOf, type Desk, judge, type Refusal, refused, type Verdict } from "./orders.ts";
import type { DealRecord, LogRecord, OrderRecord, RequestRecord } from "./records.ts";
import { meaningOf, RETCODE } from "./retcodes.ts";

/** A desk at one instant, with the next numbers to give. */
export type NumberedDesk = Desk & {
  readonly at: Instant;
  readonly nextOrder: number;
  readonly nextDeal: number;
};

export type Asked = {
  readonly order: OrderRequest;
  /** Null for what is done by hand at the terminal. */
  readonly tag: OrderTag | null;
  readonly interference: Interference;
};

export type Answered = { readonly records: readonly LogRecord[]; readonly outcome: Outcome };

export function answerOrder(desk: NumberedDesk, asked: Asked): Answered {
  const key = asked.tag?.key ?? null;
  const known = key === null ? undefined : desk.account.outcomes.get(key);
  const { changes, outcome } =
    known === undefined ? execute(desk, asked) : { changes: [], outcome: known };
  const { login } = desk.account.terms;
  const answer: LogRecord = { type: "answer", at: desk.at, login, key, outcome };
  return { outcome, records: [requestRecord(desk, asked), ...changes, answer] };
}

type Executed = { readonly changes: readonly LogRecord[]; readonly outcome: Outcome };

function execute(desk: NumberedDesk, asked: Asked): Executed {
  const verdict = decide(desk, asked);
  if (verdict.type === "refused") {
    return { changes: [], outcome: refusalOutcome(verdict, asked.order, desk.at) };
  }
  return { changes: changesOf(verdict, asked, desk), outcome: outcomeOf(verdict, desk) };
}

function decide(desk: NumberedDesk, asked: Asked): Verdict {
  const barred = tagRefusal(desk, asked);
  if (barred !== null) return barred;
  const { rejectWith, fillPpm } = asked.interference;
  if (rejectWith !== null) return refused(rejectWith);
  const stamp = { orderId: String(desk.nextOrder), key: asked.tag?.key ?? null, at: desk.at };
  const { order } = asked;
  const market = desk.markets.find(order.symbol);
  if (market === undefined) return { type: "refused", retcode: null, code: "UNKNOWN_SYMBOL" };
  const decideOn = isPendingKind(order.kind) ? judgePending : judge;
  return decideOn(desk, order, { ...stamp, fillPpm }, market);
}

function isPendingKind(kind: OrderRequest["kind"]): boolean {
  return kind === "place" || kind === "change" || kind === "cancel";
}

function tagRefusal(desk: NumberedDesk, { tag, order }: Asked): Refusal | null {
  if (tag === null) return null;
  if (tag.fence < desk.account.fence) return { type: "refused", retcode: null, code: "FENCED" };
  const late = tag.validUntil !== null && desk.at > tag.validUntil;
  if ((order.kind !== "open" && order.kind !== "place") || !late) return null;
  return { type: "refused", retcode: null, code: "EXPIRED" };
}

function changesOf(
  verdict: Exclude<Verdict, Refusal>,
  asked: Asked,
  desk: NumberedDesk,
): LogRecord[] {
  const { account, at } = desk;
  if (verdict.type === "unchanged" || verdict.type === "order-unchanged") return [];
  if (verdict.type === "order") {
    const { change, order } = verdict;
    return [orderRecord(desk, { change, order, key: asked.tag?.key ?? null, code: null })];
  }
  if (verdict.type === "changed") {
    const sequence = account.sequence + 1;
    const { login } = account.terms;
    return [{ type: "position", at, login, sequence, position: verdict.position }];
  }
  const { magic, comment } = asked.order;
  const key = asked.tag?.key ?? null;
  const reason = key !== null || magic !== 0 ? "expert" : "client";
  return [dealRecord(desk, verdict.fill, { key, magic, comment, reason })];
}

/** The record of what became of a pending order. */
export function orderRecord(
  { account, at }: NumberedDesk,
  what: Pick<OrderRecord, "change" | "order" | "key" | "code">,
): OrderRecord {
  const { login } = account.terms;
  return { type: "order", at, login, sequence: account.sequence + 1, ...what };
}

/** The record of one execution; without a pending order it is an order of its own. */
export function dealRecord(
  desk: NumberedDesk,
  fill: Fill,
  cause: Marks & { readonly reason: DealReason },
  order: PendingOrder | null = null,
): DealRecord {
  const { account, at } = desk;
  const { position, ...facts } = fill;
  const commission = commissionOf(desk, fill.volume);
  const deal: Deal = {
    ...facts,
    ...cause,
    id: String(desk.nextDeal),
    orderId: order?.id ?? String(desk.nextOrder),
    commission,
    ...(order === null ? {} : { fromPending: true }),
    at,
  };
  return {
    type: "deal",
    at,
    login: account.terms.login,
    sequence: account.sequence + (order === null ? 1 : 2),
    deal,
    position,
    order,
    balance: account.balance + fill.profit + fill.swap + commission,
  };
}

function requestRecord(desk: NumberedDesk, { order, tag }: Asked): RequestRecord {
  return {
    type: "request",
    at: desk.at,
    login: desk.account.terms.login,
    kind: order.kind,
    symbol: order.symbol,
    side: order.side,
    volume: order.volume,
    positionId: order.positionId,
    orderId: order.orderId ?? null,
    pending: order.pending ?? null,
    stopLoss: order.stopLoss,
    takeProfit: order.takeProfit,
    magic: order.magic,
    comment: order.comment,
    key: tag?.key ?? null,
    fence: tag?.fence ?? null,
    validUntil: tag?.validUntil ?? null,
  };
}

/** After a code such as a time-out the order counts as live, though here it never is. */
function refusalOutcome(refusal: Refusal, order: OrderRequest, at: Instant): Outcome {
  const { retcode, code } = refusal;
  const live = retcode !== null && meaningOf(retcode).status === "unknown";
  return {
    status: live ? "unknown" : "rejected",
    code,
    brokerCode: retcode,
    orderId: null,
    positionId: order.positionId,
    filled: 0n,
    price: null,
    at,
  };
}

function outcomeOf(verdict: Exclude<Verdict, Refusal>, desk: NumberedDesk): Outcome {
  const { at } = desk;
  if (verdict.type === "filled") {
    const { positionId, volume: filled, price } = verdict.fill;
    const brokerCode = verdict.whole ? RETCODE.DONE : RETCODE.DONE_PARTIAL;
    const orderId = String(desk.nextOrder);
    return { ...meaningOf(brokerCode), brokerCode, orderId, positionId, filled, price, at };
  }
  const changed = verdict.type === "changed" || verdict.type === "order";
  const brokerCode = changed ? RETCODE.DONE : RETCODE.NO_CHANGES;
  const [orderId, positionId] =
    "order" in verdict ? [verdict.order.id, null] : [null, verdict.position.id];
  const nothing = { orderId, positionId, filled: 0n, price: null };
  return { ...meaningOf(brokerCode), brokerCode, ...nothing, at };
}
