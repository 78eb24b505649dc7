/** The whole live state, put together from the hub's memory and what the view remembers: pure. */
import type { Instant } from "../domain/instant.ts";
import type { AccountState, Subscription } from "../follower/state.ts";
import type { BrokerMarket } from "../gateway/market.ts";
import type { Link, LiveBroker, LiveFollower, LiveMaster, LiveState } from "../portal/live.ts";
import { followerView, lastQuoteAt, masterView, sumOf } from "./accounts.ts";
import type { Feed, Names } from "./feed.ts";
import type { Holdings } from "./holdings.ts";
import { type Standing, Valuer } from "./positions.ts";
import type { LiveHub } from "./service.ts";
import type { Sparks } from "./spark.ts";
import type { LiveNames } from "./store.ts";
import type { Tally } from "./tally.ts";

export type Memory = {
  names: LiveNames;
  readonly feed: Feed;
  readonly tally: Tally;
  readonly sparks: Sparks;
  readonly holdings: Holdings;
};

export type Look = {
  readonly tenantId: string;
  readonly environment: LiveState["environment"];
  readonly now: Instant;
};

/** The currency of totals. */
const CURRENCY = "USD";
/** A broker that has quoted nothing for longer is not live. */
const QUIET_MS_MAX = 30_000;

export function stateOf(hub: LiveHub | null, memory: Memory, look: Look): LiveState {
  const accounts = [...(hub?.accounts.values() ?? [])]
    .filter(({ account }) => account.tenantId === look.tenantId)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const seen = new Seen(hub, memory, accounts);
  const followers = accounts.filter((one) => seen.subscriptions(one).length > 0);
  const { feed, tally } = memory;
  const { p50, p95 } = tally.percentiles;
  return {
    asOf: look.now,
    environment: look.environment,
    brokers: seen.brokers(look.now),
    masters: accounts.filter((one) => seen.isMaster(one)).map((one) => seen.master(one)),
    followers: followers.map((one) => seen.follower(one)),
    feed: feed.rows(seen.names),
    totals: {
      currency: CURRENCY,
      ...sumOf(followers, CURRENCY),
      ...tally.counts,
      waiting: feed.waiting,
      latencyP50Ms: p50,
      latencyP95Ms: p95,
    },
  };
}

/** One look: what several rows need is found once. */
class Seen {
  readonly #hub: LiveHub | null;
  readonly #memory: Memory;
  readonly #accounts: readonly AccountState[];
  readonly #valuer = new Valuer();
  readonly #heard = new Map<BrokerMarket, Instant | null>();
  /** Subscriptions by master. */
  readonly #copied = new Map<string, number>();

  constructor(hub: LiveHub | null, memory: Memory, accounts: readonly AccountState[]) {
    this.#hub = hub;
    this.#memory = memory;
    this.#accounts = accounts;
    for (const { market } of accounts) {
      if (!this.#heard.has(market)) this.#heard.set(market, lastQuoteAt(market));
    }
    for (const { masterId } of hub?.followers.subscriptions.values() ?? []) {
      this.#copied.set(masterId, (this.#copied.get(masterId) ?? 0) + 1);
    }
  }

  subscriptions({ account }: AccountState): readonly Subscription[] {
    return this.#hub?.followers.ofAccount(account.accountId) ?? [];
  }

  isMaster({ account }: AccountState): boolean {
    return (
      this.#copied.has(account.accountId) || (this.#hub?.watchers.has(account.accountId) ?? false)
    );
  }

  master(account: AccountState): LiveMaster {
    const { accountId } = account.account;
    const standing = [...this.#memory.holdings.ofMaster(accountId)];
    const followers = this.#copied.get(accountId) ?? 0;
    return masterView(account, this.#shown(account, standing), followers);
  }

  follower(account: AccountState): LiveFollower {
    const subscriptions = this.subscriptions(account);
    const { feed, sparks, holdings } = this.#memory;
    const { accountId } = account.account;
    const standing = subscriptions.flatMap((one) => holdings.of(one));
    return followerView(account, this.#shown(account, standing), {
      subscriptions,
      lastCopy: feed.last(accountId),
      equitySpark: sparks.of(accountId),
    });
  }

  /** A broker is what its accounts and its quotes say. */
  brokers(now: Instant): readonly LiveBroker[] {
    const links = new Map<string, Link>();
    for (const { account, online, market } of this.#accounts) {
      const heardAt = this.#heard.get(market) ?? null;
      const quiet = heardAt === null || now - heardAt > QUIET_MS_MAX;
      const link = !online ? "offline" : quiet ? "stale" : "live";
      if (links.get(account.brokerId) !== "live") links.set(account.brokerId, link);
    }
    return [...links]
      .map(([id, link]) => ({ id, name: this.#broker(id), link }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  readonly names: Names = {
    who: (subscriptionId) => {
      const { subscriptions, accounts } = this.#memory.names;
      const live = this.#hub?.followers.subscriptions.get(subscriptionId)?.account;
      const accountId =
        live?.account.accountId ?? subscriptions.get(subscriptionId) ?? subscriptionId;
      return { accountId, name: live?.name ?? accounts.get(accountId)?.name ?? accountId };
    },
    digits: (accountId, symbol) =>
      this.#hub?.accounts.get(accountId)?.market.spec(symbol)?.digits ?? null,
    master: (masterId) =>
      this.#hub?.accounts.get(masterId)?.name ??
      this.#memory.names.accounts.get(masterId)?.name ??
      masterId,
    isUnknown: (subscriptionId, position) => {
      const account = this.#hub?.followers.subscriptions.get(subscriptionId)?.account;
      if (account === undefined || account.unknown.size === 0) return false;
      return [...account.unknown].some((key) => {
        const place = account.unresolved.get(key);
        return place?.subscriptionId === subscriptionId && place.position === position;
      });
    },
  };

  #shown({ account, market, currency }: AccountState, standing: readonly Standing[]) {
    return {
      broker: this.#broker(account.brokerId),
      heardAt: this.#heard.get(market) ?? null,
      positions: standing.map((one) => this.#valuer.position(one, market, currency)),
    };
  }

  #broker(id: string): string {
    return this.#memory.names.brokers.get(id) ?? id;
  }
}
