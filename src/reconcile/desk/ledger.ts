/** Divergences as people see them: with names, what they are worth and the way back. */
import { parseFixed } from "../../domain/fixed.ts";
import { pgArray } from "../../platform/columns.ts";
import { inTenant, type Queries, type Sql } from "../../platform/postgres.ts";
import {
  type DifferenceKind,
  type DivergenceCause,
  kindOf,
  type Severity,
  severityOf,
} from "../divergence.ts";
import { isTold, type Policy, readPolicy } from "../policy.ts";

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
  readonly kind: "open" | "close" | "protect" | "cancel";
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
  readonly severity: Severity;
  readonly kind: DifferenceKind;
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
  /** What its subscription's policy does about it. */
  readonly policy: Policy["action"];
  /** Open, past its grace, not ignored, and its policy does not keep it quiet. */
  readonly isTold: boolean;
};

const LIMIT = 200;
/** So many divergences a plan may be of, and a page may show. */
export const LIMIT_MAX = 5_000;
const NOT_YET: WayBack = { possible: false, why: "its account's owner has not reckoned it yet" };

export function listDivergences(
  sql: Sql,
  tenantId: string,
  filter: DivergenceFilter = {},
): Promise<readonly DivergenceView[]> {
  return inTenant(sql, tenantId, (tx) => readDivergences(tx, filter));
}

type Row = Omit<DivergenceView, "wayBack" | "severity" | "kind" | "policy" | "isTold"> & {
  readonly proposal: WayBack | null;
  readonly policy: unknown;
  readonly now: Date;
};

export async function readDivergences(
  tx: Queries,
  filter: DivergenceFilter,
): Promise<readonly DivergenceView[]> {
  const { ids, account = null, strategy = null, subscriptionId = null, cause = null } = filter;
  const { closed = false, ignored = false, limit = LIMIT, before = null } = filter;
  const wanted = ids === undefined ? null : pgArray(ids);
  const rows = await tx<Row[]>`
    select d.divergence_id as "divergenceId", d.account_id as "accountId", a.name as account,
      d.subscription_id as "subscriptionId", t.name as strategy, d.position, d.symbol, d.side, d.cause,
      d.code, trim_scale(d.expected)::text as expected, trim_scale(d.actual)::text as actual,
      d.opened_at as "openedAt", d.closed_at as "closedAt", d.resolution,
      d.ignored_until as "ignoredUntil", round(d.value, 2)::text as value,
      round(d.cost, 2)::text as cost, a.currency, d.valued_at as "valuedAt", d.proposal,
      p.policy, clock_timestamp() as now
    from divergences d join accounts a using (account_id)
      left join subscriptions s using (subscription_id)
      left join strategies t on t.strategy_id = s.strategy_id
      left join lateral (select policy from divergence_policies n
        where n.subscription_id = d.subscription_id order by version desc limit 1) p on true
    where (${wanted}::text is null or d.divergence_id::text = any(${wanted}::text::text[]))
      and (${closed} or d.closed_at is null)
      and (${ignored} or d.ignored_until is null or d.ignored_until < clock_timestamp())
      and (${account}::text is null or ${account} in (a.name, a.login, a.account_id::text))
      and (${strategy}::text is null or ${strategy} in (t.name, t.strategy_id::text))
      and (${subscriptionId}::text is null or d.subscription_id::text = ${subscriptionId})
      and (${cause}::text is null or d.cause = ${cause})
      and (${before}::timestamptz is null or d.opened_at < ${before})
    order by d.opened_at desc, d.divergence_id limit ${Math.min(limit, LIMIT_MAX + 1)}`;
  return rows.map(viewOf);
}

function viewOf({ proposal, policy: written, now, ...row }: Row): DivergenceView {
  const { cause, openedAt, closedAt, ignoredUntil } = row;
  const policy = readPolicy(written);
  const times = { openedAt: openedAt.getTime(), ignoredUntil: ignoredUntil?.getTime() ?? null };
  return {
    ...row,
    severity: severityOf(cause),
    kind: kindOf({ cause, expected: parseFixed(row.expected), actual: parseFixed(row.actual) }),
    wayBack: proposal ?? NOT_YET,
    policy: policy.action,
    isTold: closedAt === null && isTold(policy, times, now.getTime()),
  };
}
