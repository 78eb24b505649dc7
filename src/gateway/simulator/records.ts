/**
 * The broker log's records: all that ever changed an account, in order, one JSON object a line,
 * amounts as decimal text. The broker's state is a fold over them (state.ts), so what is not in
 * the log did not happen, and a restarted broker stands where the old one stood.
 */
import { z } from "zod";
import { CASH_KINDS } from "../../domain/cash.ts";
import { OUTCOME_CODES, type OutcomeCode } from "../../domain/codes.ts";
import { LockstepError } from "../../domain/errors.ts";
import { formatFixed, parseFixed } from "../../domain/fixed.ts";
import { ORDER_TYPES } from "../../domain/pending-order.ts";

const fixed = z
  .string()
  .regex(/^-?\d{1,24}(\.\d{1,8})?$/)
  .transform(parseFixed);
const side = z.enum(["buy", "sell"]);
const head = { at: z.number().int(), login: z.string() };
const marks = { key: z.string().nullable(), magic: z.number().int(), comment: z.string() };
const stops = { stopLoss: fixed.nullable(), takeProfit: fixed.nullable() };

const position = z.object({
  ...marks,
  ...stops,
  id: z.string(),
  leg: z.number().int(),
  symbol: z.string(),
  side,
  volume: fixed,
  openPrice: fixed,
  openedAt: z.number().int(),
  swap: fixed.default(0n),
  swapAt: z.number().int().nullable().default(null),
});

const terms = {
  type: z.enum(ORDER_TYPES),
  price: fixed,
  limitPrice: fixed.nullable(),
  expiresAt: z.number().int().nullable(),
};

const order = z.object({
  ...marks,
  ...stops,
  ...terms,
  id: z.string(),
  symbol: z.string(),
  volume: fixed,
  placedAt: z.number().int(),
});

const deal = z.object({
  ...marks,
  id: z.string(),
  orderId: z.string(),
  positionId: z.string(),
  leg: z.number().int(),
  symbol: z.string(),
  side,
  entry: z.enum(["in", "out", "inout"]),
  volume: fixed,
  price: fixed,
  profit: fixed,
  commission: fixed,
  swap: fixed,
  reason: z.enum(["client", "expert", "stop-loss", "take-profit", "stop-out"]),
  fromPending: z.literal(true).exactOptional(),
  at: z.number().int(),
});

const movement = z.object({
  id: z.string(),
  kind: z.enum(CASH_KINDS),
  amount: fixed,
  comment: z.string(),
  at: z.number().int(),
});

const outcomeCode = z.custom<OutcomeCode>(
  (value) => typeof value === "string" && Object.hasOwn(OUTCOME_CODES, value),
);

const outcome = z.object({
  status: z.enum(["done", "partial", "rejected", "working", "unknown"]),
  code: outcomeCode.nullable(),
  brokerCode: z.number().int().nullable(),
  orderId: z.string().nullable(),
  positionId: z.string().nullable(),
  filled: fixed,
  price: fixed.nullable(),
  at: z.number().int(),
});

const record = z.discriminatedUnion("type", [
  /** An account was opened. */
  z.object({
    ...head,
    type: z.literal("account"),
    currency: z.string(),
    positionMode: z.enum(["hedging", "netting"]),
    leverage: fixed,
    balance: fixed,
    credit: fixed,
  }),
  /** Something was asked for, whatever came of it. */
  z.object({
    ...head,
    ...marks,
    ...stops,
    type: z.literal("request"),
    kind: z.enum(["open", "close", "protect", "place", "change", "cancel"]),
    symbol: z.string(),
    side,
    volume: fixed.nullable(),
    positionId: z.string().nullable(),
    orderId: z.string().nullable().default(null),
    pending: z.object(terms).nullable().default(null),
    fence: z.number().nullable(),
    validUntil: z.number().nullable(),
  }),
  /**
   * A deal, the position as it left it (null: closed), the balance after it, and the pending order
   * that it filled, whose event bears the number before the deal's.
   */
  z.object({
    ...head,
    type: z.literal("deal"),
    sequence: z.number().int(),
    deal,
    position: position.nullable(),
    order: order.nullable().default(null),
    balance: fixed,
  }),
  /** Two positions closed each other; the first deal's event bears the number before the second's. */
  z.object({
    ...head,
    type: z.literal("close-by"),
    sequence: z.number().int(),
    deals: z.tuple([deal, deal]),
    positions: z.tuple([position.nullable(), position.nullable()]),
    balance: fixed,
  }),
  /** A position's stops were changed, or swap was added to it. */
  z.object({ ...head, type: z.literal("position"), sequence: z.number().int(), position }),
  /** A pending order was placed or changed, or went without a deal; `key` is of the cause. */
  z.object({
    ...head,
    type: z.literal("order"),
    sequence: z.number().int(),
    change: z.enum(["placed", "changed", "refused", "expired", "cancelled"]),
    order,
    key: z.string().nullable(),
    code: outcomeCode.nullable(),
  }),
  /** Money was paid in or out, or credit given or taken; balance and credit as it left them. */
  z.object({
    ...head,
    type: z.literal("cash"),
    sequence: z.number().int(),
    movement,
    balance: fixed,
    credit: fixed,
  }),
  /** A newer owner of the account has asked for a key: older ones trade no more. */
  z.object({ ...head, type: z.literal("fence"), fence: z.number() }),
  /** What was answered to the request before it. */
  z.object({ ...head, type: z.literal("answer"), key: z.string().nullable(), outcome }),
]);

export type LogRecord = z.output<typeof record>;
export type RequestRecord = Extract<LogRecord, { type: "request" }>;
export type CloseByRecord = Extract<LogRecord, { type: "close-by" }>;
export type OrderRecord = Extract<LogRecord, { type: "order" }>;
export type CashRecord = Extract<LogRecord, { type: "cash" }>;
export type DealRecord = Extract<LogRecord, { type: "deal" }>;

/** One line, without its end. */
export function encodeRecord(entry: LogRecord): string {
  return JSON.stringify(entry, (_, value: unknown) =>
    typeof value === "bigint" ? formatFixed(value) : value,
  );
}

/** Throws BAD_MESSAGE with the line's number, counted from 1. */
export function decodeRecord(line: string, number: number): LogRecord {
  try {
    return record.parse(JSON.parse(line));
  } catch (cause) {
    throw badLine(number, cause);
  }
}

function badLine(line: number, cause: unknown): LockstepError {
  return new LockstepError("BAD_MESSAGE", { log: "broker", line }, { cause });
}
