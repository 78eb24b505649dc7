/**
 * While a signal is being decided it blocks its position, like an unanswered instruction: what
 * follows it there waits until its instructions are in the lane, or until it is known to have none.
 */
import type { Signal } from "../master/signal.ts";
import type { Subscription } from "./state.ts";

export function claim(subscription: Subscription, signal: Signal): void {
  const { subscriptionId, account } = subscription;
  account.unresolved.set(claimKey(subscription, signal), {
    subscriptionId,
    position: signal.position,
  });
}

export function unclaim(subscription: Subscription, signal: Signal): void {
  subscription.account.unresolved.delete(claimKey(subscription, signal));
}

const claimKey = (subscription: Subscription, signal: Signal): string =>
  `deciding ${subscription.subscriptionId} ${signal.id}`;
