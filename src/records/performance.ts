/** Equity over time and closed deals of an account, as few rows as a chart can show. */

import { inTenant, type Sql, type Transaction } from "../platform/postgres.ts";
import type { FlowAt } from "../report/returns.ts";
import { seen, type View } from "./view.ts";

export type EquityPoint = { readonly at: Date; readonly equity: number; readonly balance: number };

export type MonthResult = {
  readonly month: string;
  readonly profit: string;
  readonly deals: number;
};

export type SymbolResult = {
  readonly symbol: string;
  readonly deals: number;
  readonly lots: string;
  readonly profit: string;
  readonly won: number;
};

export type DealSums = {
  readonly closed: number;
  readonly won: number;
  readonly gains: string;
  readonly losses: string;
};

export type Performance = {
  /** Oldest first: the last of each day, of each ten minutes of the last day. */
  readonly points: readonly EquityPoint[];
  /** What was paid in (above zero) and taken out, oldest first. */
  readonly flows: readonly FlowAt[];
  readonly months: readonly MonthResult[];
  readonly symbols: readonly SymbolResult[];
  readonly sums: DealSums;
};

type Condition = ReturnType<typeof seen>;

const POINTS_MAX = 3_000;
const FLOWS_MAX = 2_000;
const SYMBOLS_MAX = 20;
const MONTHS_MAX = 60;

/** Of accounts the view may see, or, where `published`, of a published strategy's master. */
export function readPerformance(
  sql: Sql,
  view: View,
  { accountId, published }: { readonly accountId: string; readonly published: boolean },
): Promise<Performance> {
  return inTenant(sql, view.tenantId, async (tx) => {
    const allowed = published ? tx`true` : seen(tx, view, "account_id");
    const own = tx`account_id = ${accountId}::uuid and ${allowed}`;
    const flows = await tx<FlowAt[]>`
      select (extract(epoch from at) * 1000)::float8 as at, sum(amount)::float8 as amount
      from cash_movements where ${own} and kind in ('deposit', 'withdrawal')
      group by at order by at desc limit ${FLOWS_MAX}`;
    const points = await readPoints(tx, own);
    const months = await tx<MonthResult[]>`
      select to_char(at at time zone 'UTC', 'YYYY-MM') as month,
        sum(profit + commission + swap)::text as profit, count(*)::int as deals
      from deals where ${own} and entry <> 'in' group by 1 order by 1 desc limit ${MONTHS_MAX}`;
    const symbols = await tx<SymbolResult[]>`
      select symbol, count(*)::int as deals, sum(volume)::text as lots,
        sum(profit + commission + swap)::text as profit,
        count(*) filter (where profit + commission + swap > 0)::int as won
      from deals where ${own} and entry <> 'in' group by 1 order by 2 desc, 1 limit ${SYMBOLS_MAX}`;
    const [sums] = await tx<DealSums[]>`
      select count(*)::int as closed,
        count(*) filter (where profit + commission + swap > 0)::int as won,
        coalesce(sum(profit + commission + swap) filter
          (where profit + commission + swap > 0), 0)::text as gains,
        coalesce(sum(profit + commission + swap) filter
          (where profit + commission + swap < 0), 0)::text as losses
      from deals where ${own} and entry <> 'in'`;
    const none = { closed: 0, won: 0, gains: "0", losses: "0" };
    return {
      points,
      flows: [...flows].reverse(),
      months: [...months].reverse(),
      symbols,
      sums: sums ?? none,
    };
  });
}

/** The last point of each part of time, and the last before each payment, which is valued there. */
async function readPoints(tx: Transaction, own: Condition): Promise<readonly EquityPoint[]> {
  const points = await tx<EquityPoint[]>`
    with newest as (select max(at) as at from equity_points where ${own}),
    paid as (select distinct c.at from cash_movements c where ${own}
      and kind in ('deposit', 'withdrawal')),
    valued as (select (select max(p.at) from equity_points p where ${own} and p.at <= c.at) as at
      from paid c),
    parts as (select p.at, p.equity, p.balance, case
        when p.at in (select v.at from valued v) then p.at
        when p.at < n.at - interval '1 day' then date_trunc('day', p.at, 'UTC')
        when p.at < n.at - interval '2 hours' then date_bin('10 minutes', p.at, 'epoch')
        else date_trunc('minute', p.at) end as part
      from equity_points p, newest n where ${own})
    select distinct on (part) at, equity::float8 as equity, balance::float8 as balance
    from parts order by part desc, at desc limit ${POINTS_MAX}`;
  return [...points].sort((a, b) => a.at.getTime() - b.at.getTime());
}
