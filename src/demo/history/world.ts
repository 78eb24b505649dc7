/** The brokers, accounts, masters and followers of past months, as the demo defines them. */
import { type Fixed, parseFixed } from "../../domain/fixed.ts";
import type { Instant } from "../../domain/instant.ts";
import { BrokerMarket } from "../../gateway/market.ts";
import { noBrokerLog } from "../../gateway/simulator/broker-log.ts";
import type { BrokerEvent } from "../../gateway/simulator/model.ts";
import { accountRefOf, subscriptionIdOf } from "../../hub/enrol.ts";
import type { Clock } from "../../platform/clock.ts";
import { DEMO_ACCOUNTS, type OpenBroker, openBrokers } from "../brokers.ts";
import { DEMO_MASTERS, DEMO_TENANT } from "../definition.ts";
import { demoEnrolment } from "../enrolment.ts";
import { NEAR_LIMIT } from "../more-followers.ts";
import { type PastAccount, type PastSubscription, pastSubscription } from "./copying.ts";
import { PastMaster } from "./master.ts";

export type PastWorld = {
  readonly brokers: readonly (OpenBroker & { readonly market: BrokerMarket })[];
  readonly accounts: readonly (PastAccount & { readonly opening: Fixed })[];
  readonly masters: readonly PastMaster[];
};

/** All but the one near its limit, who joined today: a limit measures from what it began with. */
export const PAST_ACCOUNTS = DEMO_ACCOUNTS.filter(({ login }) => login !== NEAR_LIMIT.login);

type Account = PastWorld["accounts"][number];

/** `heard` is told what happens in an account. */
export function pastWorld(
  seed: number,
  clock: Clock,
  heard: (account: PastAccount, event: BrokerEvent & { readonly type: "event" }) => void,
): PastWorld {
  const log = () => ({ log: noBrokerLog, history: [] });
  const brokers = openBrokers({ clock, log }).map((open) => {
    const market = new BrokerMarket();
    market.setSpecs(open.broker.symbols);
    return { ...open, market };
  });
  const accounts = brokers.flatMap(accountsAt);
  const byId = new Map(accounts.map((one) => [one.ref.accountId, one]));
  const followed = followers(byId);
  const masters = DEMO_MASTERS.flatMap((master, index) => {
    const open = brokers.find(({ terms }) => terms.name === master.broker);
    const account = byId.get(accountRefOf(DEMO_TENANT, master).accountId);
    if (open === undefined || account === undefined) return [];
    const own = followed.get(master.name) ?? [];
    return [new PastMaster({ master, open, account, followed: own, seed: seed + index + 1 })];
  });
  for (const { broker } of brokers) {
    broker.subscribe((told) => {
      if (told.type !== "event") return;
      const account = accounts.find((one) => one.broker === broker && one.ref.login === told.login);
      if (account === undefined) return;
      const index = DEMO_MASTERS.findIndex((one) => idOfMaster(one) === account.ref.accountId);
      masters[index]?.heard(told.event);
      heard(account, told);
    });
  }
  return { brokers, accounts, masters };
}

const idOfMaster = (master: (typeof DEMO_MASTERS)[number]): string =>
  accountRefOf(DEMO_TENANT, master).accountId;

function accountsAt({ terms, broker, market }: PastWorld["brokers"][number]): Account[] {
  return PAST_ACCOUNTS.filter((one) => one.broker === terms.name).map((one) => ({
    ref: accountRefOf(DEMO_TENANT, one),
    ...{ currency: one.currency, positionMode: one.positionMode, broker, market, flows: 0n },
    opening: parseFixed(one.balance),
  }));
}

/** By the strategy's name. */
function followers(byId: ReadonlyMap<string, Account>): ReadonlyMap<string, PastSubscription[]> {
  const followed = new Map<string, PastSubscription[]>();
  const at: Instant = 0;
  for (const { strategy, follower, rules } of demoEnrolment(at).subscriptions) {
    const ref = accountRefOf(DEMO_TENANT, follower);
    const account = byId.get(ref.accountId);
    if (account === undefined) continue;
    const id = subscriptionIdOf(DEMO_TENANT, strategy, ref);
    followed.set(strategy, [
      ...(followed.get(strategy) ?? []),
      pastSubscription(id, account, rules),
    ]);
  }
  return followed;
}
