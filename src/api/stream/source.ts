/** What a hub's memory shows a tenant's viewers, and what happened since it was last asked. */
import { formatFixed } from "../../domain/fixed.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import { idText } from "../../domain/prefixed-ids.ts";
import type { CopiedPosition } from "../../follower/decision.ts";
import type { AccountState, Subscription } from "../../follower/state.ts";
import type { BrokerMarket } from "../../gateway/market.ts";
import type { HubObserver } from "../../hub/ports.ts";
import type { Source } from "./rows.ts";

/** As much of the hub as is looked at. */
export type WatchedHub = {
  readonly accounts: ReadonlyMap<string, AccountState>;
  readonly markets: ReadonlyMap<string, BrokerMarket>;
  readonly followers: { readonly subscriptions: ReadonlyMap<string, Subscription> };
};

/** More than this between two looks is not remembered: the ledger has it. */
const HAPPENED_MAX = 5_000;

export class HubSource {
  readonly #hub: () => WatchedHub | null;
  readonly #now: () => Instant;
  readonly #happened = new Map<string, Source[]>();
  readonly #watched: (tenantId: string) => boolean;
  /** Rows as they were made last: what has not changed is not written anew. */
  readonly #accounts = new WeakMap<AccountState, MadeRow>();
  readonly #copies = new WeakMap<CopiedPosition, Source>();

  /** What happens is remembered only for tenants that somebody watches. */
  constructor(
    hub: () => WatchedHub | null,
    now: () => Instant,
    watched: (tenantId: string) => boolean,
  ) {
    this.#hub = hub;
    this.#now = now;
    this.#watched = watched;
  }

  readonly observer: HubObserver = {
    signal: (signal) =>
      this.#note(signal.tenantId, () => {
        const { id, masterId, sequence, kind, symbol, side, volume } = signal;
        const followers = this.#subscriptions()
          .filter((one) => one.masterId === masterId)
          .map((one) => one.account.account.accountId);
        return {
          ...{ topic: "signals", key: idText("signal", id), accounts: [masterId, ...followers] },
          json: JSON.stringify({
            ...{ master_id: idText("account", masterId), sequence, kind, symbol, side },
            volume: formatFixed(volume),
          }),
        };
      }),
    decided: (signal, rows) => {
      for (const { subscriptionId, decision } of rows) {
        this.#note(signal.tenantId, () => ({
          topic: "decisions",
          key: idText("decision", signal.id, subscriptionId),
          accounts: this.#accountOf(subscriptionId),
          json: JSON.stringify({
            signal_id: idText("signal", signal.id),
            subscription_id: idText("subscription", subscriptionId),
            decision: decision.decision,
            reason: decision.reason,
          }),
        }));
      }
    },
    resolved: ({ key, account, kind, symbol }, { status, code, filled, price }) =>
      this.#note(account.tenantId, () => ({
        ...{ topic: "instructions", key, accounts: [account.accountId] },
        json: JSON.stringify({
          ...{ account_id: idText("account", account.accountId), kind, symbol, status, code },
          filled: formatFixed(filled),
          price: price === null ? null : formatFixed(price),
        }),
      })),
  };

  standing(tenantId: string): readonly Source[] {
    const accounts = [...(this.#hub()?.accounts.values() ?? [])]
      .filter(({ account }) => account.tenantId === tenantId)
      .map((account) => this.#accountRow(account));
    const copies = this.#subscriptions()
      .filter((one) => one.tenantId === tenantId)
      .flatMap((one) => this.#copyRows(one));
    return [...accounts, ...copies];
  }

  #accountRow(state: AccountState): Source {
    const { figures, name, online } = state;
    const known = this.#accounts.get(state);
    const isSame =
      known !== undefined &&
      known.figures === figures &&
      known.name === name &&
      known.online === online;
    if (isSame) return known.source;
    const source = accountRow(state, known?.source.key);
    this.#accounts.set(state, { figures, name, online, source });
    return source;
  }

  #copyRows(subscription: Subscription): readonly Source[] {
    const held = [...subscription.copied.values()].filter(({ holdings }) => holdings.length > 0);
    return held.map((copied) => {
      let source = this.#copies.get(copied);
      if (source === undefined) {
        source = copyRow(subscription, copied);
        this.#copies.set(copied, source);
      }
      return source;
    });
  }

  happened(tenantId: string): readonly Source[] {
    const list = this.#happened.get(tenantId) ?? [];
    this.#happened.delete(tenantId);
    return list;
  }

  get now(): Instant {
    return this.#now();
  }

  /** On the way of a trade: only noted down, and only where somebody watches. */
  #note(tenantId: string, make: () => Source): void {
    if (!this.#watched(tenantId)) return;
    const list = this.#happened.get(tenantId) ?? [];
    if (list.length >= HAPPENED_MAX) list.shift();
    list.push(make());
    this.#happened.set(tenantId, list);
  }

  #subscriptions(): readonly Subscription[] {
    return [...(this.#hub()?.followers.subscriptions.values() ?? [])];
  }

  #accountOf(subscriptionId: string): readonly string[] {
    const one = this.#hub()?.followers.subscriptions.get(subscriptionId);
    return one === undefined ? [] : [one.account.account.accountId];
  }
}

type MadeRow = Pick<AccountState, "figures" | "name" | "online"> & { readonly source: Source };

function accountRow(
  { account, name, currency, online, figures }: AccountState,
  key = idText("account", account.accountId),
): Source {
  const row = {
    ...{ name, currency, online },
    balance: figures === null ? null : formatFixed(figures.balance),
    credit: figures === null ? null : formatFixed(figures.credit),
    equity: figures === null ? null : formatFixed(figures.equity),
    margin: figures === null ? null : formatFixed(figures.margin),
    as_of: figures === null ? null : formatInstant(figures.asOf),
  };
  return { topic: "accounts", key, accounts: [account.accountId], json: JSON.stringify(row) };
}

/** What a follower holds for a master's position, while it holds something. */
function copyRow(
  { subscriptionId, account }: Subscription,
  { position, symbol, side, state, holdings }: CopiedPosition,
): Source {
  const { accountId } = account.account;
  return {
    topic: "copies",
    key: `${idText("subscription", subscriptionId)} ${position}`,
    accounts: [accountId],
    json: JSON.stringify({
      subscription_id: idText("subscription", subscriptionId),
      account_id: idText("account", accountId),
      ...{ position, symbol, side, state },
      volume: formatFixed(holdings.reduce((sum, { volume }) => sum + volume, 0n)),
    }),
  };
}
