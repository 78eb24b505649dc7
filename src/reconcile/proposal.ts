/**
 * The way back from a divergence, and what it is worth at the quotes of now. Pure.
 * Invariants: nothing is opened that the master no longer holds, and nothing that an earlier way back
 * has brought; what was never sized is decided again as though the master had opened it now, so that
 * every rule still holds; what only a person can judge is proposed to nobody; a price or a rate that is
 * not known leaves value and cost unknown.
 */
import { SKIP_REASONS } from "../domain/codes.ts";
import {
  absFixed,
  divideHalfEven,
  type Fixed,
  formatFixed,
  minFixed,
  ONE,
} from "../domain/fixed.ts";
import { idOf } from "../domain/ids.ts";
import { unitsPerLot } from "../domain/symbol.ts";
import { opposite, type Side } from "../domain/trade.ts";
import type { CopiedPosition, Decision } from "../follower/decision.ts";
import { stands } from "../follower/mirrored.ts";
import { heldVolume, spreadClose, volumeToClose } from "../follower/reduce.ts";
import type { BrokerMarket } from "../gateway/market.ts";
import type { BookPosition } from "../master/book.ts";
import { orderOfPlace } from "../master/orders.ts";
import { type Divergence, UNEXPLAINED } from "./divergence.ts";

export type ProposedOrder = {
  readonly kind: "open" | "close" | "protect" | "cancel";
  readonly symbol: string;
  readonly side: Side;
  /** Null for protect and cancel. */
  readonly volume: Fixed | null;
  readonly positionId: string | null;
  /** The broker's pending order, of a cancel. */
  readonly orderId?: string;
  readonly stopLoss: Fixed | null;
  readonly takeProfit: Fixed | null;
};

export type Proposal = {
  /** What the difference amounts to now, in the account's currency; null: not known. */
  readonly value: Fixed | null;
  /** What the way back costs over the master's price, or over the middle of the quote. */
  readonly cost: Fixed | null;
  readonly currency: string;
} & (
  | {
      readonly possible: true;
      readonly orders: readonly ProposedOrder[];
      /** Of the orders: whoever looked at them can say that they meant these. */
      readonly digest: string;
    }
  | { readonly possible: false; readonly why: string }
);

export type ProposalContext = {
  readonly copied: CopiedPosition | null;
  /** The master's position now, or null where it is closed. */
  readonly master: BookPosition | null;
  /** The follower's broker. */
  readonly market: BrokerMarket;
  readonly currency: string;
  readonly positionMode: "hedging" | "netting";
  /** Lots that earlier ways back have brought; they are not brought again. */
  readonly brought: Fixed;
  /** The stops that the broker refused; null: those of the copy. */
  readonly wanted: Stops | null;
  /** The open as it would be decided now. */
  decideAgain(): Decision | null;
};

export type Stops = { readonly stopLoss: Fixed | null; readonly takeProfit: Fixed | null };

type Way = readonly ProposedOrder[] | string;

export function propose(divergence: Divergence, context: ProposalContext): Proposal {
  const way = wayBack(divergence, context);
  const worth = worthOf(divergence, typeof way === "string" ? [] : way, context);
  if (typeof way === "string") return { possible: false, why: way, ...worth };
  return { possible: true, orders: way, digest: digestOf(divergence, way), ...worth };
}

function wayBack(divergence: Divergence, context: ProposalContext): Way {
  switch (divergence.cause) {
    case "MISSED":
    case "LATE":
    case "SYMBOL":
      return decidedAgain(context);
    case "STOPS":
      return stopsAgain(context);
    case "ORPHAN":
      return strayCancelled(divergence) ?? closed(divergence, context);
    case "VOLUME":
      return divergence.actual > divergence.expected
        ? closed(divergence, context)
        : opened(divergence, context);
    case "REJECTED":
      return divergence.actual > divergence.expected
        ? excessClosed(context)
        : opened(divergence, context);
    case "EARLY_FILL":
      return "it is closed already";
    case "OPENED_BY_HAND":
      return "it is no copy: close it by hand, or accept it";
    case "SIDE":
      return "a position on the other side is settled by hand";
    default:
      return opened(divergence, context);
  }
}

