/**
 * Deals of a master that were answered by what a follower's mirrored order had filled: what a
 * process wrote as a decision it may not have lived to write as a copied position.
 */
import { parseFixed } from "../domain/fixed.ts";
import type { TakenOver } from "../follower/mirror-turns.ts";
import type { Queries } from "../platform/postgres.ts";
import type { Row } from "./rows.ts";

/** In order. `partitions`: as an array of Postgres. */
export async function takenOverOrders(
  tx: Queries,
  partitions: string,
): Promise<readonly TakenOver[]> {
  const rows = await tx<Row[]>`
    select c.subscription_id, c.position as place, g.position, g.volume, g.price, g.sequence
    from copied_positions c
      join subscriptions s using (tenant_id, subscription_id)
      join signals g on g.tenant_id = c.tenant_id and g.master_id = s.master_id
        and c.position = 'order:' || g.order_id and g.position <> c.position
      join decisions d on d.tenant_id = g.tenant_id and d.signal_id = g.signal_id
        and d.subscription_id = c.subscription_id and d.reason = 'MIRRORED'
    where s.partition = any(${partitions}::int[]) and c.pending is not null
      and c.pending ->> 'linked' is null
    order by g.sequence`;
  return rows.map((row) => ({
    subscriptionId: String(row["subscription_id"]),
    place: String(row["place"]),
    position: String(row["position"]),
    volume: parseFixed(String(row["volume"])),
    price: row["price"] === null ? null : parseFixed(String(row["price"])),
    sequence: Number(row["sequence"]),
  }));
}
