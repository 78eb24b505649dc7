/** Builds the owner's memory of accounts and subscriptions from what the ledger holds. */
import type { AccountRef } from "../domain/account.ts";
import type { Position } from "../domain/trade.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import { recentOf } from "../follower/recents.ts";
import { rulesInForce } from "../follower/rules/stored.ts";
import { type AccountState, PLAIN_ACCOUNT, type Subscription } from "../follower/state.ts";
import type { BrokerMarket } from "../gateway/market.ts";
import type { AccountRow, SubscriptionRow } from "./store.ts";

export function refOf(tenantId: string, row: AccountRow): AccountRef {
  return { tenantId, accountId: row.accountId, brokerId: row.brokerId, login: row.login };
}

export function accountState(
  account: AccountRef,
  row: AccountRow,
  market: BrokerMarket,
): AccountState {
  return {
    account,
    name: row.name,
    currency: row.currency,
    positionMode: row.positionMode,
    partition: row.partition,
    market,
    facts: { ...PLAIN_ACCOUNT, leverage: row.leverage },
    online: true,
    killed: false,
    released: new Set(),
    releasedOrders: new Map(),
    ready: false,
    figures: null,
    unresolved: new Map(),
    unknown: new Set(),
    nets: new Map(),
  };
}

export function subscriptionState(
  tenantId: string,
  row: SubscriptionRow,
  context: { readonly account: AccountState; readonly copied: readonly CopiedPosition[] },
): Subscription {
  const { past, reenabledThrough } = row;
  const rules = row.rules.map((one) => ({
    version: one.version,
    fromSequence: one.from_sequence,
    rules: rulesInForce(one),
  }));
  const counts = rules.some((one) => one.rules.uses.throttle);
  return {
    tenantId,
    subscriptionId: row.subscriptionId,
    strategyId: row.strategyId,
    masterId: row.masterId,
    account: context.account,
    mode: row.mode,
    stopping: row.stopping,
    rules,
    seen: Math.max(row.fromSequence, row.lastSequence),
    waiting: [],
    copied: new Map(context.copied.map((one) => [one.position, one])),
    ended: new Set(),
    recent: recentOf(row.recent, past, { reenabledThrough, counts }),
    killed: false,
    restoredAt: row.restoredAt,
    barred: row.isLimited ? "RISK_LIMIT" : null,
  };
}

/** What a snapshot shows of a netting account's one position for each symbol. */
export function hearNets(account: AccountState, positions: readonly Position[]): void {
  account.nets.clear();
  for (const position of positions) hearNet(account, position.symbol, position);
}

/** What an event shows: the position of the symbol as it stands, or null where it is gone. */
export function hearNet(account: AccountState, symbol: string, position: Position | null): void {
  if (account.positionMode !== "netting") return;
  if (position === null) account.nets.delete(symbol);
  else {
    const { id: positionId, side, volume } = position;
    account.nets.set(symbol, { positionId, side, volume });
  }
}

/** Partitions of which an instruction is unanswered, or a signal waits. */
export function busyPartitions(
  accounts: Iterable<AccountState>,
  subscriptions: Iterable<Subscription>,
): readonly number[] {
  const busy: number[] = [];
  for (const one of accounts) if (one.unresolved.size > 0) busy.push(one.partition);
  for (const one of subscriptions) if (one.waiting.length > 0) busy.push(one.account.partition);
  return busy;
}