const GONE = "the master no longer holds the position";
const NOTHING_MISSING = "nothing is missing";
const NET = "on a netting account this is settled by hand";

/** Found by comparing alone: on a netting account one position carries what several copies hold. */
const isFoundInNet = ({ cause }: Divergence, { positionMode }: ProposalContext): boolean =>
  positionMode === "netting" && UNEXPLAINED.has(cause);

function decidedAgain({ master, brought, decideAgain }: ProposalContext): Way {
  if (master === null) return GONE;
  const decision = decideAgain();
  if (decision === null) return "what it would be cannot be decided now";
  if (decision.reason !== null) return `decided now: ${SKIP_REASONS[decision.reason]}`;
  let there = brought;
  const orders = decision.plans.flatMap((plan) => {
    const { symbol, side, stopLoss, takeProfit } = plan;
    const volume = plan.volume ?? 0n;
    const less = minFixed(there, volume);
    there -= less;
    const one = { kind: "open" as const, symbol, side, volume: volume - less, positionId: null };
    return less === volume ? [] : [{ ...one, stopLoss, takeProfit }];
  });
  return orders.length === 0 ? NOTHING_MISSING : orders;
}

function opened(divergence: Divergence, context: ProposalContext): Way {
  const { copied, master, market, brought } = context;
  const volume = divergence.expected - divergence.actual - brought;
  if (volume <= 0n) return NOTHING_MISSING;
  if (master === null) return GONE;
  if (isFoundInNet(divergence, context)) return NET;
  const side = copied?.side ?? divergence.side ?? master.side;
  const { symbol } = divergence;
  const quote = market.quote(symbol);
  // A stop that the market has passed since would only be refused.
  const isBeyond = (price: Fixed | null, above: boolean): boolean =>
    price !== null && quote !== undefined && (above ? price <= quote.ask : price >= quote.bid);
  const { stopLoss = null, takeProfit = null } = copied ?? {};
  return [
    {
      ...{ kind: "open", symbol, side, volume, positionId: null },
      stopLoss: isBeyond(stopLoss, side === "sell") ? null : stopLoss,
      takeProfit: isBeyond(takeProfit, side === "buy") ? null : takeProfit,
    },
  ];
}

function closed(divergence: Divergence, { positionMode, brought }: ProposalContext): Way {
  const { symbol, side, positionId, actual, expected } = divergence;
  if (positionId === null || positionId === undefined || side === null || side === undefined) {
    return "the broker's position is not known: settle it by hand";
  }
  // On a netting account another's share is in the same position.
  if (positionMode === "netting") return NET;
  const volume = actual - expected - brought;
  if (volume <= 0n) return "nothing is too much any more";
  const none = { stopLoss: null, takeProfit: null };
  return [{ kind: "close", symbol, side, volume, positionId, ...none }];
}

/** A pending order with our key that mirrors nothing; null where it is a position. */
function strayCancelled({ position, symbol, side }: Divergence): Way | null {
  const orderId = orderOfPlace(position);
  if (orderId === null) return null;
  const none = { volume: null, positionId: null, stopLoss: null, takeProfit: null };
  return [{ kind: "cancel", symbol, side: side ?? "buy", orderId, ...none }];
}

/** A close that the broker refused: by now it is what the copy holds over its target. */
function excessClosed({ copied, market }: ProposalContext): Way {
  const spec = market.spec(copied?.symbol ?? "");
  if (copied === null || spec === undefined) return "the position is not known: settle it by hand";
  const { symbol, side, holdings, target } = copied;
  const volume = volumeToClose(heldVolume(holdings), target, spec);
  const parts = spreadClose(holdings, volume, spec);
  if (parts.length === 0) return "nothing is too much any more";
  const none = { stopLoss: null, takeProfit: null };
  return parts.map((part) => ({ kind: "close" as const, symbol, side, ...part, ...none }));
}

