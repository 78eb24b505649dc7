/**
 * Orders that wait at the broker for a price. A stop order waits for the market to come worse than
 * now, a limit order for it to come better; a stop-limit order becomes a limit order at its limit
 * price once the market reaches its price.
 */
import type { Fixed } from "./fixed.ts";
import type { Instant } from "./instant.ts";
import type { Marks, Side } from "./trade.ts";

export const ORDER_TYPES = [
  "buy-limit",
  "sell-limit",
  "buy-stop",
  "sell-stop",
  "buy-stop-limit",
  "sell-stop-limit",
] as const;

export type OrderType = (typeof ORDER_TYPES)[number];

/** What a pending order waits for. */
export type PendingTerms = {
  readonly type: OrderType;
  /** The price that triggers it: an ask for buys, a bid for sells. */
  readonly price: Fixed;
  /** Of the limit order that a stop-limit order becomes; null for the other types. */
  readonly limitPrice: Fixed | null;
  /** When the broker drops it; null: never. A gateway tells the broker in its server's time. */
  readonly expiresAt: Instant | null;
};

/** A pending order that stands. The deal that fills it bears its id and its marks. */
export type PendingOrder = Marks &
  PendingTerms & {
    readonly id: string;
    readonly symbol: string;
    readonly volume: Fixed;
    /** The stops of the position that it opens. */
    readonly stopLoss: Fixed | null;
    readonly takeProfit: Fixed | null;
    readonly placedAt: Instant;
  };

/** The side of the position that it opens. */
export function sideOfOrder(type: OrderType): Side {
  return type.startsWith("buy") ? "buy" : "sell";
}
