/** The bench's accounts: one master and N followers at a broker that costs nothing. */
import type { AccountRef } from "../domain/account.ts";
import { ONE, parseFixed } from "../domain/fixed.ts";
import { partitionOf } from "../domain/ids.ts";
import { accountRefOf, brokerIdOf, type EnrolAccount, type Enrolment } from "../hub/enrol.ts";
import { BenchGateway } from "./gateway.ts";

const TENANT = "bench";
const STRATEGY = "bench";

export type BenchWorld = {
  readonly master: ReturnType<typeof accountRefOf>;
  readonly masterPartition: number;
  readonly gateway: BenchGateway;
  /** The master, then the followers. */
  readonly accounts: readonly AccountRef[];
  readonly enrolment: Enrolment;
};

export function benchWorld(followers: number): BenchWorld {
  const account = (login: string): EnrolAccount => ({
    broker: TENANT,
    login,
    name: login,
    currency: "USD",
    positionMode: "hedging",
    leverage: 100n * ONE,
  });
  const master = account("master");
  const ref = accountRefOf(TENANT, master);
  const masterPartition = partitionOf(ref.accountId);
  const accounts: EnrolAccount[] = [];
  // None shares the master's partition, so that a second process can own all of them.
  for (let number = 1; accounts.length < followers; number += 1) {
    const one = account(`follower-${number}`);
    if (partitionOf(accountRefOf(TENANT, one).accountId) !== masterPartition) accounts.push(one);
  }
  const refs = accounts.map((one) => accountRefOf(TENANT, one));
  return {
    master: ref,
    masterPartition,
    accounts: [ref, ...refs],
    gateway: new BenchGateway(brokerIdOf(TENANT, TENANT), [ref, ...refs]),
    enrolment: {
      tenant: TENANT,
      brokers: [{ name: TENANT, gateway: "bench" }],
      accounts: [master, ...accounts],
      strategies: [{ name: STRATEGY, master }],
      subscriptions: accounts.map((follower, index) => ({
        strategy: STRATEGY,
        follower,
        rules: { sizing: { mode: "equity-ratio", multiplier: `0.${(index % 9) + 1}` } },
      })),
      at: Date.now(),
      by: "bench",
    },
  };
}

export const VOLUME = parseFixed("1");