function stopsAgain({ copied, wanted, positionMode }: ProposalContext): Way {
  if (stands(copied)) return "the order was changed there: change it back there, or accept it";
  if (copied === null || copied.holdings.length === 0) return "nothing is held any more";
  if (positionMode === "netting") return "on a netting account stops are set by hand";
  const { symbol, side } = copied;
  const { stopLoss, takeProfit } = wanted ?? copied;
  return copied.holdings.map(({ positionId }) => ({
    ...{ kind: "protect" as const, symbol, side, volume: null, positionId, stopLoss, takeProfit },
  }));
}

function digestOf({ id }: Divergence, orders: readonly ProposedOrder[]): string {
  const texts = orders.map((one) =>
    [
      ...[one.kind, one.symbol, one.side, one.volume, one.orderId ?? one.positionId],
      ...[one.stopLoss, one.takeProfit],
    ]
      .map(String)
      .join(" "),
  );
  return idOf("proposal", id, ...texts);
}

type Worth = Pick<Proposal, "value" | "cost" | "currency">;

/** The notional of the difference, and the spread or the move since the master, to the cent. */
function worthOf(
  divergence: Divergence,
  orders: readonly ProposedOrder[],
  { market, currency }: ProposalContext,
): Worth {
  const [first] = orders;
  const symbol = first?.symbol ?? divergence.symbol;
  const side = first?.side ?? divergence.side ?? "buy";
  const spec = market.spec(symbol);
  const quote = market.quote(symbol);
  const rate = spec === undefined ? null : market.rate(spec.profitCurrency, currency);
  if (spec === undefined || quote === undefined || rate === null) {
    return { value: null, cost: null, currency };
  }
  const amount = (price: Fixed, lots: Fixed): Fixed =>
    divideHalfEven(price * lots * unitsPerLot(spec) * rate.n, ONE * ONE * CENT * rate.d) * CENT;
  const asked = orders.reduce((sum, one) => sum + (one.volume ?? 0n), 0n);
  const lots = asked > 0n ? asked : absFixed(divergence.expected - divergence.actual);
  // What was never sized, and cannot be now, is worth nobody knows what.
  if (lots === 0n && divergence.cause !== "STOPS") return { value: null, cost: null, currency };
  const mid = (quote.bid + quote.ask) / 2n;
  return {
    value: amount(mid, lots),
    cost: amount(worseBy(divergence, first, { side, mid, quote }), asked),
    currency,
  };
}

const CENT: Fixed = 1_000_000n;

type Prices = {
  readonly side: Side;
  readonly mid: Fixed;
  readonly quote: { readonly bid: Fixed; readonly ask: Fixed };
};

/** How much worse than the master's, or than the middle, the price is at which it is done. */
function worseBy(
  { masterPrice }: Divergence,
  order: ProposedOrder | undefined,
  { side, mid, quote }: Prices,
): Fixed {
  if (order === undefined || order.kind === "protect") return 0n;
  const trades = order.kind === "open" ? side : opposite(side);
  const from = order.kind === "open" ? (masterPrice ?? mid) : mid;
  return trades === "buy" ? quote.ask - from : from - quote.bid;
}

/** Of a proposal as the ledger keeps it, for people in other processes. */
export function proposalJson(proposal: Proposal): object {
  if (!proposal.possible) return { possible: false, why: proposal.why };
  const text = (value: Fixed | null): string | null => (value === null ? null : formatFixed(value));
  const orders = proposal.orders.map(({ volume, stopLoss, takeProfit, ...one }) => ({
    ...one,
    volume: text(volume),
    stopLoss: text(stopLoss),
    takeProfit: text(takeProfit),
  }));
  return { possible: true, orders, digest: proposal.digest };
}
