/** The hub's inner state as the database has it: processes and their partitions, and what waits. */
import { inTenant, type Sql } from "../platform/postgres.ts";

export type Process = {
  readonly slot: string;
  readonly partitions: number;
  /** Until its word that it lives ends, on the database's clock. */
  readonly seconds_left: number;
};

export type Backlog = { readonly name: string; readonly many: number; readonly oldest_s: number };

export type Jobs = {
  readonly processes: readonly Process[];
  /** Partitions that no living process owns. */
  readonly unowned: number;
  readonly backlogs: readonly Backlog[];
};

const HOUR = "1 hour";

export async function readJobs(sql: Sql, tenantId: string): Promise<Jobs> {
  return inTenant(sql, tenantId, async (tx) => {
    const processes = await tx<Process[]>`
      select p.slot, count(l.partition)::int as partitions,
        extract(epoch from p.expires_at - clock_timestamp())::float8 as seconds_left
      from processes p left join leases l on l.owner = p.owner and l.expires_at > clock_timestamp()
      where p.expires_at > clock_timestamp() - interval '1 minute'
      group by p.slot, p.expires_at order by p.slot`;
    const [owned] = await tx<{ many: number }[]>`
      select count(*)::int as many from leases where expires_at <= clock_timestamp()`;
    const backlogs = await tx<Backlog[]>`
      select 'outbox' as name, count(*)::int as many,
        coalesce(extract(epoch from clock_timestamp() - min(at)), 0)::float8 as oldest_s from outbox
      union all
      select 'orders ' || state, count(*)::int,
        coalesce(extract(epoch from clock_timestamp() - min(at)), 0)::float8
      from instruction_states where at > clock_timestamp() - ${HOUR}::interval
        and state in ('queued', 'sent', 'working', 'unknown') group by state
      union all
      select 'webhooks', count(*)::int,
        coalesce(extract(epoch from clock_timestamp() - min(next_at)), 0)::float8
      from webhook_deliveries where next_at <= clock_timestamp()`;
    return { processes, unowned: owned?.many ?? 0, backlogs };
  });
}
