/**
 * The bench's accounts: a master with N followers at a broker that costs nothing; with mixed rules
 * a second master with N of its own, so that both kinds are measured in turns by one hub.
 */
import type { AccountRef } from "../domain/account.ts";
import { ONE, parseFixed } from "../domain/fixed.ts";
import { partitionOf } from "../domain/ids.ts";
import { accountRefOf, brokerIdOf, type EnrolAccount, type Enrolment } from "../hub/enrol.ts";
import { BenchGateway } from "./gateway.ts";
import { MIXED_RULES, plainRules } from "./rules.ts";

const TENANT = "bench";

export type RuleKind = "plain" | "mixed";

export type BenchWorld = {
  readonly masters: Readonly<Partial<Record<RuleKind, AccountRef>>> & {
    readonly plain: AccountRef;
  };
  /** Of every master, and of no follower. */
  readonly masterPartition: number;
  readonly gateway: BenchGateway;
  /** The master, then the followers. */
  readonly accounts: readonly AccountRef[];
  readonly enrolment: Enrolment;
};

export function benchWorld(followers: number, rules: RuleKind = "plain"): BenchWorld {
  const first = account("master");
  const masterPartition = partitionIn(first);
  const inIt = (one: EnrolAccount): boolean => partitionIn(one) === masterPartition;
  // None shares the masters' partition, so that a second process can own all of them.
  const plain = accountsOf("follower", followers, (one) => !inIt(one));
  const strategies = [{ name: "plain", master: first }];
  const subscriptions: Enrolment["subscriptions"][number][] = plain.map((follower, index) => ({
    strategy: "plain",
    follower,
    rules: plainRules(index),
  }));
  const all = [first, ...plain];
  let masters: BenchWorld["masters"] = { plain: refOf(first) };
  if (rules === "mixed") {
    const [second = first] = accountsOf("mixed-master", 1, inIt);
    const mixed = accountsOf("mixed", followers, (one) => !inIt(one));
    all.push(second, ...mixed);
    strategies.push({ name: "mixed", master: second });
    for (const [index, follower] of mixed.entries()) {
      const set = MIXED_RULES[index % MIXED_RULES.length] ?? {};
      subscriptions.push({ strategy: "mixed", follower, rules: set });
    }
    masters = { ...masters, mixed: refOf(second) };
  }
  return {
    masters,
    masterPartition,
    accounts: all.map(refOf),
    gateway: new BenchGateway(brokerIdOf(TENANT, TENANT), all.map(refOf)),
    enrolment: {
      tenant: TENANT,
      brokers: [{ name: TENANT, gateway: "bench" }],
      accounts: all,
      strategies,
      subscriptions,
      at: Date.now(),
      by: "bench",
    },
  };
}

const account = (login: string): EnrolAccount => ({
  broker: TENANT,
  login,
  name: login,
  currency: "USD",
  positionMode: "hedging",
  leverage: 100n * ONE,
});
const refOf = (one: EnrolAccount): AccountRef => accountRefOf(TENANT, one);
const partitionIn = (one: EnrolAccount): number => partitionOf(refOf(one).accountId);

/** The first `count` accounts called `name` and a number that are as asked. */
function accountsOf(
  name: string,
  count: number,
  isMeant: (one: EnrolAccount) => boolean,
): EnrolAccount[] {
  const found: EnrolAccount[] = [];
  for (let number = 1; found.length < count; number += 1) {
    const one = account(`${name}-${number}`);
    if (isMeant(one)) found.push(one);
  }
  return found;
}

export const VOLUME = parseFixed("1");
