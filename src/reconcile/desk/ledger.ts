/** Divergences as people see them: with names, what they are worth and the way back. */
import { inTenant, type Queries, type Sql } from "../../platform/postgres.ts";
import type { DivergenceCause } from "../divergence.ts";

/** What to look at; absent: all. Names, logins or ids. */
export type DivergenceFilter = {
  readonly ids?: readonly string[];
  readonly account?: string;
  readonly strategy?: string;
  readonly subscriptionId?: string;
  readonly cause?: DivergenceCause;
  /** Also those that are over, the newest first. */
  readonly closed?: boolean;
  /** Those that somebody does not want to hear of for now, too. */
  readonly ignored?: boolean;
  readonly limit?: number;
  /** Opened before: for the next page. */
  readonly before?: Date;
};

export type ProposedOrderView = {
  readonly kind: "open" | "close" | "protect";
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly volume: string | null;
  readonly stopLoss: string | null;
  readonly takeProfit: string | null;
};

export type WayBack =
  | {
      readonly possible: true;
      readonly digest: string;
      readonly orders: readonly ProposedOrderView[];
    }
  | { readonly possible: false; readonly why: string };

/** Volumes in lots and amounts as decimal text. */
export type DivergenceView = {
  readonly divergenceId: string;
  readonly accountId: string;
  readonly account: string;
  readonly subscriptionId: string | null;
  readonly strategy: string | null;
  readonly position: string;
  readonly symbol: string;
  readonly side: "buy" | "sell" | null;
  readonly cause: DivergenceCause;
  readonly code: string | null;
  readonly expected: string;
  readonly actual: string;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly resolution: string | null;
  readonly ignoredUntil: Date | null;
  /** In the account's currency; null where it is not known. */
  readonly value: string | null;
  readonly cost: string | null;
  readonly currency: string;
  readonly valuedAt: Date | null;
  readonly wayBack: WayBack;
};

const LIMIT = 200;
const LIMIT_MAX = 1_000;
const NOT_YET: WayBack = { possible: false, why: "its account's owner has not reckoned it yet" };

export function listDivergences(
  sql: Sql,
  tenantId: string,
  filter: DivergenceFilter = {},
): Promise<readonly DivergenceView[]> {
  return inTenant(sql, tenantId, (tx) => readDivergences(tx, filter));
}

type Row = Omit<DivergenceView, "wayBack"> & { readonly proposal: WayBack | null };

export async function readDivergences(
  tx: Queries,
  filter: DivergenceFilter,
): Promise<readonly DivergenceView[]> {
  const { ids, account = null, strategy = null, subscriptionId = null, cause = null } = filter;
  const { closed = false, ignored = false, limit = LIMIT, before = null } = filter;
  const wanted = ids === undefined ? null : `{${ids.join(",")}}`;
  const rows = await tx<Row[]>`
    select d.divergence_id as "divergenceId", d.account_id as "accountId", a.name as account,
      d.subscription_id as "subscriptionId", t.name as strategy, d.position, d.symbol, d.side, d.cause,
      d.code, trim_scale(d.expected)::text as expected, trim_scale(d.actual)::text as actual,
      d.opened_at as "openedAt", d.closed_at as "closedAt", d.resolution,
      d.ignored_until as "ignoredUntil", round(d.value, 2)::text as value,
      round(d.cost, 2)::text as cost, a.currency, d.valued_at as "valuedAt", d.proposal
    from divergences d join accounts a using (account_id)
      left join subscriptions s using (subscription_id)
      left join strategies t on t.strategy_id = s.strategy_id
    where (${wanted}::text is null or d.divergence_id::text = any(${wanted}::text::text[]))
      and (${closed} or d.closed_at is null)
      and (${ignored} or d.ignored_until is null or d.ignored_until < clock_timestamp())
      and (${account}::text is null or ${account} in (a.name, a.login, a.account_id::text))
      and (${strategy}::text is null or ${strategy} in (t.name, t.strategy_id::text))
      and (${subscriptionId}::text is null or d.subscription_id::text = ${subscriptionId})
      and (${cause}::text is null or d.cause = ${cause})
      and (${before}::timestamptz is null or d.opened_at < ${before})
    order by d.opened_at desc, d.divergence_id limit ${Math.min(limit, LIMIT_MAX)}`;
  return rows.map(({ proposal, ...row }) => ({ ...row, wayBack: proposal ?? NOT_YET }));
}
