/**
 * The replay's brokers and accounts: one simulated broker for the master, whose deals number its
 * signals and so must not be counted among others', and one for each way of naming symbols. Faults are drawn from the seed and the instruction's key, so
 * that they do not depend on which follower is served first.
 */
import { createHash } from "node:crypto";
import type { AccountRef } from "../domain/account.ts";
import { LockstepError } from "../domain/errors.ts";
import { SimulatedBroker } from "../gateway/simulator/broker.ts";
import { noBrokerLog } from "../gateway/simulator/broker-log.ts";
import { type Fates, type Faults, seededFates } from "../gateway/simulator/faults.ts";
import { SimulatorGateway } from "../gateway/simulator/gateway.ts";
import { DEFAULT_VARIANT, symbolsOf } from "../gateway/simulator/symbols.ts";
import { accountRefOf, brokerIdOf, type EnrolAccount, type Enrolment } from "../hub/enrol.ts";
import { seededRandom } from "../platform/random.ts";
import { type AccountSetup, type FollowersFile, MASTER_NAME } from "./followers.ts";
import type { SimulatedTime } from "./simulated-time.ts";

const TENANT = "replay";
const STRATEGY = "replay";
const QUARANTINE_MS = 5_000;

export type ReplayBroker = {
  readonly broker: SimulatedBroker;
  readonly suffix: string;
};

export type ReplayWorld = {
  readonly brokers: readonly ReplayBroker[];
  readonly gateways: ReadonlyMap<string, SimulatorGateway>;
  readonly master: { readonly broker: SimulatedBroker; readonly ref: AccountRef };
  readonly followers: readonly {
    readonly name: string;
    readonly broker: SimulatedBroker;
    readonly ref: AccountRef;
  }[];
  readonly enrolment: Enrolment;
};

export type WorldInput = {
  readonly symbols: readonly string[];
  readonly accounts: FollowersFile;
  readonly time: SimulatedTime;
  readonly faults: Faults;
  readonly seed: number;
};

export function buildWorld(input: WorldInput): ReplayWorld {
  const { accounts, time } = input;
  const suffixes = [...new Set(accounts.followers.map((one) => one.symbolSuffix))];
  const home = { suffix: "", broker: brokerOf(input, MASTER_BROKER, "") };
  const away = suffixes.map((suffix) => ({
    suffix,
    broker: brokerOf(input, nameOf(suffix), suffix),
  }));
  const brokers = [home, ...away];
  const at = (suffix: string): SimulatedBroker => {
    const found = away.find((one) => one.suffix === suffix);
    if (found === undefined) throw new LockstepError("UNKNOWN_ACCOUNT", { suffix });
    return found.broker;
  };
  const master = enrolled(MASTER_NAME, MASTER_BROKER, accounts.master);
  openAccount(home.broker, MASTER_NAME, accounts.master);
  const followers = accounts.followers.map((setup) => {
    const account = enrolled(setup.name, nameOf(setup.symbolSuffix), setup);
    const broker = at(setup.symbolSuffix);
    openAccount(broker, setup.name, setup);
    return { name: setup.name, setup, account, broker, ref: accountRefOf(TENANT, account) };
  });
  const ref = accountRefOf(TENANT, master);
  const fates = fatesByKey(input.faults, input.seed);
  const gateways = new Map(
    brokers.map(({ broker }) => {
      const refs = [{ broker: home.broker, ref }, ...followers]
        .filter((one) => one.broker === broker)
        .map((one) => one.ref);
      const options = { broker, accounts: refs, clock: time, timers: time, fates };
      return [broker.brokerId, new SimulatorGateway({ ...options, quarantineMs: QUARANTINE_MS })];
    }),
  );
  return {
    brokers,
    gateways,
    master: { broker: home.broker, ref },
    followers,
    enrolment: {
      tenant: TENANT,
      brokers: [MASTER_BROKER, ...suffixes.map(nameOf)].map((name) => ({
        name,
        gateway: "simulator",
      })),
      accounts: [master, ...followers.map((one) => one.account)],
      strategies: [{ name: STRATEGY, master }],
      subscriptions: followers.map(({ setup, account }) => ({
        strategy: STRATEGY,
        follower: account,
        rules: JSON.parse(JSON.stringify(withSuffix(setup.rulesJson, setup.symbolSuffix))),
      })),
      at: time.now(),
      by: "replay",
    },
  };
}

/** The follower's rules with its broker's names mapped. */
function withSuffix(rules: Readonly<Record<string, unknown>>, suffix: string): object {
  if (suffix === "") return rules;
  return { ...rules, symbolMap: { suffix, ...Object(rules["symbolMap"]) } };
}

const MASTER_BROKER = "master's broker";
const nameOf = (suffix: string): string => `broker${suffix}`;

function brokerOf(input: WorldInput, name: string, suffix: string): SimulatedBroker {
  return new SimulatedBroker({
    brokerId: brokerIdOf(TENANT, name),
    symbols: symbolsOf(input.symbols, {
      ...DEFAULT_VARIANT,
      names: suffix === "" ? "plain" : { suffix },
    }),
    clock: input.time,
    log: noBrokerLog,
  });
}

function enrolled(name: string, broker: string, setup: AccountSetup): EnrolAccount {
  const { currency, positionMode, leverage } = setup;
  return { broker, login: name, name, currency, positionMode, leverage };
}

function openAccount(broker: SimulatedBroker, login: string, setup: AccountSetup): void {
  const { currency, positionMode, leverage, balance } = setup;
  broker.openAccount({ login, currency, positionMode, leverage, balance, credit: 0n });
}

function fatesByKey(faults: Faults, seed: number): Fates {
  return (instruction) => {
    const digest = createHash("sha256").update(`${seed} ${instruction.key}`).digest();
    return seededFates(faults, seededRandom(digest.readUInt32BE(0)))(instruction);
  };
}
