/** Events out of the ledger, and what is to be delivered of them. */
import { inTenant, type Sql } from "../platform/postgres.ts";
import { happened } from "./happened.ts";

/** What is due, with all that sending it needs. */
export type Due = {
  readonly delivery_id: string;
  readonly endpoint_id: string;
  readonly url: string;
  readonly secret: string;
  readonly old_secret: string | null;
  readonly attempts: number;
  readonly event_id: string;
  readonly type: string;
  readonly data: unknown;
  readonly at: Date;
};

export type Ended = {
  readonly status: number | null;
  readonly error: string | null;
  readonly delivered: boolean;
  /** Null: no more. */
  readonly waitMs: number | null;
  readonly disable: string | null;
};

const CLAIM_S = 60;

/**
 * Events since the mark, each with a delivery for each endpoint that wants it. Looked at with an
 * overlap, as rows may be committed after later ones; a second look at a row makes nothing more.
 */
export async function collectEvents(sql: Sql, tenantId: string): Promise<void> {
  await inTenant(sql, tenantId, async (tx) => {
    const wanted = await tx`select 1 from webhook_endpoints where disabled_at is null limit 1`;
    if (wanted.length === 0) return;
    const [lock] = await tx<{ got: boolean }[]>`
      select pg_try_advisory_xact_lock(hashtextextended(${`events ${tenantId}`}, 0)) as got`;
    if (!lock?.got) return;
    await tx`insert into event_marks (tenant_id, through) values (${tenantId}, clock_timestamp())
      on conflict do nothing`;
    await tx`
      with since as (select through - interval '10 seconds' as t from event_marks),
      found as (${happened(tx)}),
      made as (insert into events (tenant_id, event_id, type, account_id, data, at)
        select ${tenantId}, md5(f.type || ' ' || f.what)::uuid, f.type, f.account_id, f.data, f.at
        from found f on conflict do nothing returning event_id, type, account_id)
      insert into webhook_deliveries (tenant_id, delivery_id, endpoint_id, event_id, next_at)
      select ${tenantId}, gen_random_uuid(), e.endpoint_id, m.event_id, clock_timestamp()
      from made m join webhook_endpoints e on e.disabled_at is null and m.type = any(e.types)
        and (e.accounts is null or m.account_id = any(e.accounts))`;
    await tx`update event_marks set through = clock_timestamp()`;
  });
}

/** Claims what is due: no other process tries it for a minute. */
export async function claimDue(sql: Sql, tenantId: string, limit: number): Promise<readonly Due[]> {
  return inTenant(
    sql,
    tenantId,
    (tx) => tx<Due[]>`
      with due as (select delivery_id from webhook_deliveries
        where next_at <= clock_timestamp() order by next_at limit ${limit} for update skip locked)
      update webhook_deliveries w set attempts = w.attempts + 1,
        next_at = clock_timestamp() + ${CLAIM_S} * interval '1 second'
      from due, webhook_endpoints e, events v
      where w.delivery_id = due.delivery_id and e.endpoint_id = w.endpoint_id
        and v.event_id = w.event_id and e.disabled_at is null
      returning w.delivery_id, w.endpoint_id, w.attempts, w.event_id, e.url, e.secret,
        case when e.old_until > clock_timestamp() then e.old_secret end as old_secret,
        v.type, v.data, v.at`,
  );
}

export async function endAttempt(
  sql: Sql,
  tenantId: string,
  { due, ended }: { readonly due: Due; readonly ended: Ended },
): Promise<void> {
  const { status, error, delivered, waitMs, disable } = ended;
  await inTenant(sql, tenantId, async (tx) => {
    await tx`update webhook_deliveries set last_status = ${status}, last_error = ${error},
      delivered_at = case when ${delivered}::boolean then clock_timestamp() end,
      next_at = clock_timestamp() + ${waitMs}::float8 * interval '1 millisecond'
      where delivery_id = ${due.delivery_id}`;
    if (disable === null) return;
    await tx`update webhook_endpoints set disabled_at = clock_timestamp(),
      disabled_because = ${disable} where endpoint_id = ${due.endpoint_id}`;
  });
}
