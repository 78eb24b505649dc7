/**
 * While a signal is being decided it blocks its position, like an unanswered instruction: what
 * follows it there waits until its instructions are in the lane, or until it is known to have none.
 */
import { orderPlace } from "../master/orders.ts";
import type { Signal } from "../master/signal.ts";
import type { Subscription } from "./state.ts";

export function claim(subscription: Subscription, signal: Signal): void {
  const { subscriptionId, account } = subscription;
  account.unresolved.set(claimKey(subscription, signal), {
    subscriptionId,
    position: signal.position,
  });
  const place = orderOf(signal);
  if (place === null) return;
  account.unresolved.set(orderKey(subscription, signal), { subscriptionId, position: place });
}

export function unclaim(subscription: Subscription, signal: Signal): void {
  subscription.account.unresolved.delete(claimKey(subscription, signal));
  subscription.account.unresolved.delete(orderKey(subscription, signal));
}

/** The order that the signal's deal fills: what mirrors it may be taken over. */
function orderOf({ orderId, position }: Signal): string | null {
  if (orderId === null || orderId === undefined) return null;
  const place = orderPlace(orderId);
  return place === position ? null : place;
}

const orderKey = (subscription: Subscription, signal: Signal): string =>
  `${claimKey(subscription, signal)} order`;

const claimKey = (subscription: Subscription, signal: Signal): string =>
  `deciding ${subscription.subscriptionId} ${signal.id}`;
