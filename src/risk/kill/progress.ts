/** How far a kill switch has come: which lanes know of it, and what is still open in its scope. */
import type { Transaction } from "../../platform/postgres.ts";
import type { Kill, KillScope } from "./kill.ts";

export type KillProgress = Kill & {
  readonly by: string;
  readonly reason: string;
  /** When it was engaged. */
  readonly at: Date;
  /** Accounts in its scope that copy or may copy. */
  readonly lanes: number;
  readonly acknowledged: number;
  /** When the last lane said so; null while one has not. */
  readonly acknowledgedAt: Date | null;
  /** Copies in its scope that still hold something. */
  readonly open: number;
  /** Names of accounts that have not said so, ten at most. */
  readonly missing: readonly string[];
};

type Row = {
  readonly kill_id: number;
  readonly scope: KillScope;
  readonly scope_id: string;
  readonly close_all: boolean;
  readonly after_snapshot: boolean;
  readonly by_whom: string;
  readonly reason: string;
  readonly at: Date;
  readonly lanes: number;
  readonly acknowledged: number;
  readonly last: Date | null;
  readonly open: number;
  readonly missing: readonly string[];
};

/** Within a transaction of the tenant's. */
export async function progressOf(tx: Transaction): Promise<readonly KillProgress[]> {
  const rows = await tx<Row[]>`
    with newest as (
      select distinct on (scope, scope_id) * from kill_states
      order by scope, scope_id, kill_id desc),
    covered as (
      select k.kill_id, s.account_id, s.subscription_id
      from newest k join subscriptions s on s.mode <> 'stopped' and
        case k.scope when 'account' then s.account_id = k.scope_id
          when 'subscription' then s.subscription_id = k.scope_id
          when 'strategy' then s.strategy_id = k.scope_id else true end
      where k.engaged),
    lanes as (
      select c.kill_id, c.account_id, a.name, k.at
      from (select distinct kill_id, account_id from covered) c
        join accounts a using (account_id)
        left join kill_acknowledgements k
          on k.kill_id = c.kill_id and k.account_id = c.account_id)
    select k.kill_id, k.scope, k.scope_id, k.close_all, k.after_snapshot, k.by_whom, k.reason, k.at,
      (select count(*)::int from lanes l where l.kill_id = k.kill_id) as lanes,
      (select count(l.at)::int from lanes l where l.kill_id = k.kill_id) as acknowledged,
      (select max(l.at) from lanes l where l.kill_id = k.kill_id) as last,
      (select count(*)::int from covered c join copied_positions p using (subscription_id)
        where c.kill_id = k.kill_id and p.state in ('open', 'opening')
          and p.holdings::text <> '[]') as open,
      (select coalesce(json_agg(name), '[]') from (select l.name from lanes l
        where l.kill_id = k.kill_id and l.at is null order by l.name limit 10) m) as missing
    from newest k where k.engaged order by k.kill_id desc`;
  return rows.map((row) => ({
    killId: Number(row.kill_id),
    scope: row.scope,
    scopeId: row.scope_id,
    closeAll: row.close_all,
    afterSnapshot: row.after_snapshot,
    by: row.by_whom,
    reason: row.reason,
    at: row.at,
    lanes: row.lanes,
    acknowledged: row.acknowledged,
    acknowledgedAt: row.acknowledged === row.lanes ? (row.last ?? row.at) : null,
    open: row.open,
    missing: row.missing,
  }));
}
