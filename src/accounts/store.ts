/** Accounts and brokers in the ledger, as their service changes them. */
import { idOf } from "../domain/ids.ts";
import type { Queries } from "../platform/postgres.ts";

export type AccountRow = {
  readonly name: string;
  readonly partition: number;
  readonly archived_at: Date | null;
  readonly gateway: string;
};

/** Held until the transaction ends; null where there is none. */
export async function accountIn(tx: Queries, id: string): Promise<AccountRow | null> {
  const [row = null] = await tx<AccountRow[]>`
    select a.name, a.partition, a.archived_at, b.gateway
    from accounts a join brokers b using (tenant_id, broker_id)
    where a.account_id = ${id} for update of a`;
  return row;
}

/** The broker of that name, made where there is none. */
export async function brokerOf(
  tx: Queries,
  tenantId: string,
  { broker, gateway }: { readonly broker: string; readonly gateway: string },
): Promise<{ readonly id: string; readonly gateway: string }> {
  await tx`insert into brokers (tenant_id, broker_id, name, gateway)
    values (${tenantId}, ${idOf("broker", tenantId, broker)}, ${broker}, ${gateway})
    on conflict do nothing`;
  const [row] = await tx<{ id: string; gateway: string }[]>`
    select broker_id as id, gateway from brokers where name = ${broker}`;
  if (row === undefined) throw new RangeError("a broker that was just made is not there");
  return row;
}

export type NewRow = {
  readonly id: string;
  readonly brokerId: string;
  readonly login: string;
  readonly name: string;
  readonly currency: string;
  readonly positionMode: string;
  readonly leverage: string;
  readonly partition: number;
};

/** False where it is there already. */
export async function insertAccount(tx: Queries, tenantId: string, row: NewRow): Promise<boolean> {
  const rows = await tx`
    insert into accounts (tenant_id, account_id, broker_id, login, name, currency, position_mode,
      leverage, partition)
    values (${tenantId}, ${row.id}, ${row.brokerId}, ${row.login}, ${row.name}, ${row.currency},
      ${row.positionMode}, ${row.leverage}::numeric, ${row.partition})
    on conflict do nothing returning 1`;
  return rows.length > 0;
}

/** What keeps an account from being archived, in words; null: nothing. */
export async function busyIn(tx: Queries, id: string): Promise<string | null> {
  const [row] = await tx<{ follows: boolean; leads: boolean; trades: boolean }[]>`
    select exists (select 1 from subscriptions where account_id = ${id} and mode <> 'stopped')
        as follows,
      exists (select 1 from subscriptions where master_id = ${id} and mode <> 'stopped') as leads,
      exists (select 1 from instruction_states where account_id = ${id}
        and at > clock_timestamp() - interval '7 days' and state in ('queued', 'sent', 'working', 'unknown')) as trades`;
  if (row?.follows) return "it follows a strategy: stop its subscriptions first";
  if (row?.leads) return "others follow it: stop their subscriptions first";
  return row?.trades ? "an order of it is still unanswered" : null;
}
