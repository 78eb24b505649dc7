/** The two brokers of a run: the master's, and that of the followers, whose symbols end in ".b". */
import type { AccountRef, PositionMode } from "../../domain/account.ts";
import { parseFixed } from "../../domain/fixed.ts";
import { idOf, partitionOf } from "../../domain/ids.ts";
import { parseRules } from "../../follower/rules.ts";
import { SimulatedBroker } from "../../gateway/simulator/broker.ts";
import { MemoryBrokerLog } from "../../gateway/simulator/broker-log.ts";
import { DEFAULT_VARIANT, symbolsOf } from "../../gateway/simulator/symbols.ts";
import { NO_CASH } from "../../hub/cash.ts";
import { accountRefOf, brokerIdOf, strategyIdOf } from "../../hub/enrol.ts";
import type { AccountRow } from "../../hub/store.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Enrolled } from "./ledger.ts";
import type { Scenario } from "./scenario.ts";

const TENANT = "simulation";
export const SUFFIX = ".b";
export const SYMBOLS = ["EURUSD", "NZDUSD"] as const;
const PRICES = { EURUSD: 1.1, NZDUSD: 0.6 } as const;
const LEVERAGE = parseFixed("100");
const BALANCE = parseFixed("1000000");
const SPECS = symbolsOf([...SYMBOLS], { ...DEFAULT_VARIANT, names: "plain" });
const SPECS_SUFFIXED = symbolsOf([...SYMBOLS], { ...DEFAULT_VARIANT, names: { suffix: SUFFIX } });

export type Market = {
  readonly master: AccountRef;
  readonly followers: readonly AccountRef[];
  readonly alpha: SimulatedBroker;
  readonly beta: SimulatedBroker;
  readonly logs: { readonly alpha: MemoryBrokerLog; readonly beta: MemoryBrokerLog };
  readonly enrolled: Enrolled;
};

export function openMarket(scenario: Scenario, clock: Clock): Market {
  const logs = { alpha: new MemoryBrokerLog(), beta: new MemoryBrokerLog() };
  const master = accountRefOf(TENANT, { broker: "alpha", login: "master" });
  const followers = Array.from({ length: scenario.followers }, (_, index) =>
    accountRefOf(TENANT, { broker: "beta", login: `follower-${index + 1}` }),
  );
  const brokerId = (name: string): string => brokerIdOf(TENANT, name);
  const alpha = new SimulatedBroker({
    ...{ brokerId: brokerId("alpha"), symbols: SPECS, clock, log: logs.alpha },
  });
  const beta = new SimulatedBroker({
    ...{ brokerId: brokerId("beta"), symbols: SPECS_SUFFIXED, clock, log: logs.beta },
  });
  const terms = { currency: "USD", leverage: LEVERAGE, balance: BALANCE, credit: 0n };
  alpha.openAccount({ ...terms, login: master.login, positionMode: scenario.masterMode });
  for (const { login } of followers) {
    beta.openAccount({ ...terms, login, positionMode: scenario.followerMode });
  }
  const enrolled = enrol(scenario, { master, followers, linkedAt: clock.now() });
  return { master, followers, alpha, beta, logs, enrolled };
}

/** All prices move by so many points of four digits. */
export function quoteAll({ alpha, beta }: Market, points: number, at: number): void {
  for (const symbol of SYMBOLS) {
    const bid = PRICES[symbol] + points / 10_000;
    const price = (name: string) => ({
      symbol: name,
      bid: parseFixed(bid.toFixed(5)),
      ask: parseFixed((bid + 0.0001).toFixed(5)),
    });
    beta.applyQuotes([price(symbol + SUFFIX)], at);
    alpha.applyQuotes([price(symbol)], at);
  }
  beta.publish();
  alpha.publish();
}

type Accounts = {
  readonly master: AccountRef;
  readonly followers: readonly AccountRef[];
  readonly linkedAt: number;
};

function enrol(scenario: Scenario, { master, followers, linkedAt }: Accounts): Enrolled {
  const strategyId = strategyIdOf(TENANT, "strategy");
  const rules = {
    sizing: { mode: "multiplier" },
    symbolMap: { suffix: SUFFIX },
    guards: { maxAgeMs: scenario.maxAgeMs },
  };
  parseRules(rules);
  return {
    tenantId: master.tenantId,
    accounts: [
      rowOf(master, scenario.masterMode, linkedAt),
      ...followers.map((one) => rowOf(one, scenario.followerMode, null)),
    ],
    masters: [{ masterId: master.accountId, brokerId: master.brokerId, peak: 0n }],
    subscriptions: followers.map(({ accountId }) => ({
      subscriptionId: idOf("subscription", strategyId, accountId),
      strategyId,
      masterId: master.accountId,
      accountId,
      partition: partitionOf(accountId),
      mode: "active",
      fromSequence: 0,
      lastSequence: 0,
      rules: [{ version: 1, from_sequence: 0, rules, layers: [] }],
      recent: null,
      past: [],
      reenabledThrough: 0,
      restoredAt: null,
      isLimited: false,
      stopping: null,
    })),
  };
}

function rowOf(
  { accountId, brokerId, login }: AccountRef,
  positionMode: PositionMode,
  linkedAt: number | null,
): AccountRow {
  return {
    ...{ accountId, brokerId, login, positionMode, linkedAt },
    name: login,
    currency: "USD",
    leverage: LEVERAGE,
    partition: partitionOf(accountId),
    lastDealAt: 0,
    // Known long since, and nobody pays.
    cash: { ...NO_CASH, seenSince: 0 },
  };
}
