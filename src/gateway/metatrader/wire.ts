/**
 * What a terminal may say, field by field, and the strict reading of one line.
 * Invariant: what is read has exactly the fields of its type, each of its kind; anything else is a
 * refusal that names the field and never echoes the value.
 */
import { CASH_KINDS } from "../../domain/cash.ts";
import { OUTCOME_CODES, type OutcomeCode } from "../../domain/codes.ts";
import * as k from "./kinds.ts";
import { Refusal } from "./refusals.ts";

const codes = Object.keys(OUTCOME_CODES) as OutcomeCode[];

const head = { n: k.ordinal, st: k.count };
const figures = {
  cur: k.currency,
  bal: k.decimal,
  cred: k.decimal,
  eq: k.decimal,
  mar: k.decimal,
  free: k.decimal,
};
const position = {
  pos: k.name,
  leg: k.count,
  sym: k.name,
  side: k.side,
  vol: k.positive,
  open: k.positive,
  sl: k.maybePositive,
  tp: k.maybePositive,
  opened: k.count,
  float: k.decimal,
  key: k.maybeKey,
  magic: k.magic,
  cmt: k.text,
};
const deal = {
  did: k.name,
  oid: k.text,
  dpos: k.name,
  dleg: k.count,
  dsym: k.name,
  dside: k.side,
  entry: k.oneOf("in", "out", "inout"),
  dvol: k.positive,
  price: k.positive,
  profit: k.decimal,
  comm: k.decimal,
  swap: k.decimal,
  reason: k.oneOf("client", "expert", "stop-loss", "take-profit", "stop-out"),
  dkey: k.maybeKey,
  dmagic: k.magic,
  dcmt: k.text,
  at: k.count,
};
const pending = {
  order: k.name,
  type: k.oneOf("limit", "stop", "stop-limit"),
  sym: k.name,
  side: k.side,
  vol: k.positive,
  price: k.positive,
  limit: k.maybePositive,
  sl: k.maybePositive,
  tp: k.maybePositive,
  expiry: k.count,
  at: k.count,
  key: k.maybeKey,
  magic: k.magic,
  cmt: k.text,
};
const payment = {
  kind: k.oneOf(...CASH_KINDS),
  amount: k.decimal,
  cmt: k.text,
  at: k.count,
};
const symbol = {
  sym: k.name,
  digits: k.digits,
  tick: k.positive,
  tickvalue: k.positive,
  contract: k.positive,
  vmin: k.positive,
  vmax: k.positive,
  vstep: k.positive,
  base: k.text,
  quoted: k.text,
  stops: k.count,
  freeze: k.count,
  mode: k.oneOf("full", "close-only", "disabled"),
  fill: k.count,
  exec: k.oneOf("market", "instant", "request", "exchange"),
  sess: k.sessions,
};
const answer = {
  key: k.key,
  fence: k.count,
  code: k.oneOf("", ...codes),
  ret: k.integerOf,
  order: k.text,
  pos: k.text,
  filled: k.maybePositive,
  price: k.maybePositive,
  at: k.count,
};
const STATUSES = ["done", "partial", "rejected", "working", "unknown"] as const;

