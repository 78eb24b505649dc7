/**
 * Opens that were decided and not copied: what a process wrote as a decision it may not have lived
 * to tell as a divergence. Whether it is one, and was told already, is known to who tells it.
 */
import type { SkipReason } from "../domain/codes.ts";
import { parseFixed } from "../domain/fixed.ts";
import { signalOf } from "../master/signal-row.ts";
import type { Queries } from "../platform/postgres.ts";
import type { Row } from "./rows.ts";
import type { SkippedOpen } from "./store.ts";

/** `partitions`: as an array of Postgres. */
export async function skippedOpens(
  tx: Queries,
  partitions: string,
): Promise<readonly SkippedOpen[]> {
  const rows = await tx<Row[]>`
    select d.subscription_id as for_subscription, d.reason, d.wanted, g.*
    from subscriptions s
      join signals g on g.tenant_id = s.tenant_id and g.master_id = s.master_id
        and g.sequence > s.decided_through and g.kind in ('open', 'increase')
      join decisions d on d.tenant_id = s.tenant_id and d.signal_id = g.signal_id
        and d.subscription_id = s.subscription_id and d.reason is not null
    where s.partition = any(${partitions}::int[])
      and not exists (select 1 from signals c where c.tenant_id = g.tenant_id
        and c.master_id = g.master_id and c.position = g.position and c.sequence > g.sequence
        and c.after_volume = 0)
    order by g.sequence`;
  return rows.map((row) => ({
    signal: signalOf(row),
    subscriptionId: String(row["for_subscription"]),
    reason: row["reason"] as SkipReason,
    wanted: row["wanted"] === null ? null : parseFixed(String(row["wanted"])),
  }));
}
