/**
 * Keeps what is known of mirrored orders in step with the followers' brokers, and does by itself
 * what is due about them.
 * Events tell of fills and ends as they come. A look at the broker finds what no event has told: an order
 * that is not there any more has filled where the history has deals that bear its key; it has run
 * out where its time is over; it was cancelled where that was asked. Otherwise somebody took it away, and
 * once the broker's history can no longer lag that is taken for the follower's own hand.
 */

import type { OutcomeCode } from "../domain/codes.ts";
import type { Instant } from "../domain/instant.ts";
import type { Deal, Snapshot } from "../domain/trade.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import { cancelOf, type MirrorTries, mirrorsDue, untilDue } from "../follower/mirror-due.ts";
import { counted, gone, holding, isMirror, type Mirror, stands } from "../follower/mirrored.ts";
import type { AccountState, Subscription } from "../follower/state.ts";
import type { AccountEvent } from "../gateway/gateway.ts";
import { orderPlace } from "../master/orders.ts";
import type { Signal } from "../master/signal.ts";
import { tellMirrorGone, tellPartTaken } from "../reconcile/mirror-divergences.ts";
import { sendOwn } from "./close-copies.ts";
import type { Hub } from "./hub.ts";

type OrderEvent = Extract<AccountEvent, { type: "order" }>;
type Own = { readonly subscription: Subscription; readonly mirror: Mirror };

