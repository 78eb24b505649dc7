/** An owner's memory for tests: an account, a subscription and instructions with plain values. */
import { parseFixed } from "../domain/fixed.ts";
import type { Outcome } from "../domain/instruction.ts";
import { instructionKey, type LedgerInstruction } from "../follower/instruction.ts";
import { parseRules } from "../follower/rules.ts";
import {
  type AccountState,
  NOTHING_RECENT,
  PLAIN_ACCOUNT,
  type Subscription,
} from "../follower/state.ts";
import type { Surroundings } from "../follower/surroundings.ts";
import { BrokerMarket } from "../gateway/market.ts";
import { figures, NOW } from "./follower-builders.ts";

/** No master's broker, no figures and no calendar. */
export const NOTHING_AROUND: Surroundings = {
  masterMarket: () => undefined,
  masterDrawdown: () => null,
  mapped: () => undefined,
  calendar: () => undefined,
};

export function accountStateOf(change: Partial<AccountState> = {}): AccountState {
  return {
    account: { tenantId: "tenant", accountId: "follower", brokerId: "broker", login: "1" },
    name: "follower",
    currency: "USD",
    positionMode: "hedging",
    partition: 7,
    market: new BrokerMarket(),
    facts: PLAIN_ACCOUNT,
    online: true,
    killed: false,
    released: new Set(),
    releasedOrders: new Map(),
    ready: true,
    figures: { ...figures("10000"), asOf: NOW },
    unresolved: new Map(),
    unknown: new Set(),
    nets: new Map(),
    ...change,
  };
}

export function subscriptionOf(change: Partial<Subscription> = {}): Subscription {
  return {
    tenantId: "tenant",
    subscriptionId: "subscription",
    strategyId: "strategy",
    masterId: "master",
    account: accountStateOf(),
    mode: "active",
    rules: [{ version: 1, fromSequence: 0, rules: parseRules({}) }],
    seen: 0,
    waiting: [],
    copied: new Map(),
    ended: new Set(),
    recent: NOTHING_RECENT,
    ...change,
  };
}

export function ledgerInstructionOf(change: Partial<LedgerInstruction> = {}): LedgerInstruction {
  const origin = change.origin ?? { kind: "signal" as const, id: "signal", sequence: 1 };
  const { subscriptionId = "subscription", part = 1, attempt = 1 } = change;
  return {
    key: instructionKey(origin, subscriptionId, part, attempt),
    account: accountStateOf().account,
    partition: 7,
    fence: 1,
    origin,
    subscriptionId,
    position: "p1",
    part,
    attempt,
    kind: "open",
    symbol: "EURUSD",
    side: "buy",
    volume: parseFixed("1"),
    positionId: null,
    stopLoss: null,
    takeProfit: null,
    masterPrice: parseFixed("1.1"),
    status: "queued",
    validUntil: null,
    ...change,
  };
}

export function outcomeOf(change: Partial<Outcome> = {}): Outcome {
  return {
    status: "done",
    code: null,
    brokerCode: 10009,
    orderId: "1",
    positionId: "h1",
    filled: parseFixed("1"),
    price: parseFixed("1.1"),
    at: NOW,
    ...change,
  };
}
