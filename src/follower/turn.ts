/**
 * When a signal may be decided for a subscription. Signals of one position go in ledger order, each
 * after the outcome of the one before; an open waits until the account has no unanswered
 * instruction, because its size is taken from the figures those leave behind, but no longer than
 * it may be copied at all; a close or a stop change waits for nothing but its own position, and a
 * reduction or a stop change for the facts of its symbol where the broker has not told them yet.
 * An open that is sized by risk may also wait for its stop-loss (stop-wait.ts). A pending order
 * that is mirrored waits as an open does.
 */
import type { Instant } from "../domain/instant.ts";
import { orderPlace } from "../master/orders.ts";
import type { Signal } from "../master/signal.ts";
import { stands } from "./mirrored.ts";
import { rulesFor, type Subscription } from "./state.ts";
import { waitsForStop } from "./stop-wait.ts";

export function isOpening(signal: Signal): boolean {
  return signal.kind === "open" || signal.kind === "increase";
}

/** Until when an open may be sent: the rules' greatest age after the master's deal. */
export function validUntilOf(subscription: Subscription, signal: Signal): Instant {
  const { rules } = rulesFor(subscription, signal.sequence);
  // A position from before the subscription is as old as the hub's knowledge of it.
  const age = signal.existing ? 0 : signal.ageAtReceiptMs;
  return signal.receivedAt - age + rules.guards.maxAgeMs;
}

/**
 * What waits before a signal, told in one look however much it is: after an outage of a broker or a
 * ledger thousands may wait for each follower.
 */
export class Ahead {
  readonly #positions = new Set<string>();
  #opens = false;

  static of(subscription: Subscription, signals: readonly Signal[], now: Instant): Ahead {
    if (signals.length === 0) return NOTHING;
    const ahead = new Ahead();
    for (const signal of signals) ahead.add(subscription, signal, now);
    return ahead;
  }

  add(subscription: Subscription, signal: Signal, now: Instant): void {
    this.#positions.add(signal.position);
    if (this.#opens || !(isOpening(signal) || isMirrored(subscription, signal))) return;
    this.#opens =
      !waitsForStop(subscription, signal, now) && !waitsForOrder(subscription, signal, NOTHING);
  }

  has(position: string): boolean {
    return this.#positions.has(position);
  }

  /** Whether an open is among it that waits for nothing but its turn. */
  get opens(): boolean {
    return this.#opens;
  }
}

export const NOTHING = new Ahead();

/** `ahead`: the signals of this subscription that wait before it. */
export function mayDecide(
  subscription: Subscription,
  signal: Signal,
  { ahead, now }: { readonly ahead: Ahead; readonly now: Instant },
): boolean {
  if (ahead.has(signal.position)) return false;
  const { account } = subscription;
  if (isBusy(subscription, signal.position)) return false;
  if (lacksFacts(subscription, signal)) return false;
  if (waitsForOrder(subscription, signal, ahead)) return false;
  if (!(isOpening(signal) || isMirrored(subscription, signal)) || !account.online) return true;
  const { copyExisting } = rulesFor(subscription, signal.sequence).rules;
  if (signal.existing && copyExisting === "none") return true;
  // It can only be refused by now, and must not wait for ever to be told so.
  if (now > validUntilOf(subscription, signal)) return true;
  if (waitsForStop(subscription, signal, now)) return false;
  return account.ready && account.unresolved.size === 0 && !ahead.opens;
}

/** An order of the master that the follower would place as its own: sized as an open is. */
export function isMirrored(subscription: Subscription, signal: Signal): boolean {
  if (signal.kind !== "place") return false;
  return rulesFor(subscription, signal.sequence).rules.pendingOrders === "mirror";
}

/**
 * What fills an order of the master waits until it is known what became of the follower's own: it
 * has filled, or is cancelled, and nothing of it is under way. So does the end of an order of which a
 * part was taken over, for the copy that has it.
 */
export function waitsForOrder(
  subscription: Subscription,
  { orderId, position, kind }: Signal,
  ahead: Ahead,
): boolean {
  if (orderId === null || orderId === undefined) return false;
  const place = orderPlace(orderId);
  const mirror = subscription.copied.get(place);
  if (position === place) {
    const linked = mirror?.order?.linked ?? null;
    if (kind !== "cancel" || linked === null) return false;
    return isBusy(subscription, linked) || ahead.has(linked);
  }
  if (isBusy(subscription, place) || ahead.has(place)) return true;
  return stands(mirror);
}

/**
 * A reduction or a stop change of a copy whose symbol's facts were not read yet, as after a start while
 * the broker is away: to refuse it as though there were no such symbol would lose it for good.
 */
function lacksFacts({ account, copied }: Subscription, { kind, position }: Signal): boolean {
  if ((kind !== "reduce" && kind !== "protect") || account.ready) return false;
  const held = copied.get(position);
  return held !== undefined && account.market.spec(held.symbol) === undefined;
}

function isBusy({ account, subscriptionId }: Subscription, position: string): boolean {
  for (const busy of account.unresolved.values()) {
    if (busy.subscriptionId === subscriptionId && busy.position === position) return true;
  }
  return false;
}

/**
 * Takes the first of the waiting signals that may be decided now; what is taken is unanswered until it
 * is written, so that it may also block what follows it.
 */
export function takeReady(subscription: Subscription, now: Instant): Signal | null {
  const { waiting } = subscription;
  const ahead = new Ahead();
  for (const [index, signal] of waiting.entries()) {
    if (mayDecide(subscription, signal, { ahead, now })) {
      subscription.waiting = waiting.toSpliced(index, 1);
      return signal;
    }
    ahead.add(subscription, signal, now);
  }
  return null;
}
