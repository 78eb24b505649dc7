/** Every decision of the ledger in a few words, in the order of the signals. */
import type { Queries } from "../platform/postgres.ts";

/** "open copy 0.5", "open skip THROTTLED 0": kind, decision, reason, lots. */
export async function decisionsSaid(admin: Queries): Promise<string[]> {
  const rows = await admin<{ said: string }[]>`
    select concat_ws(' ', kind, decision, reason, trim_scale(d.volume)) as said
    from signals join decisions d using (tenant_id, signal_id) order by sequence`;
  return rows.map((row) => row.said);
}
