/**
 * Enters tenants, brokers, accounts, strategies and subscriptions into the ledger, with an audit
 * row, in one transaction; what is known already is left as it is. Ids are pure functions of names,
 * so enrolling twice enters once.
 */

import type { JSONValue } from "postgres";
import type { AccountRef, PositionMode } from "../domain/account.ts";
import { type Fixed, formatFixed } from "../domain/fixed.ts";
import { idOf, partitionOf } from "../domain/ids.ts";
import { formatInstant, type Instant } from "../domain/instant.ts";
import { recordAudit } from "../identity/audit/record.ts";
import { inTenant, type Sql, type Transaction } from "../platform/postgres.ts";

export type EnrolAccount = {
  readonly broker: string;
  readonly login: string;
  readonly name: string;
  readonly currency: string;
  readonly positionMode: PositionMode;
  readonly leverage: Fixed;
};

export type Enrolment = {
  readonly tenant: string;
  readonly brokers: readonly { readonly name: string; readonly gateway: string }[];
  readonly accounts: readonly EnrolAccount[];
  readonly strategies: readonly { readonly name: string; readonly master: EnrolAccount }[];
  readonly subscriptions: readonly {
    readonly strategy: string;
    readonly follower: EnrolAccount;
    /** As JSON, already checked by parseRules. */
    readonly rules: JSONValue;
  }[];
  readonly at: Instant;
  readonly by: string;
};

export const tenantIdOf = (tenant: string): string => idOf("tenant", tenant);

export const brokerIdOf = (tenant: string, broker: string): string =>
  idOf("broker", tenantIdOf(tenant), broker);

export function accountRefOf(
  tenant: string,
  account: { readonly broker: string; readonly login: string },
): AccountRef {
  const brokerId = brokerIdOf(tenant, account.broker);
  return {
    tenantId: tenantIdOf(tenant),
    brokerId,
    accountId: idOf("account", brokerId, account.login),
    login: account.login,
  };
}

export const strategyIdOf = (tenant: string, strategy: string): string =>
  idOf("strategy", tenantIdOf(tenant), strategy);

export const subscriptionIdOf = (tenant: string, strategy: string, follower: AccountRef): string =>
  idOf("subscription", strategyIdOf(tenant, strategy), follower.accountId);

export async function enrol(sql: Sql, enrolment: Enrolment): Promise<void> {
  await inTenant(sql, tenantIdOf(enrolment.tenant), async (tx) => {
    const write = tx as Transaction;
    await enterAccounts(write, enrolment);
    await enterSubscriptions(write, enrolment);
    await recordAudit(write, {
      tenantId: tenantIdOf(enrolment.tenant),
      by: enrolment.by,
      address: null,
      action: "enrol",
      subject: enrolment.tenant,
      after: {
        brokers: enrolment.brokers.length,
        accounts: enrolment.accounts.length,
        strategies: enrolment.strategies.length,
        subscriptions: enrolment.subscriptions.length,
      },
    });
  });
}

async function enterAccounts(tx: Transaction, enrolment: Enrolment): Promise<void> {
  const { tenant } = enrolment;
  const tenant_id = tenantIdOf(tenant);
  await tx`insert into tenants (tenant_id, name) values (${tenant_id}, ${tenant})
    on conflict do nothing`;
  const brokers: JSONValue = enrolment.brokers.map((broker) => ({
    broker_id: brokerIdOf(tenant, broker.name),
    ...broker,
  }));
  await tx`insert into brokers (tenant_id, broker_id, name, gateway)
    select ${tenant_id}, broker_id, name, gateway
    from json_to_recordset(${JSON.stringify(brokers)}::text::json) r(broker_id uuid, name text, gateway text)
    on conflict do nothing`;
  const accounts: JSONValue = enrolment.accounts.map((account) => {
    const ref = accountRefOf(tenant, account);
    return {
      account_id: ref.accountId,
      broker_id: ref.brokerId,
      login: account.login,
      name: account.name,
      currency: account.currency,
      position_mode: account.positionMode,
      leverage: formatFixed(account.leverage),
      partition: partitionOf(ref.accountId),
    };
  });
  await tx`insert into accounts (tenant_id, account_id, broker_id, login, name, currency,
      position_mode, leverage, partition)
    select ${tenant_id}, r.* from json_to_recordset(${JSON.stringify(accounts)}::text::json) r(account_id uuid,
      broker_id uuid, login text, name text, currency text, position_mode text, leverage numeric,
      partition int2)
    on conflict do nothing`;
}

async function enterSubscriptions(tx: Transaction, enrolment: Enrolment): Promise<void> {
  const { tenant, strategies, at } = enrolment;
  const tenant_id = tenantIdOf(tenant);
  const masters = new Map(strategies.map((one) => [one.name, accountRefOf(tenant, one.master)]));
  const entered: JSONValue = strategies.map((strategy) => ({
    strategy_id: strategyIdOf(tenant, strategy.name),
    master_id: masters.get(strategy.name)?.accountId ?? "",
    name: strategy.name,
  }));
  await tx`insert into strategies (tenant_id, strategy_id, master_id, name, created_at)
    select ${tenant_id}, r.*, ${formatInstant(at)}
    from json_to_recordset(${JSON.stringify(entered)}::text::json) r(strategy_id uuid, master_id uuid, name text)
    on conflict do nothing`;
  const subscriptions: JSONValue = enrolment.subscriptions.map((one) => {
    const follower = accountRefOf(tenant, one.follower);
    return {
      subscription_id: subscriptionIdOf(tenant, one.strategy, follower),
      strategy_id: strategyIdOf(tenant, one.strategy),
      master_id: masters.get(one.strategy)?.accountId ?? "",
      account_id: follower.accountId,
      partition: partitionOf(follower.accountId),
      rules: one.rules,
    };
  });
  await tx`
    with r as materialized (
      select r.*, coalesce((select max(sequence) from signals s where s.tenant_id = ${tenant_id}
        and s.master_id = r.master_id), 0) as since
      from json_to_recordset(${JSON.stringify(subscriptions)}::text::json) r(subscription_id uuid, strategy_id uuid,
        master_id uuid, account_id uuid, partition int2, rules jsonb)),
    s as (insert into subscriptions (tenant_id, subscription_id, strategy_id, master_id, account_id,
        partition, from_sequence, decided_through)
      select ${tenant_id}, subscription_id, strategy_id, master_id, account_id, partition, since,
        since from r on conflict do nothing returning subscription_id)
    insert into subscription_rules (tenant_id, subscription_id, version, from_sequence, rules)
      select ${tenant_id}, subscription_id, 1, since, rules from r join s using (subscription_id)`;
}
