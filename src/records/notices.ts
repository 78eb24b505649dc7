/**
 * What somebody should look at, from the ledger: divergences, limits, kill switches and webhooks that
 * were given up. A notice is no row of its own: it is what happened, and who has read it is kept.
 * Invariants: nobody is told of an account that is not theirs; the same event is the same notice.
 */

import type { Principal } from "../identity/principal.ts";
import { inTenant, type Queries, type Sql } from "../platform/postgres.ts";
import { seen, type View } from "./view.ts";

export type NoticeKind =
  | "divergence.opened"
  | "divergence.resolved"
  | "risk_rule.tripped"
  | "risk_rule.reset"
  | "kill_switch.engaged"
  | "kill_switch.released"
  | "webhook.disabled";

export type Notice = {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly account_id: string | null;
  readonly account: string | null;
  /** What it is about: the divergence, the switch, the webhook. */
  readonly subject: string;
  readonly words: string;
  readonly at: Date;
  readonly read: boolean;
};

const DAYS = 30;
const NOTICES_MAX = 100;
/** What ends sooner by itself is the hub's own business. */
const LASTED = "1 minute";

/** The newest first, of the last 30 days. */
export function readNotices(sql: Sql, by: Principal): Promise<readonly Notice[]> {
  return inTenant(
    sql,
    by.tenantId,
    (tx) => tx<Notice[]>`
      select n.id, n.kind, n.account_id, a.name as account, n.subject, n.words, n.at,
        r.notice_id is not null as read
      from (${notices(tx, by)}) n
        left join accounts a on a.account_id = n.account_id
        left join notices_read r on r.notice_id = n.id and r.reader = ${by.actor.id}
      order by n.at desc, n.id limit ${NOTICES_MAX}`,
  );
}

export async function countUnread(sql: Sql, by: Principal): Promise<number> {
  const [row] = await inTenant(
    sql,
    by.tenantId,
    (tx) => tx<{ many: number }[]>`
      select count(*)::int as many from (
        select 1 from (${notices(tx, by)}) n where not exists (select 1 from notices_read r
          where r.notice_id = n.id and r.reader = ${by.actor.id})
        limit ${NOTICES_MAX}) unread`,
  );
  return row?.many ?? 0;
}

/** All that are there now, where no ids are given. Reading twice is reading once. */
export async function markRead(
  sql: Sql,
  by: Principal,
  ids: readonly string[] | "all",
): Promise<void> {
  await inTenant(
    sql,
    by.tenantId,
    (tx) => tx`
      insert into notices_read (tenant_id, reader, notice_id)
      select ${by.tenantId}, ${by.actor.id}, n.id from (${notices(tx, by)}) n
      where ${ids === "all"}::boolean
        or n.id::text = any(${`{${ids === "all" ? "" : ids.filter(isId).join(",")}}`}::text[])
      on conflict do nothing`,
  );
}

export async function markUnread(sql: Sql, by: Principal, ids: readonly string[]): Promise<void> {
  await inTenant(
    sql,
    by.tenantId,
    (tx) => tx`
      delete from notices_read where reader = ${by.actor.id}
        and notice_id::text = any(${`{${ids.filter(isId).join(",")}}`}::text[])`,
  );
}

const isId = (text: string): boolean => /^[0-9a-f-]{36}$/.test(text);

/** Whole-tenant events are for whom sees every account. */
function notices(tx: Queries, view: View) {
  const since = tx`clock_timestamp() - ${DAYS} * interval '1 day'`;
  const whole = view.accounts === "all";
  return tx`
    select md5(e.kind || ' ' || e.what)::uuid as id, e.kind, e.account_id, e.subject, e.words, e.at
    from (
      select 'divergence.opened' as kind, d.divergence_id::text as what, d.account_id,
        d.divergence_id::text as subject, d.symbol || ' ' || d.cause as words, d.opened_at as at
      from divergences d where d.opened_at > ${since}
        and coalesce(d.closed_at, clock_timestamp()) > d.opened_at + ${LASTED}::interval
      union all
      select 'divergence.resolved', d.divergence_id || ' ' || d.closed_at, d.account_id,
        d.divergence_id::text, d.symbol || ' ' || coalesce(d.resolution, ''), d.closed_at
      from divergences d where d.closed_at > ${since}
        and d.closed_at > d.opened_at + ${LASTED}::interval
      union all
      select case when g.kind = 'reset' then 'risk_rule.reset' else 'risk_rule.tripped' end,
        g.guard_id || ' ' || g.number, coalesce(u.account_id, s.scope_id), g.guard_id::text,
        g.words, g.recorded_at
      from guard_events g join guard_states s using (tenant_id, guard_id)
        left join subscriptions u on u.subscription_id = s.scope_id
      where g.recorded_at > ${since}
      union all
      select case when k.engaged then 'kill_switch.engaged' else 'kill_switch.released' end,
        k.kill_id::text, case when k.scope = 'account' then k.scope_id end, k.kill_id::text,
        k.reason, k.at
      from kill_states k where k.at > ${since}
      union all
      select 'webhook.disabled', w.endpoint_id || ' ' || w.disabled_at, null::uuid,
        w.endpoint_id::text, w.url, w.disabled_at
      from webhook_endpoints w where w.disabled_at > ${since}
    ) e
    where (e.account_id is not null and ${seen(tx, view, "e.account_id")})
      or (e.account_id is null and ${whole}::boolean)`;
}
