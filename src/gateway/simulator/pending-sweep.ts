/**
 * What becomes of pending orders by themselves: they expire, and quotes trigger them. A triggered
 * order fills whole at the quote that triggers it, or as far as the broker says, and then at the
 * next; where the money does not suffice it is gone.
 * Invariants: an order expires before the quotes of its last instant; accounts go by login, orders
 * oldest first; a closed session and an account that cannot be valued wait for the next quote.
 */
import { minFixed } from "../../domain/fixed.ts";
import type { Instant } from "../../domain/instant.ts";
import type { PendingOrder } from "../../domain/pending-order.ts";
import type { Account } from "./account.ts";
import { dealRecord, orderRecord } from "./execution.ts";
import { judgeTriggered } from "./judge-pending.ts";
import { type Levels, noLevels, touchesAny } from "./levels.ts";
import type { Market } from "./market.ts";
import { addOrder, awoken, isTriggered } from "./pending.ts";
import type { Floor } from "./sweep.ts";

/** Ends the orders whose time has come. */
export function expireOrders(floor: Floor, at: Instant): void {
  for (const account of floor.accounts) {
    for (const order of [...account.orders.values()]) {
      if (order.expiresAt !== null && order.expiresAt <= at) end(floor, { account, order, at });
    }
  }
}

export function triggerOrders(floor: Floor, market: Market, at: Instant): void {
  market.orderLevels ??= gatherOrders(floor, market);
  if (!market.open || !touchesAny(market.orderLevels, market)) return;
  for (const account of floor.accounts) {
    for (const order of [...account.orders.values()]) {
      const stands = account.orders.get(order.id) === order;
      if (!stands || order.symbol !== market.spec.name || !isTriggered(order, market)) continue;
      trigger(floor, { account, order, at }, market);
    }
  }
}

function gatherOrders(floor: Floor, market: Market): Levels {
  const levels = noLevels();
  for (const account of floor.accounts) {
    for (const order of account.orders.values()) {
      if (order.symbol === market.spec.name) addOrder(levels, order);
    }
  }
  return levels;
}

type Target = { readonly account: Account; readonly order: PendingOrder; readonly at: Instant };

function trigger(floor: Floor, target: Target, market: Market): void {
  const { account, order, at } = target;
  const desk = floor.desk(account, at);
  const limit = awoken(order);
  if (limit !== null) {
    const change = { change: "changed", order: limit, key: null, code: null } as const;
    floor.commit(account, [orderRecord(desk, change)]);
    if (isTriggered(limit, market)) trigger(floor, { account, order: limit, at }, market);
    return;
  }
  const part = floor.partOf?.(account.terms.login, order) ?? order.volume;
  const verdict = judgeTriggered(desk, { ...order, volume: minFixed(part, order.volume) }, at);
  if (verdict.type === "filled") {
    const { key, magic, comment } = order;
    const reason = key !== null || magic !== 0 ? "expert" : "client";
    const marks = { key, magic, comment, reason } as const;
    floor.commit(account, [dealRecord(desk, verdict.fill, marks, order)]);
  } else if (verdict.type === "refused" && verdict.code !== "PRICE_OFF") {
    const { code } = verdict;
    floor.commit(account, [orderRecord(desk, { change: "refused", order, key: null, code })]);
  }
}

function end(floor: Floor, { account, order, at }: Target): void {
  const change = { change: "expired", order, key: null, code: null } as const;
  floor.commit(account, [orderRecord(floor.desk(account, at), change)]);
}
