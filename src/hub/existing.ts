/**
 * What a master held when a subscription began, as signals for this subscription only: each position
 * once, as it stood then, named after the last signal of it. Whether it is copied, the rules say.
 * Invariants: a position that was decided, or that the master has closed since, is not asked again; a
 * subscription that is older than a day begins nothing from before any more.
 */
import { parseFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { Signal } from "../master/signal.ts";
import { signalOf } from "../master/signal-row.ts";
import type { Queries } from "../platform/postgres.ts";
import type { Row } from "./rows.ts";

export type Owed = { readonly subscriptionId: string; readonly signal: Signal };

/** `partitions`: as an array of Postgres. */
export async function existingPositions(
  tx: Queries,
  partitions: string,
  now: Instant,
): Promise<readonly Owed[]> {
  const rows = await tx<Row[]>`
    select s.subscription_id as for_subscription, n.*, p.open_price from subscriptions s
    cross join lateral (
      select distinct on (g.position) g.* from signals g where g.tenant_id = s.tenant_id
        and g.master_id = s.master_id and g.sequence <= s.from_sequence
      order by g.position, g.sequence desc) n
    cross join lateral (
      select round(sum(g.price * g.volume) / nullif(sum(g.volume), 0), 8) as open_price
      from signals g where g.tenant_id = s.tenant_id and g.master_id = s.master_id
        and g.position = n.position and g.sequence <= s.from_sequence
        and g.kind in ('open', 'increase') and g.price is not null) p
    where s.partition = any(${partitions}::int[])
      and s.created_at > clock_timestamp() - interval '1 day' and n.after_volume > 0
      and exists (select 1 from subscription_rules r where r.tenant_id = s.tenant_id
        and r.subscription_id = s.subscription_id
        and (r.rules ->> 'copyExisting' in ('all', 'better-price-only')
          or r.layers @? '$[*].rules.copyExisting ? (@ != "none")'))
      and not exists (select 1 from decisions d where d.tenant_id = s.tenant_id
        and d.signal_id = n.signal_id and d.subscription_id = s.subscription_id)
      and not exists (select 1 from signals c where c.tenant_id = s.tenant_id
        and c.master_id = s.master_id and c.position = n.position
        and c.sequence > s.from_sequence and c.after_volume = 0)
    order by n.sequence`;
  return rows.map((row) => ({
    subscriptionId: String(row["for_subscription"]),
    signal: asExisting(signalOf(row), row["open_price"], now),
  }));
}

function asExisting(last: Signal, openPrice: unknown, now: Instant): Signal {
  return {
    ...last,
    kind: "open",
    volume: last.after,
    before: 0n,
    price: openPrice === null ? null : parseFixed(String(openPrice)),
    existing: true,
    receivedAt: now,
    ageAtReceiptMs: 0,
  };
}
