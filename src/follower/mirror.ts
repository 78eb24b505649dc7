/**
 * What a follower does about a pending order of its master. Under `mirror` it places its own, sized
 * and guarded as an open at the order's price would be, and then follows the master's through its
 * life; under any other rule an order is copied when it fills, or not at all (PENDING_EXCLUDED). One
 * that is mirrored already is followed to its end whatever the rules say by now.
 * An order that cannot be placed, or not as one order, is skipped by name, and copied when it fills.
 * Invariants: nothing is placed that the rules would not open; what becomes of an order that stands
 * is never filtered; a change that cannot be followed cancels it, so that none waits at a price that
 * the master has left.
 */
import { type Fixed, formatFixed } from "../domain/fixed.ts";
import type { PendingTerms } from "../domain/pending-order.ts";
import { copy, skip, skipRefused } from "./answer.ts";
import type { Decision, FollowerState, Plan, Step } from "./decision.ts";
import { entryOf } from "./entry.ts";
import { filterOpen } from "./filters.ts";
import { guardOpen } from "./guards.ts";
import { endOfOrder } from "./mirror-end.ts";
import { type OrderView, orderView } from "./mirror-terms.ts";
import { type Mirror, stands } from "./mirrored.ts";
import type { SubscriptionMode } from "./mode.ts";
import { delayOf, limitOpen } from "./open.ts";
import { refuseSubscription } from "./open-subscription.ts";
import { openEntry } from "./open-symbol.ts";
import { isRefusal } from "./refusal.ts";
import { mapSymbol } from "./rules/symbol-map.ts";
import { type Sizable, sizeOpen } from "./sizing.ts";
import type { SignalView } from "./view.ts";

export function decideOrder(
  view: SignalView,
  follower: FollowerState,
  mode: SubscriptionMode,
): Decision {
  const { copied, rules } = follower;
  if (copied === null || copied.order === null || copied.order === undefined) {
    const { pendingOrders } = rules;
    if (pendingOrders !== "mirror") {
      return skip("PENDING_EXCLUDED", [{ step: "pending", pendingOrders }]);
    }
    if (view.signal.kind === "place") return place(view, follower, mode);
    return skip("NEVER_OPENED", [{ step: "mirror", copied: "none" }]);
  }
  const mirror: Mirror = { ...copied, order: copied.order };
  if (view.signal.kind === "place")
    return skip("DUPLICATE", [{ step: "mirror", copied: mirror.state }]);
  if (view.signal.kind === "cancel") return endOfOrder(view, follower, mirror);
  if (stands(mirror)) return change(view, follower, mirror);
  const isEnded = mirror.state === "detached" || mirror.state === "stopped-out";
  const reason = isEnded ? "DETACHED" : mirror.order.filled > 0n ? "MIRRORED" : "ALREADY_CLOSED";
  return skip(reason, [{ step: "mirror", copied: mirror.state }]);
}

function place(view: SignalView, follower: FollowerState, mode: SubscriptionMode): Decision {
  const refused = refuseSubscription(view, follower, mode) ?? filterOpen(view, follower.rules);
  if (refused !== null) return skipRefused(refused);
  if (follower.isOver === true) return skip("ALREADY_CLOSED", [{ step: "over" }]);
  const { figures } = follower;
  if (!follower.online || figures === null) return skip("ACCOUNT_OFFLINE", [{ step: "account" }]);
  const entry = openEntry(view, follower);
  if (isRefusal(entry)) return skipRefused(entry);
  const order = orderView(view, entry, follower);
  return isRefusal(order) ? skipRefused(order) : size(view, order, { ...follower, figures });
}

function size(view: SignalView, order: OrderView, follower: Sizable): Decision {
  const { entry, stops } = order;
  const sized = sizeOpen({ view, entry, follower, stops });
  if (isRefusal(sized)) return skipRefused(sized, [order.step, ...stops.steps]);
  const { wanted } = sized;
  const before = [order.step, ...stops.steps, sized.step];
  const rounded = limitOpen({ view, entry, follower, stops }, sized, before);
  if ("decision" in rounded) return rounded;
  const { volume, parts, steps, remember } = rounded;
  if (parts.length > 1) {
    const most = { step: "orders", volume: formatFixed(volume), orders: String(parts.length) };
    return skip("ABOVE_MAX_VOLUME", [...steps, most], { wanted });
  }
  const guard = guardOpen(view, entry, follower);
  if (isRefusal(guard)) {
    const decision = skipRefused(guard, steps, { wanted });
    return guard.refused === "THROTTLED" ? { ...decision, remember: { tripped: true } } : decision;
  }
  const delayMs = delayOf(view, follower);
  return {
    ...copy({
      ...{ wanted, volume, target: null, plans: [planOf("place", order, { volume })] },
      steps: [...steps, guard],
    }),
    ...(delayMs === 0 ? {} : { delayMs }),
    ...(remember === undefined ? {} : { remember }),
  };
}

/** All of the new terms; where they cannot be followed, nothing stands at the old ones. */
function change(view: SignalView, follower: FollowerState, mirror: Mirror): Decision {
  const { signal } = view;
  const isResized = signal.before !== signal.after;
  const order = isResized ? null : orderOf(view, follower, mirror);
  if (order === null || isRefusal(order)) {
    const why: Step = isResized
      ? {
          step: "resized",
          before: formatFixed(signal.before),
          after: formatFixed(signal.after),
        }
      : (order?.step ?? { step: "symbol", symbol: mirror.symbol });
    return cancelled(mirror, [why]);
  }
  const { orderId } = mirror.order;
  return copy({
    ...{ wanted: null, volume: 0n, target: null },
    steps: [order.step, ...order.stops.steps],
    plans: [planOf("change", order, { orderId })],
  });
}

function orderOf(view: SignalView, follower: FollowerState, mirror: Mirror) {
  const symbol = view.symbol(mirror.symbol);
  if (symbol === undefined || symbol.quote === null) return null;
  const { symbolMap } = follower.rules;
  const { priceFactor } = mapSymbol(view.signal.symbol, symbolMap, view.market.mapped);
  return orderView(view, entryOf(view, symbol, mirror.side, priceFactor), follower);
}

function cancelled(mirror: Mirror, steps: readonly Step[]): Decision {
  const { symbol, side, order } = mirror;
  const cancel: Plan = {
    ...{ part: 1, kind: "cancel", symbol, side, volume: null, positionId: null },
    ...{ orderId: order.orderId, stopLoss: null, takeProfit: null },
  };
  return copy({ wanted: null, volume: 0n, steps: [...steps], plans: [cancel], target: null });
}

type OrderPlan = {
  readonly volume?: Fixed;
  readonly orderId?: string | null;
};

function planOf(
  kind: "place" | "change",
  {
    entry,
    stops,
    terms,
  }: {
    readonly entry: OrderView["entry"];
    readonly stops: OrderView["stops"];
    readonly terms: PendingTerms;
  },
  { volume, orderId }: OrderPlan,
): Plan {
  return {
    ...{ part: 1, kind, symbol: entry.symbol.spec.name, side: entry.side },
    ...{ volume: volume ?? null, positionId: null, orderId: orderId ?? null, pending: terms },
    ...{ stopLoss: stops.stopLoss, takeProfit: stops.takeProfit },
  };
}
