/**
 * The one table from MetaTrader's return codes to outcomes.
 * Invariant: a code after which the order may be live (time-outs, locks, lost connections, and
 * every code that is not in the table) is `unknown`, never a rejection.
 */
import type { OutcomeCode } from "../../domain/codes.ts";
import type { OutcomeStatus } from "../../domain/instruction.ts";

export type Meaning = { readonly status: OutcomeStatus; readonly code: OutcomeCode | null };

export const RETCODE = {
  REQUOTE: 10004,
  REJECT: 10006,
  DONE: 10009,
  DONE_PARTIAL: 10010,
  INVALID: 10013,
  INVALID_VOLUME: 10014,
  INVALID_PRICE: 10015,
  INVALID_STOPS: 10016,
  TRADE_DISABLED: 10017,
  MARKET_CLOSED: 10018,
  NO_MONEY: 10019,
  PRICE_OFF: 10021,
  INVALID_EXPIRATION: 10022,
  NO_CHANGES: 10025,
  FROZEN: 10029,
  POSITION_CLOSED: 10036,
  INVALID_CLOSE_VOLUME: 10038,
  CLOSE_ONLY: 10044,
} as const;

const UNKNOWN: Meaning = { status: "unknown", code: "IN_FLIGHT" };
const DONE: Meaning = { status: "done", code: null };

function rejected(code: OutcomeCode): Meaning {
  return { status: "rejected", code };
}

export const RETCODES: ReadonlyMap<number, Meaning> = new Map([
  [10004, rejected("REQUOTE")],
  [10006, rejected("BROKER_REJECTED")],
  [10007, rejected("BROKER_REJECTED")], // cancelled by the dealer
  [10008, { status: "working", code: null }], // placed, not filled
  [10009, DONE],
  [10010, { status: "partial", code: null }],
  [10011, UNKNOWN], // the request could not be processed
  [10012, UNKNOWN], // time-out
  [10013, rejected("INVALID_REQUEST")],
  [10014, rejected("INVALID_VOLUME")],
  [10015, rejected("INVALID_PRICE")],
  [10016, rejected("INVALID_STOPS")],
  [10017, rejected("TRADE_DISABLED")],
  [10018, rejected("MARKET_CLOSED")],
  [10019, rejected("NO_MONEY")],
  [10020, rejected("REQUOTE")], // the price has changed
  [10021, rejected("PRICE_OFF")],
  [10022, rejected("INVALID_EXPIRATION")],
  [10023, rejected("BROKER_REJECTED")], // the order's state has changed
  [10024, rejected("TOO_MANY_REQUESTS")],
  [10025, DONE], // the stops are already so
  [10026, rejected("TRADE_DISABLED")], // programs are barred by the server
  [10027, rejected("TRADE_DISABLED")], // programs are barred by the terminal
  [10028, UNKNOWN], // locked for processing
  [10029, UNKNOWN], // frozen
  [10030, rejected("INVALID_FILL")],
  [10031, UNKNOWN], // no connection to the trade server
  [10032, rejected("TRADE_DISABLED")], // real accounts only
  [10033, rejected("LIMIT_ORDERS")],
  [10034, rejected("LIMIT_VOLUME")],
  [10035, rejected("INVALID_REQUEST")], // a kind of order that is not offered
  [10036, rejected("POSITION_GONE")],
  [10038, rejected("INVALID_VOLUME")], // more than the position holds
  [10039, UNKNOWN], // another order already closes it
  [10040, rejected("LIMIT_POSITIONS")],
  [10041, rejected("BROKER_REJECTED")], // activation refused, the order is cancelled
  [10042, rejected("TRADE_DISABLED")], // long positions only
  [10043, rejected("TRADE_DISABLED")], // short positions only
  [10044, rejected("CLOSE_ONLY")],
  [10045, rejected("FIFO_BLOCKED")],
  [10046, rejected("HEDGE_PROHIBITED")],
]);

export function meaningOf(retcode: number): Meaning {
  return RETCODES.get(retcode) ?? UNKNOWN;
}
