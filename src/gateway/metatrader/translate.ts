/**
 * From the terminal's words to the hub's. Times become the hub's by one offset, which is added to
 * every time of a message alike, so that the ages in it stay as the trade server counts them.
 */
import type { StampedFigures } from "../../domain/account.ts";
import type { CashMovement } from "../../domain/cash.ts";
import { type Fixed, formatFixed, parseFixed } from "../../domain/fixed.ts";
import type { Instant } from "../../domain/instant.ts";
import type { CloseByInstruction, Instruction, Outcome } from "../../domain/instruction.ts";
import { type PendingOrder, type PendingTerms, sideOfOrder } from "../../domain/pending-order.ts";
import type { Sessions } from "../../domain/sessions.ts";
import type { SymbolSpec } from "../../domain/symbol.ts";
import type { Deal, Position } from "../../domain/trade.ts";
import type {
  AnswerFields,
  DealFields,
  FiguresFields,
  PaymentFields,
  PendingFields,
  PositionFields,
  SymbolFields,
  Up,
} from "./wire.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const maybe = (text: string): Fixed | null => (text === "" ? null : parseFixed(text));
const written = (value: Fixed | null): string => (value === null ? "" : formatFixed(value));
const orNull = (text: string): string | null => (text === "" ? null : text);

export function figuresOf(fields: FiguresFields, asOf: Instant): StampedFigures {
  return {
    currency: fields.cur,
    balance: parseFixed(fields.bal),
    credit: parseFixed(fields.cred),
    equity: parseFixed(fields.eq),
    margin: parseFixed(fields.mar),
    freeMargin: parseFixed(fields.free),
    asOf,
  };
}

/** Null where its volume is zero: the deal closed it. */
export function positionOf(fields: PositionFields, offsetMs: number): Position | null {
  const volume = parseFixed(fields.vol);
  if (volume === 0n) return null;
  return {
    id: fields.pos,
    leg: fields.leg,
    symbol: fields.sym,
    side: fields.side,
    volume,
    openPrice: parseFixed(fields.open),
    stopLoss: maybe(fields.sl),
    takeProfit: maybe(fields.tp),
    openedAt: fields.opened + offsetMs,
    profit: parseFixed(fields.float),
    key: orNull(fields.key),
    magic: fields.magic,
    comment: fields.cmt,
  };
}

export function orderOf(fields: PendingFields, offsetMs: number): PendingOrder {
  return {
    id: fields.order,
    symbol: fields.sym,
    type: `${fields.side}-${fields.type}`,
    volume: parseFixed(fields.vol),
    price: parseFixed(fields.price),
    limitPrice: maybe(fields.limit),
    expiresAt: fields.expiry === 0 ? null : fields.expiry + offsetMs,
    stopLoss: maybe(fields.sl),
    takeProfit: maybe(fields.tp),
    placedAt: fields.at + offsetMs,
    key: orNull(fields.key),
    magic: fields.magic,
    comment: fields.cmt,
  };
}

export function dealOf(fields: DealFields, offsetMs: number): Deal {
  return {
    id: fields.did,
    orderId: fields.oid,
    positionId: fields.dpos,
    leg: fields.dleg,
    symbol: fields.dsym,
    side: fields.dside,
    entry: fields.entry,
    volume: parseFixed(fields.dvol),
    price: parseFixed(fields.price),
    profit: parseFixed(fields.profit),
    commission: parseFixed(fields.comm),
    swap: parseFixed(fields.swap),
    reason: fields.reason,
    at: fields.at + offsetMs,
    key: orNull(fields.dkey),
    magic: fields.dmagic,
    comment: fields.dcmt,
  };
}

export function movementOf(id: string, fields: PaymentFields, offsetMs: number): CashMovement {
  const { kind, amount, cmt: comment, at } = fields;
  return { id, kind, amount: parseFixed(amount), comment, at: at + offsetMs };
}

export function specOf(fields: SymbolFields, offsetMs: number): SymbolSpec {
  return {
    name: fields.sym,
    digits: fields.digits,
    tickSize: parseFixed(fields.tick),
    contractSize: parseFixed(fields.contract),
    volumeMin: parseFixed(fields.vmin),
    volumeMax: parseFixed(fields.vmax),
    volumeStep: parseFixed(fields.vstep),
    baseCurrency: fields.base,
    profitCurrency: fields.quoted,
    stopLevelPoints: fields.stops,
    freezeLevelPoints: fields.freeze,
    tradeMode: fields.mode,
    ...(fields.sess === "" ? {} : { sessions: sessionsOf(fields.sess, offsetMs) }),
  };
}

/** Ranges of the server's week as hours by weekday; one that spans midnights is cut at them. */
function sessionsOf(text: string, offsetMs: number): Sessions {
  const ranges = text.split(",").map((range) => {
    const [from = 0, to = 0] = range.split("-").map((minutes) => Number(minutes) * MINUTE_MS);
    return { from, to };
  });
  const days = Array.from({ length: 7 }, (_, day) =>
    ranges.flatMap(({ from, to }) => {
      const fromMs = Math.max(0, from - day * DAY_MS);
      const toMs = Math.min(DAY_MS, to - day * DAY_MS);
      return fromMs < toMs ? [{ fromMs, toMs }] : [];
    }),
  );
  return { aheadMs: -offsetMs, days };
}

export function outcomeOf(
  fields: AnswerFields & { readonly status: Outcome["status"] },
  offsetMs: number,
): Outcome {
  return {
    status: fields.status,
    code: fields.code === "" ? null : fields.code,
    brokerCode: fields.ret === 0 ? null : fields.ret,
    orderId: orNull(fields.order),
    positionId: orNull(fields.pos),
    filled: maybe(fields.filled) ?? 0n,
    price: maybe(fields.price),
    at: fields.at + offsetMs,
  };
}

/** What a market instruction and one of a pending order have in the same fields. */
function termsOf(pending: PendingTerms | null | undefined, offsetMs: number) {
  if (pending === null || pending === undefined) {
    return { type: "market", price: "", limit: "", expiry: 0 };
  }
  const { type, price, limitPrice, expiresAt } = pending;
  return {
    type: type.slice(sideOfOrder(type).length + 1),
    price: formatFixed(price),
    limit: written(limitPrice),
    // The terminal's broker counts by its own clock.
    expiry: expiresAt === null ? 0 : expiresAt - offsetMs,
  };
}

/** The line of an instruction; `now` is the hub's clock. */
export function instructionLine(
  one: Instruction | CloseByInstruction,
  now: Instant,
  offsetMs: number,
): string {
  const { type, price, limit, expiry } = termsOf("pending" in one ? one.pending : null, offsetMs);
  return JSON.stringify({
    t: "do",
    key: one.key,
    kind: one.kind,
    sym: one.symbol,
    side: one.side,
    type,
    vol: written(one.volume),
    price,
    limit,
    pos: one.positionId ?? "",
    by: one.kind === "close-by" ? one.byPositionId : "",
    order: ("orderId" in one && one.orderId) || "",
    sl: written(one.stopLoss),
    tp: written(one.takeProfit),
    expiry,
    magic: one.magic,
    cmt: one.comment,
    fence: one.fence,
    until: one.validUntil ?? 0,
    hub: now,
  });
}

export function quoteOf(fields: Up<"quote"> | Up<"price">, offsetMs: number) {
  const { sym: symbol, bid, ask, at } = fields;
  return { symbol, bid: parseFixed(bid), ask: parseFixed(ask), at: at + offsetMs };
}
