/** The subscriptions that this process serves, by id, by master and by the follower's account. */
import type { Subscription } from "./state.ts";

export class Registry {
  readonly byId = new Map<string, Subscription>();
  readonly #byMaster = new Map<string, Subscription[]>();
  readonly #byAccount = new Map<string, Subscription[]>();
  readonly #unsorted = new Set<string>();

  add(subscription: Subscription): void {
    this.byId.set(subscription.subscriptionId, subscription);
    listed(this.#byMaster, subscription.masterId).push(subscription);
    listed(this.#byAccount, subscription.account.account.accountId).push(subscription);
    this.#unsorted.add(subscription.masterId);
  }

  remove(subscription: Subscription): void {
    this.byId.delete(subscription.subscriptionId);
    for (const [map, key] of [
      [this.#byMaster, subscription.masterId],
      [this.#byAccount, subscription.account.account.accountId],
    ] as const) {
      const left = map.get(key)?.filter((other) => other !== subscription) ?? [];
      if (left.length > 0) map.set(key, left);
      else map.delete(key);
    }
  }

  /** Whether this very object is served: one that was dropped and read again is another. */
  has(subscription: Subscription): boolean {
    return this.byId.get(subscription.subscriptionId) === subscription;
  }

  /** In the order of their ids, so that what is written together lies together in the ledger. */
  ofMaster(masterId: string): readonly Subscription[] {
    if (this.#unsorted.delete(masterId)) this.#byMaster.get(masterId)?.sort(bySubscriptionId);
    return this.#byMaster.get(masterId) ?? [];
  }

  ofAccount(accountId: string): readonly Subscription[] {
    return this.#byAccount.get(accountId) ?? [];
  }

  /** Masters that are copied here, with the lowest sequence that a follower has not seen yet. */
  masters(): Map<string, { readonly tenantId: string; readonly seen: number }> {
    const masters = new Map<string, { tenantId: string; seen: number }>();
    for (const [masterId, list] of this.#byMaster) {
      const seen = list.reduce((least, one) => Math.min(least, one.seen), Number.MAX_SAFE_INTEGER);
      masters.set(masterId, { tenantId: list[0]?.tenantId ?? "", seen });
    }
    return masters;
  }
}

export function listed<T>(map: Map<string, T[]>, key: string): T[] {
  let list = map.get(key);
  if (list === undefined) {
    list = [];
    map.set(key, list);
  }
  return list;
}

const bySubscriptionId = (a: Subscription, b: Subscription): number =>
  a.subscriptionId < b.subscriptionId ? -1 : 1;
