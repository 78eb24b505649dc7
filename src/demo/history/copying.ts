/**
 * Followers of past months: each signal goes through the very decider that decides live ones, and
 * what it answers is executed at the simulated broker. Pure but for the brokers handed in.
 */
import type { AccountRef, PositionMode, StampedFigures } from "../../domain/account.ts";
import type { Fixed } from "../../domain/fixed.ts";
import type { Instant } from "../../domain/instant.ts";
import { ratio, ratioOf, times } from "../../domain/ratio.ts";
import type { Position } from "../../domain/trade.ts";
import { decider } from "../../follower/decide.ts";
import type { CopiedPosition, Decision, FollowerState, Plan } from "../../follower/decision.ts";
import { instructionKey } from "../../follower/instruction.ts";
import { parseRules, type Rules } from "../../follower/rules.ts";
import { NOTHING_RECENT, PLAIN_ACCOUNT } from "../../follower/state.ts";
import type { BrokerMarket } from "../../gateway/market.ts";
import type { SimulatedBroker } from "../../gateway/simulator/broker.ts";
import type { Signal } from "../../master/signal.ts";

export type PastAccount = {
  readonly ref: AccountRef;
  readonly currency: string;
  readonly positionMode: PositionMode;
  readonly broker: SimulatedBroker;
  readonly market: BrokerMarket;
  /** What was paid in less what was taken out, beside the broker's own balance. */
  flows: Fixed;
};

type Copy = { readonly of: Pick<CopiedPosition, "symbol" | "side" | "target">; ids: string[] };

export type PastSubscription = {
  readonly id: string;
  readonly account: PastAccount;
  readonly rules: Rules;
  readonly copies: Map<string, Copy>;
};

export function pastSubscription(
  id: string,
  account: PastAccount,
  rules: unknown,
): PastSubscription {
  return { id, account, rules: parseRules(rules), copies: new Map() };
}

/** The account's figures with what was paid in and taken out. */
export function figuresOf({ broker, ref, flows }: PastAccount): StampedFigures {
  const { figures } = broker.snapshot(ref.login);
  return {
    ...figures,
    balance: figures.balance + flows,
    equity: figures.equity + flows,
    freeMargin: figures.freeMargin + flows,
  };
}

/** What all these subscriptions make of a signal. */
export function copyAll(signal: Signal, subscriptions: readonly PastSubscription[]): void {
  for (const subscription of subscriptions) {
    const { account, copies } = subscription;
    const positions = account.broker.snapshot(account.ref.login).positions;
    const market = marketAt(account.market, signal.receivedAt);
    const state = stateOf(subscription, signal, positions);
    const decision = decider(signal, market)(state);
    carryOut(subscription, signal, decision);
    if (signal.after === 0n) copies.delete(signal.position);
  }
}

const marketAt = (market: BrokerMarket, now: Instant) => ({
  now,
  spec: (symbol: string) => market.spec(symbol),
  quote: (symbol: string) => market.quote(symbol),
  rate: (from: string, to: string) => market.rate(from, to),
});

function stateOf(
  { id, account, rules, copies }: PastSubscription,
  signal: Signal,
  positions: readonly Position[],
): FollowerState {
  const copied = (name: string): CopiedPosition | null => {
    const copy = copies.get(name);
    return copy === undefined ? null : copiedOf(id, name, copy, positions);
  };
  return {
    ...{ subscriptionId: id, account: account.ref, currency: account.currency, rules },
    ...{ positionMode: account.positionMode, online: true, armed: true, killed: false },
    ...{ mode: "active", rulesVersion: 1, barred: null, laterStops: null },
    figures: figuresOf(account),
    copied: copied(signal.position),
    facts: PLAIN_ACCOUNT,
    recent: NOTHING_RECENT,
    copies: () => [...copies.keys()].flatMap((name) => copied(name) ?? []),
  };
}

/** As the account holds it now: what its own stops have closed is gone. */
function copiedOf(
  subscriptionId: string,
  position: string,
  { of, ids }: Copy,
  positions: readonly Position[],
): CopiedPosition {
  const holdings = positions
    .filter(({ id }) => ids.includes(id))
    .map(({ id, volume }) => ({ positionId: id, volume }));
  return {
    ...of,
    ...{ subscriptionId, position, holdings, through: 0 },
    state: holdings.length > 0 ? "open" : "stopped-out",
    ...{ stopLoss: null, takeProfit: null, openPrice: null, masterOpenPrice: null },
  };
}

function carryOut(subscription: PastSubscription, signal: Signal, decision: Decision): void {
  for (const plan of decision.plans) execute(subscription, signal, plan);
  const copy = subscription.copies.get(signal.position);
  if (signal.kind === "reduce" && copy !== undefined && signal.before > 0n) {
    const target = times(copy.of.target, ratio(signal.after, signal.before));
    subscription.copies.set(signal.position, { ...copy, of: { ...copy.of, target } });
  }
}

function execute({ id, account, copies }: PastSubscription, signal: Signal, plan: Plan): void {
  const origin = { kind: "signal", id: signal.id, sequence: signal.sequence } as const;
  const key = instructionKey(origin, id, plan.part, 1);
  const { kind, symbol, side, volume, positionId, stopLoss, takeProfit } = plan;
  const order = { kind, symbol, side, volume, positionId, stopLoss, takeProfit };
  const marks = { magic: 0, comment: key };
  const tag = { key, fence: 1, validUntil: null };
  const outcome = account.broker.trade(account.ref.login, { ...order, ...marks }, tag);
  if (kind !== "open" || outcome.positionId === null || outcome.filled === 0n) return;
  const known = copies.get(signal.position);
  copies.set(signal.position, {
    of: known?.of ?? { symbol, side, target: ratioOf(outcome.filled) },
    ids: [...(known?.ids ?? []), outcome.positionId],
  });
}
