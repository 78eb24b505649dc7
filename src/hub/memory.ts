/** Builds the owner's memory of accounts and subscriptions from what the ledger holds. */
import type { AccountRef } from "../domain/account.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import { parseRules } from "../follower/rules.ts";
import type { AccountState, Subscription } from "../follower/state.ts";
import type { BrokerMarket } from "../gateway/market.ts";
import type { AccountRow, KillRow, SubscriptionRow } from "./store.ts";

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
    online: true,
    killed: false,
    ready: false,
    figures: null,
    unresolved: new Map(),
    unknown: new Set(),
  };
}

export function subscriptionState(
  tenantId: string,
  row: SubscriptionRow,
  context: { readonly account: AccountState; readonly copied: readonly CopiedPosition[] },
): Subscription {
  return {
    tenantId,
    subscriptionId: row.subscriptionId,
    strategyId: row.strategyId,
    masterId: row.masterId,
    account: context.account,
    mode: row.mode,
    rules: row.rules.map((one) => ({
      version: one.version,
      fromSequence: one.from_sequence,
      rules: parseRules(one.rules),
    })),
    seen: Math.max(row.fromSequence, row.lastSequence),
    waiting: [],
    copied: new Map(context.copied.map((one) => [one.position, one])),
  };
}

/** Whether any engaged kill switch covers the account or one of its subscriptions. */
export function isKilled(
  account: AccountState,
  subscriptions: readonly Subscription[],
  kills: readonly KillRow[],
): boolean {
  const covered = new Set([
    `tenant ${account.account.tenantId}`,
    `account ${account.account.accountId}`,
    ...subscriptions.flatMap((one) => [
      `subscription ${one.subscriptionId}`,
      `strategy ${one.strategyId}`,
    ]),
  ]);
  return kills.some((kill) => covered.has(`${kill.scope} ${kill.scopeId}`));
}
