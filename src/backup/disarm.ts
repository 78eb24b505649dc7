/**
 * What makes a restored ledger safe to run: the world has gone on since the backup, and the ledger
 * does not know of it. In the transaction that restores.
 * Invariants: no signal from before the restore is acted on any more, since the lost ledger may have
 * done so; a kill switch over everything stands in each tenant, which no lane confirms before it
 * has reconciled a snapshot; fences are higher than any that the lost ledger gave; what waited to be
 * sent is asked for at the broker by its key before anything else is done about it; nobody's request and
 * nobody's session from before goes on.
 */
import { recordAudit } from "../identity/audit/record.ts";
import type { Queries } from "../platform/postgres.ts";

export type Disarmed = {
  readonly tenants: number;
  /** Instructions that the backup shows as not answered yet: each is looked up at its broker. */
  readonly unanswered: number;
};

export async function disarm(tx: Queries, takenAt: string): Promise<Disarmed> {
  await tx`delete from processes`;
  // A fence rises by one for each take-over, which come seconds apart: no ledger has counted as far
  // as the seconds of the clock, but for one that was restored before.
  await tx`
    update leases set owner = null, slot = null, expires_at = '-infinity',
      fence = greatest(fence + 1, extract(epoch from clock_timestamp())::bigint)`;
  const tenants = await tx<{ id: string }[]>`select tenant_ids() as id`;
  let unanswered = 0;
  for (const { id } of tenants) {
    await tx`select set_config('lockstep.tenant', ${id}, true)`;
    await engage(tx, id, takenAt);
    await endWhatWasAsked(tx);
    unanswered += await askFirst(tx);
  }
  return { tenants: tenants.length, unanswered };
}

/** One that was engaged before stays engaged as it was. */
async function engage(tx: Queries, tenantId: string, takenAt: string): Promise<void> {
  const reason = `restored from a backup of ${takenAt}: release it once divergences are looked at`;
  await tx`insert into restores (tenant_id, taken_at) values (${tenantId}, ${takenAt})`;
  await tx`
    insert into kill_states
      (tenant_id, scope, scope_id, engaged, close_all, after_snapshot, by_whom, reason)
    select ${tenantId}, 'everything', ${tenantId}, true, coalesce((select engaged and close_all
      from kill_states where tenant_id = ${tenantId} and scope = 'everything'
      order by kill_id desc limit 1), false), true, 'restore', ${reason}`;
  const entry = { tenantId, by: "restore", address: null, action: "restore backup" };
  await recordAudit(tx, { ...entry, subject: `tenant ${tenantId}`, after: { reason } });
}

/** People ask again, of what they see now; who was signed in then signs in again. */
async function endWhatWasAsked(tx: Queries): Promise<void> {
  await tx`
    insert into divergence_answers (tenant_id, request_id, is_done, words)
    select tenant_id, request_id, false, 'The ledger was restored from a backup since.'
    from divergence_requests r where tenant_id = current_tenant() and not exists
      (select 1 from divergence_answers a where a.request_id = r.request_id)`;
  await tx`
    insert into rules_answers (tenant_id, request_id, is_done, words)
    select tenant_id, request_id, false, 'The ledger was restored from a backup since.'
    from rules_requests r where tenant_id = current_tenant() and not exists
      (select 1 from rules_answers a where a.request_id = r.request_id)`;
  await tx`update sessions set ended_at = clock_timestamp()
    where tenant_id = current_tenant() and ended_at is null`;
}

/** What was queued may have been sent since: from now on it counts as sent. */
async function askFirst(tx: Queries): Promise<number> {
  await tx`
    insert into outcomes (tenant_id, key, number, status, fence, at)
    select tenant_id, key, number + 1, 'sent', fence, clock_timestamp()
    from instruction_states where tenant_id = current_tenant() and state = 'queued'`;
  const [row] = await tx<{ n: string }[]>`
    select count(*) as n from instruction_states
    where tenant_id = current_tenant() and state in ('sent', 'working', 'unknown')`;
  return Number(row?.n ?? 0);
}
