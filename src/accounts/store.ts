/** Accounts in the ledger, as their service changes them. */
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
