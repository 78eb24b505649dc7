/**
 * What becomes of a mirrored order: the follower's own pending order, linked to one of the master's.
 * Its copy stands at the place of the master's order until a position of the master takes it over.
 * Invariants: each deal is counted once; holdings add up to what was filled less what was closed;
 * what is taken over is held at one place only; an order that is gone fills nothing but what was
 * on its way.
 */
import { type Fixed, formatFixed, maxFixed, parseFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { Outcome } from "../domain/instruction.ts";
import { plus, ratioOf, ZERO_RATIO } from "../domain/ratio.ts";
import type { Deal } from "../domain/trade.ts";
import type { Signal } from "../master/signal.ts";
import type { CopiedPosition, MirroredOrder } from "./decision.ts";
import { added, averaged } from "./holdings.ts";
import type { LedgerInstruction } from "./instruction.ts";
import { heldVolume } from "./reduce.ts";

/** A copy whose order is known, at the place of the master's order. */
export type Mirror = CopiedPosition & { readonly order: MirroredOrder };

export function isMirror(copied: CopiedPosition | null | undefined): copied is Mirror {
  return copied?.order !== null && copied?.order !== undefined;
}

/** Whether the broker still has the order, as far as anybody has heard. */
export function stands(copied: CopiedPosition | null | undefined): boolean {
  return isMirror(copied) && copied.order.orderId !== null;
}

/** Lots that it holds, and those that its order may still fill. */
export function committedVolume(copied: CopiedPosition): Fixed {
  const held = heldVolume(copied.holdings);
  if (!isMirror(copied) || !stands(copied)) return held;
  return held + maxFixed(0n, copied.order.volume - copied.order.filled);
}

/** The copy of an order that stands from now on; null where the answer does not say so. */
export function placed(instruction: LedgerInstruction, outcome: Outcome): Mirror | null {
  const { pending, key, volume, origin } = instruction;
  if (outcome.status !== "done" || outcome.orderId === null) return null;
  if (pending === null || pending === undefined) return null;
  const { subscriptionId, position, symbol, side, stopLoss, takeProfit, masterPrice } = instruction;
  return {
    ...{ subscriptionId, position, symbol, side, stopLoss, takeProfit },
    ...{ state: "pending", target: ZERO_RATIO, holdings: [], openPrice: null },
    ...{ masterOpenPrice: masterPrice, through: 0 },
    ...(origin.kind === "signal" ? { openedBy: origin.sequence } : {}),
    order: {
      ...pending,
      ...{ key, orderId: outcome.orderId, volume: volume ?? 0n, filled: 0n, deals: [] },
      ...{ firedAt: null, masterGone: false, linked: null, masterFilled: 0n, astray: false },
    },
  };
}

/** A change that was refused leaves it where the master's order is no longer. */
export function changed(
  mirror: Mirror,
  { pending, stopLoss, takeProfit }: LedgerInstruction,
  { status, code }: Outcome,
): Mirror {
  if (code === "ORDER_GONE") return mirror;
  if (status !== "done") return { ...mirror, order: { ...mirror.order, astray: true } };
  return { ...mirror, stopLoss, takeProfit, order: { ...mirror.order, ...pending, astray: false } };
}

/** The order stands no more; a hand that took it back meant it. */
export function gone(mirror: Mirror, byHand = false): Mirror {
  const order = { ...mirror.order, orderId: null };
  if (mirror.state !== "pending") return { ...mirror, order };
  const state = mirror.holdings.length > 0 ? "open" : byHand ? "detached" : "closed";
  return { ...mirror, state, order };
}

export function orphanedByMaster(mirror: Mirror): Mirror {
  return { ...mirror, order: { ...mirror.order, masterGone: true } };
}

/** The order with a deal that fills it; the same object where the deal is counted already. */
export function counted(mirror: Mirror, deal: Deal, at: Instant): Mirror {
  const { order } = mirror;
  if (order.deals.includes(deal.id)) return mirror;
  const filled = order.filled + deal.volume;
  const orderId = filled >= order.volume ? null : order.orderId;
  const deals = [...order.deals, deal.id];
  return { ...mirror, order: { ...order, filled, orderId, deals, firedAt: order.firedAt ?? at } };
}

/** The lots of a deal in a copy: the mirror's own, or that which has taken it over. */
export function holding(copied: CopiedPosition, deal: Deal): CopiedPosition {
  const before = heldVolume(copied.holdings);
  const { positionId, volume, price } = deal;
  return {
    ...copied,
    state: stands(copied) ? "pending" : "open",
    target: plus(copied.target, ratioOf(volume)),
    holdings: added(copied.holdings, { positionId, volume }),
    openPrice: averaged(copied.openPrice, before, price, volume),
  };
}

/**
 * The master's position takes over what the order has filled: what the mirror is from then on, and
 * the position's own copy.
 */
export function takenOver(
  mirror: Mirror,
  { position, volume, price, sequence }: Pick<Signal, "position" | "volume" | "price" | "sequence">,
  own: CopiedPosition | undefined,
): { readonly mirror: Mirror; readonly copied: CopiedPosition } {
  const masterFilled = mirror.order.masterFilled + volume;
  const { order: _, ...held } = mirror;
  const before = own === undefined ? 0n : heldVolume(own.holdings);
  const filled = heldVolume(held.holdings);
  const copied: CopiedPosition = {
    ...held,
    position,
    state: held.state === "pending" ? "open" : held.state,
    target: plus(own?.target ?? ZERO_RATIO, held.target),
    holdings: held.holdings.reduce<CopiedPosition["holdings"]>(added, own?.holdings ?? []),
    openPrice: averaged(own?.openPrice ?? null, before, held.openPrice, filled),
    masterOpenPrice: averaged(own?.masterOpenPrice ?? null, before, price, filled),
    through: sequence,
  };
  return {
    copied,
    mirror: {
      ...mirror,
      ...{ state: "closed", holdings: [], target: ZERO_RATIO },
      order: { ...mirror.order, linked: position, masterFilled },
    },
  };
}

type Json = Readonly<Record<string, unknown>>;

export function orderJson(order: MirroredOrder): string {
  const { volume, filled, masterFilled, price, limitPrice, ...rest } = order;
  return JSON.stringify({
    ...rest,
    volume: formatFixed(volume),
    filled: formatFixed(filled),
    masterFilled: formatFixed(masterFilled),
    price: formatFixed(price),
    limitPrice: limitPrice === null ? null : formatFixed(limitPrice),
  });
}

/** What `orderJson` has written. */
export function orderOfJson(json: unknown): MirroredOrder {
  const row = json as Json & MirroredOrder;
  const fixed = (name: string): Fixed => parseFixed(String(row[name as keyof MirroredOrder]));
  return {
    ...row,
    volume: fixed("volume"),
    filled: fixed("filled"),
    masterFilled: fixed("masterFilled"),
    price: fixed("price"),
    limitPrice: row.limitPrice === null ? null : fixed("limitPrice"),
  };
}