const UP = {
  hello: {
    v: k.count,
    device: k.deviceId,
    code: k.deviceId,
    login: k.name,
    server: k.name,
    platform: k.oneOf("mt4", "mt5"),
    build: k.count,
    ea: k.text,
    mode: k.oneOf("hedging", "netting"),
    currency: k.currency,
    leverage: k.count,
    epoch: k.ordinal,
    run: k.hex16,
    seq: k.count,
    fence: k.count,
    st: k.count,
    nonce: k.hex64,
  },
  proof: { mac: k.hex64 },
  post: { session: k.hex16, req: k.count, hub: k.count, mac: k.maybeHex64 },
  deal: { ...head, seq: k.ordinal, ...deal, ...position, ...figures },
  position: { ...head, seq: k.ordinal, ...position, ...figures },
  order: {
    ...head,
    seq: k.ordinal,
    ...pending,
    state: k.oneOf("placed", "changed", "cancelled", "filled", "expired"),
    ...figures,
  },
  cash: {
    ...head,
    seq: k.ordinal,
    id: k.name,
    ...payment,
    ...figures,
  },
  account: { ...head, ...figures },
  quote: { ...head, sym: k.name, bid: k.positive, ask: k.positive, at: k.count },
  symbol: { ...head, id: k.count, ...symbol },
  status: { ...head, trade: k.flag, why: k.text, link: k.flag, hedge: k.flag, fifo: k.flag },
  pong: { ...head, id: k.count, hub: k.count, seq: k.count },
  snapshot: {
    ...head,
    id: k.ordinal,
    seq: k.count,
    ...figures,
    positions: k.count,
    orders: k.count,
  },
  holding: { ...head, id: k.ordinal, ...position },
  pending: { ...head, id: k.ordinal, ...pending },
  past: { ...head, id: k.ordinal, ...deal },
  paid: { ...head, id: k.ordinal, pid: k.name, ...payment },
  end: { ...head, id: k.ordinal, count: k.count, ok: k.flag, why: k.text },
  found: { ...head, id: k.ordinal, ...answer, status: k.oneOf(...STATUSES, "not-found") },
  price: {
    ...head,
    id: k.ordinal,
    sym: k.name,
    bid: k.maybePositive,
    ask: k.maybePositive,
    at: k.count,
  },
  outcome: { ...head, ...answer, status: k.oneOf(...STATUSES) },
} as const satisfies Record<string, k.Fields>;

export type UpType = keyof typeof UP;
export type Up<T extends UpType> = { readonly t: T } & k.Of<(typeof UP)[T]>;
export type AnyUp = { [T in UpType]: Up<T> }[UpType];
/** What a session's lines have in common once it is proven. */
export type SessionUp = Exclude<AnyUp, { readonly t: "hello" | "proof" | "post" }>;

export type FiguresFields = k.Of<typeof figures>;
export type PendingFields = k.Of<typeof pending>;
export type PositionFields = k.Of<typeof position>;
export type DealFields = k.Of<typeof deal>;
export type PaymentFields = k.Of<typeof payment>;
export type SymbolFields = k.Of<typeof symbol>;
export type AnswerFields = k.Of<typeof answer>;

type Shape = readonly { readonly name: string; readonly kind: k.Kind<string> | k.Kind<number> }[];

const SHAPES: ReadonlyMap<string, Shape> = new Map(
  Object.entries<k.Fields>(UP).map(([type, fields]) => [
    type,
    Object.entries(fields).map(([name, kind]) => ({ name, kind })),
  ]),
);

/** Throws BAD_LINE, UNKNOWN_TYPE or BAD_FIELD as a Refusal. */
export function readLine(line: string): AnyUp {
  const read = flatObject(line);
  const shape = typeof read["t"] === "string" ? SHAPES.get(read["t"]) : undefined;
  if (shape === undefined) throw new Refusal("UNKNOWN_TYPE");
  for (const { name, kind } of shape) {
    if (!Object.hasOwn(read, name)) throw new Refusal("BAD_FIELD", `${name} is missing`);
    if (!kind.is(read[name])) throw new Refusal("BAD_FIELD", `${name} must be ${kind.words}`);
  }
  if (Object.keys(read).length !== shape.length + 1) {
    throw new Refusal("BAD_FIELD", `a field that ${read["t"]} does not have`);
  }
  return read as AnyUp;
}

function flatObject(line: string): Readonly<Record<string, unknown>> {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch (cause) {
    throw new Refusal("BAD_LINE", { cause });
  }
  if (typeof read !== "object" || read === null || Array.isArray(read)) {
    throw new Refusal("BAD_LINE");
  }
  for (const value of Object.values(read)) {
    if (typeof value !== "string" && !Number.isInteger(value)) throw new Refusal("BAD_LINE");
  }
  return read as Readonly<Record<string, unknown>>;
}
