/** What the ledger knows of accounts that memory does not: the day, the peak, tags, lags. */
import { type Fixed, parseFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import { inTenant, type Queries, type Sql } from "../platform/postgres.ts";

export type DayFacts = {
  readonly login: string;
  readonly strategies: readonly string[];
  readonly tags: readonly string[];
  /** Names of the people whose account it is. */
  readonly investors: readonly string[];
  readonly startEquity: Fixed | null;
  readonly peakEquity: Fixed | null;
  readonly deals: number;
  readonly lagMs: number | null;
  readonly divergences: number;
};

type Row = {
  readonly id: string;
  readonly login: string;
  readonly strategies: string[] | null;
  readonly tags: string[] | null;
  readonly investors: string[] | null;
  readonly start: string | null;
  readonly peak: string | null;
  readonly deals: number | null;
  readonly lag: number | null;
  readonly divergences: number | null;
};

const DAY_MS = 86_400_000;
const PEAK_DAYS = 30;
const LAG_MS = 3_600_000;

/**
 * By account. The day began at midnight UTC. What was paid in or out since is added to the day's
 * first equity and to the peak, so that neither a deposit nor a withdrawal is a result.
 */
export function readDay(
  sql: Sql,
  tenantId: string,
  now: Instant,
): Promise<ReadonlyMap<string, DayFacts>> {
  const day = new Date(now - (now % DAY_MS));
  const month = new Date(now - PEAK_DAYS * DAY_MS);
  const hour = new Date(now - LAG_MS);
  return inTenant(sql, tenantId, async (tx) => {
    const rows = await tx<Row[]>`
      select a.account_id as id, a.login,
        (select json_agg(distinct t.name) from strategies t where t.tenant_id = a.tenant_id
          and (t.master_id = a.account_id or t.strategy_id in (select u.strategy_id
            from subscriptions u where u.tenant_id = a.tenant_id and u.account_id = a.account_id
              and u.mode <> 'stopped'))) as strategies,
        (select json_agg(g.tag order by g.tag) from account_tags g
          where g.tenant_id = a.tenant_id and g.account_id = a.account_id) as tags,
        (select json_agg(distinct p.name) from account_people q join people p using (tenant_id, person_id)
          where q.tenant_id = a.tenant_id and q.account_id = a.account_id) as investors,
        ${startOf(tx, day)} as start, ${peakOf(tx, month)} as peak,
        d.deals, v.divergences, l.lag
      from accounts a
      left join (select account_id, count(*)::int as deals from deals where at >= ${day}
        group by 1) d using (account_id)
      left join (select account_id, count(*)::int as divergences from divergences
        where closed_at is null group by 1) v using (account_id)
      left join (select i.account_id, percentile_cont(0.95) within group
          (order by extract(epoch from o.recorded_at - g.received_at) * 1000)::float8 as lag
        from instructions i join outcomes o using (tenant_id, key)
          join signals g on g.tenant_id = i.tenant_id and g.signal_id = i.origin_id
        where i.at >= ${hour} and i.origin = 'signal' and o.status = 'done'
        group by 1) l using (account_id)`;
    return new Map(rows.map((row) => [row.id, factsOf(row)]));
  });
}

/** The day's first equity of account `a`, and what was paid since. */
const startOf = (tx: Queries, day: Date) => tx`
  (select p.equity + coalesce((select sum(amount) from cash_movements c
      where c.tenant_id = a.tenant_id and c.account_id = a.account_id and c.at > p.at
        and c.kind in ('deposit', 'withdrawal')), 0)
    from equity_points p where p.tenant_id = a.tenant_id
      and p.account_id = a.account_id and p.at >= ${day} order by p.at limit 1)`;

/** The highest equity of account `a` since, each stretch between payments with what was paid after it. */
const peakOf = (tx: Queries, month: Date) => tx`
  (select max(s.later + (select max(p.equity) from equity_points p
      where p.tenant_id = a.tenant_id and p.account_id = a.account_id
        and p.at >= s.since and p.at < s.until))
    from (
      select coalesce(lag(c.at) over (order by c.at), ${month}) as since, c.at as until,
        sum(c.amount) over (order by c.at desc) as later
      from cash_movements c where c.tenant_id = a.tenant_id and c.account_id = a.account_id
        and c.at >= ${month} and c.kind in ('deposit', 'withdrawal')
      union all
      select coalesce(max(c.at), ${month}), 'infinity', 0
      from cash_movements c where c.tenant_id = a.tenant_id and c.account_id = a.account_id
        and c.at >= ${month} and c.kind in ('deposit', 'withdrawal')
    ) s)`;

function factsOf(row: Row): DayFacts {
  return {
    login: row.login,
    strategies: row.strategies ?? [],
    tags: row.tags ?? [],
    investors: row.investors ?? [],
    startEquity: row.start === null ? null : parseFixed(row.start),
    peakEquity: row.peak === null ? null : parseFixed(row.peak),
    deals: row.deals ?? 0,
    lagMs: row.lag,
    divergences: row.divergences ?? 0,
  };
}
