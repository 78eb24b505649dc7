/**
 * Closes before economic releases what its rules do not hold over them, as ordinary instructions of
 * the account's lane. Each copy goes by the rules that it was opened under.
 * Invariant: nothing is closed twice, and what could not be closed is tried again while the release
 * is near; the master's later close then finds ALREADY_CLOSED.
 */
import type { Instant } from "../domain/instant.ts";
import { releaseToCloseFor } from "../follower/closes-before-news.ts";
import type { CopiedPosition, NewsEvent } from "../follower/decision.ts";
import { openedUnder, type Subscription } from "../follower/state.ts";
import type { Tried } from "../risk/stop-out.ts";
import { closeCopies } from "./close-copies.ts";
import type { Hub } from "./hub.ts";

export class NewsWatch {
  readonly #hub: Hub;
  readonly #tried: Tried = new WeakMap();
  readonly #told = new WeakSet<CopiedPosition>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  sweep(): void {
    const now = this.#hub.deps.clock.now();
    for (const subscription of this.#hub.followers.subscriptions.values()) {
      if (!subscription.rules.some(({ rules }) => rules.news?.closeBefore === true)) continue;
      this.#closeBefore(subscription, now);
    }
  }

  #closeBefore(subscription: Subscription, now: Instant): void {
    const { account, copied, tenantId } = subscription;
    const calendar = this.#hub.surroundings.calendar(tenantId);
    if (calendar === undefined) return;
    const asked = {
      now,
      spec: (symbol: string) => account.market.spec(symbol),
      news: calendar.within.bind(calendar),
    };
    const due = new Set<CopiedPosition>();
    for (const one of copied.values()) {
      if (one.holdings.length === 0) continue;
      const event = releaseToCloseFor(one, openedUnder(subscription, one).rules, asked);
      if (event === null) continue;
      due.add(one);
      this.#tell(subscription, one, event);
    }
    if (due.size === 0) return;
    const only = (one: CopiedPosition): boolean => due.has(one);
    closeCopies(this.#hub, subscription, { origin: "news", tried: this.#tried, only });
  }

  #tell({ account, subscriptionId }: Subscription, one: CopiedPosition, event: NewsEvent): void {
    if (this.#told.has(one)) return;
    this.#told.add(one);
    const { position, symbol } = one;
    const { title, currency, impact } = event;
    const facts = { subscriptionId, position, symbol, currency, impact, title: title.slice(0, 64) };
    this.#hub.reconciler.incident(account.account, "NEWS_CLOSE", facts);
  }
}