export class MirrorWatch {
  readonly #hub: Hub;
  readonly #tried: MirrorTries = new WeakMap();
  /** Places that have filled before anybody knew that they stand. */
  readonly #unheard = new Set<string>();
  /** By key: orders that a look did not find, and since when. */
  readonly #missing = new Map<string, Instant>();
  /** Orders of which a cancel was asked for, by their keys. */
  readonly #asked = new Set<string>();
  readonly #timed = new WeakMap<Subscription, Instant>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  onDeal(account: AccountState, deal: Deal): void {
    if (deal.key === null) return;
    const own = this.#mirrorsOf(account).find(({ mirror }) => mirror.order.key === deal.key);
    if (own !== undefined) this.#fill(own, deal);
    else if (account.unresolved.has(deal.key)) this.#unheard.add(deal.key);
  }

  onOrder(account: AccountState, { change, order, code }: OrderEvent): void {
    if (change !== "refused" && change !== "expired" && change !== "cancelled") return;
    const own = this.#mirrorsOf(account).find(({ mirror }) => mirror.order.orderId === order.id);
    if (own === undefined) return;
    const { mirror, subscription } = own;
    const isAsked = this.#asked.has(mirror.order.key) || isBusy(own);
    this.#keep(subscription, [gone(mirror, change === "cancelled" && !isAsked)]);
    if (change === "refused") this.#tellGone(account, mirror, code);
    else if (change === "cancelled" && !isAsked) this.#tellGone(account, mirror, null);
  }

  /** True where the account should be looked at: its order has filled already. */
  onPlaced({ kind, key }: LedgerInstruction): boolean {
    return kind === "place" && this.#unheard.delete(key);
  }

  onTakenOver({ account, copied }: Subscription, { orderId, position }: Signal): void {
    const mirror = copied.get(orderPlace(orderId ?? ""));
    if (isMirror(mirror)) tellPartTaken(this.#hub.reconciler.open, account, { mirror, position });
  }

  /** Cancels what the master no longer has, or what may not open, and closes what filled alone. */
  wake(subscription: Subscription): void {
    const { deps } = this.#hub;
    const { account } = subscription;
    const fence = deps.leases.fence(account.partition);
    if (fence === null || !account.online || !account.ready) return;
    const context = { fence, now: deps.clock.now(), tried: this.#tried };
    const due = mirrorsDue(subscription, context).filter((one) => !this.#isMissing(one));
    for (const one of due) this.#note(one);
    sendOwn(this.#hub, account, due);
    this.#time(subscription);
  }

  sweep(): void {
    for (const one of this.#hub.followers.subscriptions.values()) this.wake(one);
  }

  /** Finds what no event has told; true where that has changed what is known. */
  async check(account: AccountState, snapshot: Snapshot): Promise<boolean> {
    const { orders } = snapshot;
    if (orders === undefined) return false;
    this.#cancelReleased(account, new Set(orders.map(({ id }) => id)));
    const standing = new Map(orders.map((order) => [order.id, order.volume]));
    const lacking = this.#mirrorsOf(account).filter(({ mirror }) => {
      const { orderId, volume, filled } = mirror.order;
      if (orderId === null) return false;
      const rest = standing.get(orderId);
      if (rest !== undefined) this.#missing.delete(mirror.order.key);
      return rest === undefined || rest < volume - filled;
    });
    if (lacking.length === 0) return false;
    const deals = await this.#dealsOf(account, snapshot);
    if (this.#hub.accounts.get(account.account.accountId) !== account) return false;
    const settled = lacking.map((own) => this.#settle(account, own, { deals, standing }));
    return settled.includes(true);
  }

  #settle(
    account: AccountState,
    own: Own,
    {
      deals,
      standing,
    }: { readonly deals: readonly Deal[]; readonly standing: ReadonlyMap<string, bigint> },
  ): boolean {
    const { subscription, mirror } = own;
    const { key, orderId, expiresAt, masterGone } = mirror.order;
    const mine = deals.filter((deal) => deal.key === key && !mirror.order.deals.includes(deal.id));
    for (const deal of mine) this.#fill({ subscription, mirror }, deal);
    const now = subscription.copied.get(mirror.position);
    if (!isMirror(now) || !stands(now) || standing.has(orderId ?? "")) return mine.length > 0;
    if (isBusy(own) && !this.#asked.has(key)) return mine.length > 0;
    const at = this.#hub.deps.clock.now();
    const isMeant = this.#asked.has(key) || masterGone || (expiresAt !== null && expiresAt <= at);
    const since = this.#missing.get(key) ?? at;
    this.#missing.set(key, since);
    const { quarantineMs } = this.#hub.gatewayOf(account).capabilities(account.account);
    if (!isMeant && at - since < quarantineMs) return mine.length > 0;
    this.#missing.delete(key);
    this.#keep(subscription, [gone(now, !isMeant)]);
    if (!isMeant) this.#tellGone(account, now, null);
    return true;
  }

  #tellGone(account: AccountState, mirror: Mirror, code: OutcomeCode | null): void {
    tellMirrorGone(this.#hub.reconciler.open, account, { mirror, code });
  }

  async #dealsOf(account: AccountState, { asOf }: Snapshot): Promise<readonly Deal[]> {
    const gateway = this.#hub.gatewayOf(account);
    const deals: Deal[] = [];
    if (gateway.deals === undefined) return deals;
    for await (const deal of gateway.deals(account.account, 0, asOf)) {
      if (deal.key !== null) deals.push(deal);
    }
    return deals;
  }

  #fill({ subscription, mirror }: Own, deal: Deal): void {
    const current = subscription.copied.get(mirror.position);
    const known = isMirror(current) ? current : mirror;
    const after = counted(known, deal, this.#hub.deps.clock.now());
    if (after === known) return;
    const own = subscription.copied.get(after.order.linked ?? "");
    // What was taken over and is closed since takes nothing more: the rest is closed as well.
    const isTaken = own !== undefined && own.state === "open";
    this.#keep(subscription, isTaken ? [after, holding(own, deal)] : [holding(after, deal)]);
  }

  #keep(subscription: Subscription, changed: readonly CopiedPosition[]): void {
    const { account, copied } = subscription;
    for (const one of changed) copied.set(one.position, one);
    this.#hub.lanes.changed(account, changed);
    this.#hub.followers.pump(account);
    this.wake(subscription);
  }

  /** Orders of subscriptions that were stopped since: nothing of theirs is to open any more. */
  #cancelReleased(account: AccountState, standing: ReadonlySet<string>): void {
    const fence = this.#hub.deps.leases.fence(account.partition);
    if (fence === null) return;
    const now = this.#hub.deps.clock.now();
    const left = [...account.releasedOrders.values()].filter(
      ({ order }) => standing.has(order.orderId ?? "") && !this.#asked.has(order.key),
    );
    const cancels = left.map((mirror) => {
      this.#asked.add(mirror.order.key);
      return cancelOf({ account, subscriptionId: mirror.subscriptionId }, mirror, { fence, now });
    });
    sendOwn(this.#hub, account, cancels);
  }

  /** Nobody knows what became of it: a cancel would only hide that somebody took it away. */
  #isMissing({ kind, subscriptionId, position }: LedgerInstruction): boolean {
    const copied = this.#hub.followers.subscriptions.get(subscriptionId)?.copied.get(position);
    return kind === "cancel" && isMirror(copied) && this.#missing.has(copied.order.key);
  }

  #note({ kind, subscriptionId, position }: LedgerInstruction): void {
    const copied = this.#hub.followers.subscriptions.get(subscriptionId)?.copied.get(position);
    if (kind === "cancel" && isMirror(copied)) this.#asked.add(copied.order.key);
  }

  /** Where trade time is simulated whoever sleeps is counted: the run would be quiet too early. */
  #time(subscription: Subscription): void {
    const { clock, timers, wall, activity } = this.#hub.deps;
    const now = clock.now();
    const ms = untilDue(subscription, now);
    if (ms === null || ms === 0 || (this.#timed.get(subscription) ?? 0) > now) return;
    this.#timed.set(subscription, now + ms);
    const sleep = async (): Promise<void> => {
      await timers.sleep(ms);
      const { accountId } = subscription.account.account;
      if (!this.#hub.stopped && this.#hub.accounts.get(accountId) === subscription.account) {
        this.wake(subscription);
      }
    };
    if (timers !== wall) void activity.during(sleep);
  }

  #mirrorsOf(account: AccountState): Own[] {
    return this.#hub.followers
      .ofAccount(account.account.accountId)
      .flatMap((subscription) =>
        [...subscription.copied.values()].flatMap((mirror) =>
          isMirror(mirror) ? [{ subscription, mirror }] : [],
        ),
      );
  }
}

function isBusy({ subscription, mirror }: Own): boolean {
  const { account, subscriptionId } = subscription;
  for (const busy of account.unresolved.values()) {
    if (busy.subscriptionId === subscriptionId && busy.position === mirror.position) return true;
  }
  return false;
}
