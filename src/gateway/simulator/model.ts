/**
 * The words of the simulated broker: what an account is opened with, what an order asks for, and
 * what the broker tells those who listen. Amounts are in the account's currency, volumes in lots.
 */
import type { Figures, PositionMode, StampedFigures } from "../../domain/account.ts";
import type { Fixed } from "../../domain/fixed.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Instruction } from "../../domain/instruction.ts";
import type { PendingOrder } from "../../domain/pending-order.ts";
import type { Quote } from "../../domain/symbol.ts";
import type { Position } from "../../domain/trade.ts";
import type { AccountEvent } from "../gateway.ts";

export type AccountTerms = {
  readonly login: string;
  readonly currency: string;
  readonly positionMode: PositionMode;
  /** 100 stands for 1:100. */
  readonly leverage: Fixed;
  /** The balance it starts with. */
  readonly balance: Fixed;
  readonly credit: Fixed;
};

/** A position as it is kept; its floating profit depends on the quote and is never stored. */
export type OpenPosition = Omit<Position, "profit" | "swap"> & {
  /** Not booked yet, in the account's currency. */
  readonly swap: Fixed;
  /** The last rollover that is in it; null: none since the position was opened. */
  readonly swapAt: Instant | null;
};

/** What is asked of the broker, by an instruction or by a hand at the terminal. */
export type OrderRequest = Pick<
  Instruction,
  | "kind"
  | "symbol"
  | "side"
  | "volume"
  | "positionId"
  | "orderId"
  | "pending"
  | "stopLoss"
  | "takeProfit"
  | "magic"
  | "comment"
>;

/** What an instruction adds: its key, its owner's fence, and when an open or a place is too late. */
export type OrderTag = Pick<Instruction, "key" | "fence" | "validUntil">;

/** What a fault makes of an order that would be executed. */
export type Interference = {
  /** A MetaTrader retcode to answer with instead. */
  readonly rejectWith: number | null;
  /** The share of the volume that is filled, in parts per million. */
  readonly fillPpm: number | null;
};

export const UNDISTURBED: Interference = { rejectWith: null, fillPpm: null };

/** A quote as the feed brings it. */
export type PriceQuote = Pick<Quote, "symbol" | "bid" | "ask">;

export type BrokerSnapshot = {
  readonly figures: StampedFigures;
  readonly positions: readonly Position[];
  /** Oldest first. */
  readonly orders: readonly PendingOrder[];
  readonly asOf: Instant;
  readonly sequence: number;
};

export type BrokerEvent =
  | {
      readonly type: "event";
      readonly login: string;
      readonly sequence: number;
      readonly at: Instant;
      readonly event: AccountEvent;
    }
  | { readonly type: "figures"; readonly login: string; readonly figures: StampedFigures }
  | { readonly type: "quote"; readonly quote: Quote };

export function sameFigures(a: Figures, b: Figures): boolean {
  return (
    a.balance === b.balance &&
    a.equity === b.equity &&
    a.margin === b.margin &&
    a.credit === b.credit
  );
}
