/** The view over a hub's memory: what it shows of it, and that a look asks only what stands. */

import { expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { parseRules } from "../follower/rules.ts";
import { type AccountState, NOTHING_RECENT, type Subscription } from "../follower/state.ts";
import { BrokerMarket } from "../gateway/market.ts";
import { DEFAULT_VARIANT, symbolsOf } from "../gateway/simulator/symbols.ts";
import { NO_CASH } from "../hub/cash.ts";
import { accountState, refOf } from "../hub/memory.ts";
import { copiedOf, figures, NOW, signalOf } from "../testing/follower-builders.ts";
import { HandClock } from "../testing/simulated-broker.ts";
import { type LiveHub, LiveView } from "./service.ts";

const FOLLOWERS = 20;
const OPEN = 3;
/** Copies that were made and closed before, and are remembered. */
const CLOSED = 100;

function marketAt(at: number): BrokerMarket {
  const market = new BrokerMarket();
  market.setSpecs(symbolsOf(["EURUSD", "GBPUSD"], DEFAULT_VARIANT));
  const quote = { bid: parseFixed("1.10200"), ask: parseFixed("1.10210"), at };
  market.setQuote({ symbol: "EURUSD", ...quote });
  market.setQuote({ symbol: "GBPUSD", ...quote });
  return market;
}

type AccountRow = Parameters<typeof refOf>[1];

function accountOf(id: string, market: BrokerMarket): AccountState {
  const row: AccountRow = {
    ...{ accountId: id, brokerId: "broker", login: id, name: id, currency: "EUR" },
    positionMode: "hedging",
    leverage: parseFixed("30"),
    ...{ partition: 0, linkedAt: null, lastDealAt: 0, cash: NO_CASH },
  };
  const account = accountState(refOf("tenant", row), row, market);
  account.ready = true;
  account.figures = { ...figures("10000", "EUR"), asOf: NOW };
  return account;
}

function subscriptionOf(account: AccountState): Subscription {
  const subscriptionId = `sub-${account.name}`;
  const copied = Array.from({ length: OPEN + CLOSED }, (_, index) =>
    copiedOf(index < CLOSED ? [] : ["0.1"], {
      ...{ subscriptionId, position: `p${index}` },
      state: index < CLOSED ? "closed" : "open",
    }),
  );
  return {
    ...{ tenantId: "tenant", subscriptionId, strategyId: "strategy", masterId: "master" },
    ...{ account, mode: "active", seen: 0, waiting: [] },
    rules: [{ version: 1, fromSequence: 0, rules: parseRules({}) }],
    copied: new Map(copied.map((one) => [one.position, one])),
    ended: new Set(),
    recent: NOTHING_RECENT,
  };
}

function hubOf(followers: number) {
  const market = marketAt(NOW);
  const accounts = Array.from({ length: followers }, (_, i) => accountOf(`follower-${i}`, market));
  const subscriptions = new Map(
    accounts.map((account) => {
      const one = subscriptionOf(account);
      return [one.subscriptionId, one] as const;
    }),
  );
  const all = [...accounts, accountOf("master", market)];
  const hub: LiveHub = {
    accounts: new Map(all.map((account) => [account.account.accountId, account])),
    followers: {
      subscriptions,
      ofAccount: (id) => [subscriptions.get(`sub-${id}`)].filter((one) => one !== undefined),
    },
    watchers: new Set(["master"]),
  };
  return { hub, market, subscriptions };
}

function viewOf(hub: LiveHub) {
  const clock = new HandClock();
  clock.at = NOW;
  const timers = { sleep: () => Promise.resolve() };
  const view = new LiveView({ tenantId: "tenant", environment: "TEST", clock, timers });
  view.attach(hub);
  return { view, clock };
}

/** Counts how often each copied position of these subscriptions is asked for what it holds. */
function watched(subscriptions: ReadonlyMap<string, Subscription>): Map<string, number> {
  const asked = new Map<string, number>();
  for (const { copied } of subscriptions.values()) {
    for (const [position, one] of copied) {
      const count = (): typeof one.holdings => {
        asked.set(position, (asked.get(position) ?? 0) + 1);
        return one.holdings;
      };
      copied.set(position, Object.defineProperty({ ...one }, "holdings", { get: count }));
    }
  }
  return asked;
}

test("after the first look, a look asks no closed copy and no copy twice", () => {
  const { hub, subscriptions } = hubOf(FOLLOWERS);
  const { view, clock } = viewOf(hub);
  view.observer.signal?.(signalOf());
  const asked = watched(subscriptions);
  expect(view.state().followers).toHaveLength(FOLLOWERS);
  expect(asked.size).toBe(OPEN + CLOSED);
  asked.clear();
  for (let look = 0; look < 5; look += 1) {
    clock.at += 250;
    expect(view.state().followers[0]?.positions).toHaveLength(OPEN);
  }
  expect([...asked]).toEqual([]);
});

test("a copy that its own side has ended is gone at the next look, also without news of it", () => {
  const { hub, subscriptions } = hubOf(1);
  const { view, clock } = viewOf(hub);
  expect(view.state().followers[0]?.positions).toHaveLength(OPEN);
  const copied = subscriptions.get("sub-follower-0")?.copied;
  copied?.set(`p${CLOSED}`, copiedOf([], { position: `p${CLOSED}`, state: "detached" }));
  clock.at += 250;
  expect(view.state().followers[0]?.positions).toHaveLength(OPEN - 1);
});

test("an idle account is as fresh as its broker's last quote, one that is cut off as its figures", () => {
  const { hub, market } = hubOf(2);
  const { view, clock } = viewOf(hub);
  const away = hub.accounts.get("follower-1");
  if (away !== undefined) away.online = false;
  const quote = market.quote("EURUSD");
  if (quote !== undefined) market.setQuote({ ...quote, at: NOW + 90_000 });
  clock.at = NOW + 90_000;
  const [idle, cut] = view.state().followers;
  expect([idle?.link, idle?.asOf]).toEqual(["live", NOW + 90_000]);
  expect([cut?.link, cut?.asOf]).toEqual(["offline", NOW]);
});

test("totals are of all followers, in one currency, and null once a rate is missing", () => {
  const { hub } = hubOf(3);
  const { view, clock } = viewOf(hub);
  expect(view.state().totals).toMatchObject({
    ...{ currency: "USD", reported: 3 },
    equity: parseFixed("33061.50"),
  });
  const one = hub.accounts.get("follower-0");
  if (one !== undefined) one.figures = { ...figures("1", "CHF"), asOf: NOW };
  clock.at += 250;
  expect(view.state().totals).toMatchObject({ equity: null, openProfit: null, reported: 3 });
});

test("before the hub is there the page is empty, and complete", () => {
  const { view } = viewOf({
    accounts: new Map(),
    followers: { subscriptions: new Map(), ofAccount: () => [] },
    watchers: new Set(),
  });
  expect(view.state()).toMatchObject({ masters: [], followers: [], feed: [], brokers: [] });
});
