/** How well a strategy copies, and what its master has closed: from the ledger, as few rows as a page shows. */
import { pgArray } from "../platform/columns.ts";
import { inTenant, type Queries, type Sql } from "../platform/postgres.ts";
import { seen, type View } from "./view.ts";

export type FollowerQuality = {
  /** Null: all followers together. */
  readonly subscription_id: string | null;
  /** Null where the follower is not theirs to see. */
  readonly account: string | null;
  readonly decided: number;
  readonly copied: number;
  readonly rejected: number;
  /** In points of the symbol, positive where the follower's price was worse. */
  readonly slippage_median: number | null;
  readonly slippage_p95: number | null;
  /** From the signal's receipt to the broker's answer. */
  readonly delay_median_ms: number | null;
  readonly delay_p95_ms: number | null;
};

export type MasterDeal = {
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly volume: string;
  readonly price: string;
  readonly profit: string;
  readonly at: Date;
};

export type Copying = {
  /** All followers together; null where nothing was decided yet. */
  readonly whole: FollowerQuality | null;
  readonly followers: readonly FollowerQuality[];
  readonly reasons: readonly { readonly reason: string; readonly many: number }[];
  readonly deals: readonly MasterDeal[];
};

/** The last signals, fewer where many follow: a page is to be read while it is still true. */
const SIGNALS_MAX = 60;
const SIGNALS_LEAST = 3;
const ANSWERS_MAX = 3_000;
const FOLLOWERS_MAX = 50;
const REASONS_MAX = 6;
const DEALS_MAX = 20;

/** Of a strategy that the view may see; who follows is named to whom may see the account. */
export function readCopying(sql: Sql, view: View, strategyId: string): Promise<Copying> {
  return inTenant(sql, view.tenantId, async (tx) => {
    const [found] = await tx<{ master_id: string; many: number }[]>`
      select master_id, (select count(*)::int from subscriptions u
        where u.strategy_id = s.strategy_id) as many
      from strategies s where strategy_id = ${strategyId}`;
    const few = Math.floor(ANSWERS_MAX / Math.max(1, found?.many ?? 0));
    const most = Math.min(SIGNALS_MAX, Math.max(SIGNALS_LEAST, few));
    const master = found?.master_id ?? "00000000-0000-0000-0000-000000000000";
    const signals = await tx<{ signal_id: string }[]>`
      select signal_id from signals where master_id = ${master}
        and kind in ('open', 'increase', 'reduce', 'close')
      order by sequence desc limit ${most}`;
    const ids = pgArray(signals.map((one) => one.signal_id));
    const followers = signals.length === 0 ? [] : await qualities(tx, view, { strategyId, ids });
    const whole = followers.find((one) => one.subscription_id === null) ?? null;
    const reasons = await tx<{ reason: string; many: number }[]>`
      select d.reason, count(*)::int as many
      from decisions d join subscriptions u using (tenant_id, subscription_id)
      where d.signal_id = any(${ids}::uuid[]) and u.strategy_id = ${strategyId}
        and d.decision = 'skip' group by 1 order by 2 desc, 1 limit ${REASONS_MAX}`;
    const deals = await tx<MasterDeal[]>`
      select symbol, side, volume, price, (profit + commission + swap)::text as profit, at
      from deals where account_id = ${master} and entry <> 'in' order by at desc limit ${DEALS_MAX}`;
    const own = followers.filter((one) => one.subscription_id !== null).slice(0, FOLLOWERS_MAX);
    return { whole, followers: own, reasons, deals };
  });
}

type Asked = { readonly strategyId: string; readonly ids: string };

/** One row a follower, and one for all, whose subscription is null. */
function qualities(tx: Queries, view: View, { strategyId, ids }: Asked) {
  return tx<FollowerQuality[]>`
    with g as materialized (select * from signals where signal_id = any(${ids}::uuid[])),
    d as (
      select d.*, g.price as master_price, g.digits, g.received_at, g.kind, g.side, u.account_id
      from decisions d join g using (tenant_id, signal_id)
        join subscriptions u using (tenant_id, subscription_id)
      where u.strategy_id = ${strategyId}),
    i as (
      select i.origin_id, i.subscription_id, sum(i.filled) as filled, sum(i.filled * i.price) as worth,
        max(o.recorded_at) filter (where i.state in ('done', 'partial')) as answered_at,
        bool_or(i.state = 'rejected') as rejected
      from instruction_states i
        left join outcomes o on o.tenant_id = i.tenant_id and o.key = i.key and o.number = i.number
      where i.origin = 'signal' and i.origin_id = any(${ids}::uuid[])
        and i.at >= (select min(committed_at) - interval '1 minute' from g)
      group by 1, 2),
    c as (
      select d.subscription_id, d.account_id, d.decision, coalesce(i.rejected, false) as rejected,
        case when i.filled > 0 and d.master_price is not null then
          ((i.worth / i.filled) - d.master_price) * power(10::numeric, d.digits)
            * case when (d.side = 'buy') = (d.kind in ('open', 'increase')) then 1 else -1 end
        end as points,
        extract(epoch from i.answered_at - d.received_at) * 1000 as delay_ms
      from d left join i on i.origin_id = d.signal_id and i.subscription_id = d.subscription_id)
    select c.subscription_id,
      case when c.subscription_id is not null then (select a.name from accounts a
        where a.account_id = any(array_agg(c.account_id)) and ${seen(tx, view, "a.account_id")}
        limit 1) end as account,
      count(*)::int as decided,
      (count(*) filter (where c.decision = 'copy' and not c.rejected))::int as copied,
      (count(*) filter (where c.rejected))::int as rejected,
      (percentile_cont(0.5) within group (order by c.points))::float8 as slippage_median,
      (percentile_cont(0.95) within group (order by c.points))::float8 as slippage_p95,
      (percentile_cont(0.5) within group (order by c.delay_ms))::float8 as delay_median_ms,
      (percentile_cont(0.95) within group (order by c.delay_ms))::float8 as delay_p95_ms
    from c group by grouping sets ((c.subscription_id), ())
    order by 3 desc, 4 desc, 1`;
}
