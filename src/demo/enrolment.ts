/**
 * The demo as the ledger knows it. A follower's symbol map follows from how its broker and its
 * master's name their symbols; a follower of two masters gets a subscription to each.
 */
import { parseFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import { BASE_SYMBOLS, type NameStyle, nameAt } from "../gateway/simulator/symbols.ts";
import type { EnrolAccount, Enrolment } from "../hub/enrol.ts";
import { DEMO_ACCOUNTS } from "./brokers.ts";
import {
  DEMO_BROKERS,
  DEMO_FOLLOWERS,
  DEMO_MASTERS,
  DEMO_TENANT,
  type DemoAccount,
  type DemoFollower,
  type DemoMaster,
} from "./definition.ts";

export function demoEnrolment(at: Instant): Enrolment {
  return {
    tenant: DEMO_TENANT,
    brokers: DEMO_BROKERS.map(({ name }) => ({ name, gateway: "simulator" })),
    accounts: DEMO_ACCOUNTS.map(enrolled),
    strategies: DEMO_MASTERS.map((master) => ({ name: master.name, master: enrolled(master) })),
    subscriptions: DEMO_FOLLOWERS.flatMap((follower) =>
      mastersOf(follower).map((master) => ({
        strategy: master.name,
        follower: enrolled(follower),
        rules: JSON.parse(JSON.stringify(rulesFor(follower, master))),
      })),
    ),
    at,
    by: "demo",
  };
}

function mastersOf({ follows }: DemoFollower): readonly DemoMaster[] {
  return DEMO_MASTERS.filter(({ name }) => follows.includes(name));
}

function enrolled({ leverage, ...account }: DemoAccount): EnrolAccount {
  const { broker, login, name, currency, positionMode } = account;
  return { broker, login, name, currency, positionMode, leverage: parseFixed(leverage) };
}

function rulesFor(follower: DemoFollower, master: DemoMaster): object {
  const from = namesAt(master.broker);
  const to = namesAt(follower.broker);
  if (from === to) return follower.rules;
  if (from === "plain" && typeof to === "object") {
    return { ...follower.rules, symbolMap: { suffix: to.suffix } };
  }
  const pairs = BASE_SYMBOLS.map((base) => ({ from: nameAt(base, from), to: nameAt(base, to) }));
  return { ...follower.rules, symbolMap: { pairs } };
}

function namesAt(broker: string): NameStyle {
  return DEMO_BROKERS.find(({ name }) => name === broker)?.names ?? "plain";
}
