/**
 * When a signal may be decided for a subscription. Signals of one position go in ledger order, each
 * after the outcome of the one before; an open waits until the account has no unanswered
 * instruction, because its size is taken from the figures those leave behind; a close or a stop
 * change waits for nothing but its own position.
 */
import type { Signal } from "../master/signal.ts";
import type { Subscription } from "./state.ts";

export function isOpening(signal: Signal): boolean {
  return signal.kind === "open" || signal.kind === "increase";
}

/** `ahead`: the signals of this subscription that wait before it. */
export function mayDecide(
  subscription: Subscription,
  signal: Signal,
  ahead: readonly Signal[],
): boolean {
  if (ahead.some((other) => other.position === signal.position)) return false;
  const { account, subscriptionId } = subscription;
  if (!isOpening(signal)) {
    for (const busy of account.unresolved.values()) {
      if (busy.subscriptionId === subscriptionId && busy.position === signal.position) return false;
    }
    return true;
  }
  if (signal.existing || !account.online) return true;
  return account.ready && account.unresolved.size === 0 && !ahead.some(isOpening);
}

/** Takes out of the waiting signals those that may be decided now, in order. */
export function takeReady(subscription: Subscription): Signal[] {
  const ready: Signal[] = [];
  const still: Signal[] = [];
  for (const signal of subscription.waiting) {
    // What is taken now is unanswered until it is written, so it also blocks what follows it.
    if (ready.length === 0 && mayDecide(subscription, signal, still)) ready.push(signal);
    else still.push(signal);
  }
  subscription.waiting = still;
  return ready;
}
