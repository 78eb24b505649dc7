/**
 * Statements that more than one store builds on: rows of instructions and of copied positions,
 * each written only where its partition is held under its fence.
 */

import type { JSONValue } from "postgres";
import { type Fixed, formatFixed } from "../domain/fixed.ts";
import { formatInstant } from "../domain/instant.ts";
import { pgArray } from "../platform/fenced.ts";
import type { Queries } from "../platform/postgres.ts";
import type { CopiedPosition } from "./decision.ts";
import type { LedgerInstruction } from "./instruction.ts";

export type CopiedRow = {
  readonly partition: number;
  readonly fence: number;
  readonly copied: CopiedPosition;
};

export const decimal = (value: Fixed | null): string | null =>
  value === null ? null : formatFixed(value);

/** A CTE `i` that inserts instructions whose partitions are held under their fences. */
export function insertInstructions(
  tx: Queries,
  tenantId: string,
  list: readonly LedgerInstruction[],
) {
  return tx`
    todo as materialized (
      select r.* from unnest(
        ${pgArray(list.map((i) => i.key))}::text[],
        ${pgArray(list.map((i) => i.account.accountId))}::uuid[],
        ${pgArray(list.map((i) => i.partition))}::int2[],
        ${pgArray(list.map((i) => i.fence))}::int8[],
        ${pgArray(list.map((i) => i.origin.kind))}::text[],
        ${pgArray(list.map((i) => i.origin.id))}::uuid[],
        ${pgArray(list.map((i) => i.origin.sequence))}::int8[],
        ${pgArray(list.map((i) => i.subscriptionId))}::uuid[],
        ${pgArray(list.map((i) => i.position))}::text[],
        ${pgArray(list.map((i) => i.part))}::int2[],
        ${pgArray(list.map((i) => i.attempt))}::int2[],
        ${pgArray(list.map((i) => i.kind))}::text[],
        ${pgArray(list.map((i) => i.symbol))}::text[],
        ${pgArray(list.map((i) => i.side))}::text[],
        ${pgArray(list.map((i) => decimal(i.volume)))}::numeric[],
        ${pgArray(list.map((i) => i.positionId))}::text[],
        ${pgArray(list.map((i) => decimal(i.stopLoss)))}::numeric[],
        ${pgArray(list.map((i) => decimal(i.takeProfit)))}::numeric[],
        ${pgArray(list.map((i) => decimal(i.masterPrice)))}::numeric[],
        ${pgArray(list.map((i) => i.status))}::text[],
        ${pgArray(list.map((i) => (i.validUntil === null ? null : formatInstant(i.validUntil))))}::timestamptz[]
      ) r(key, account, part, fence, origin, origin_id, origin_sequence, sub, position, nth, attempt, kind, symbol,
        side, volume, position_id, sl, tp, master_price, status, valid_until)
      join leases l on l.partition = r.part and l.fence = r.fence
        and l.expires_at > clock_timestamp()),
    i as (insert into instructions (tenant_id, key, account_id, partition, origin, origin_id,
        origin_sequence, subscription_id, position, part, attempt, kind, symbol, side, volume, position_id,
        stop_loss, take_profit, master_price, status, fence, valid_until)
      select ${tenantId}, key, account, part, origin, origin_id, origin_sequence, sub, position, nth, attempt, kind,
        symbol, side, volume, position_id, sl, tp, master_price, status, fence, valid_until
      from todo returning 1)`;
}

/** Writes copied positions as they stand in memory; also used when outcomes are settled. */
export function upsertCopied(tx: Queries, tenantId: string, rows: readonly CopiedRow[]) {
  const values: JSONValue = rows.map(({ copied, partition, fence }) => ({
    sub: copied.subscriptionId,
    part: partition,
    fence,
    position: copied.position,
    symbol: copied.symbol,
    side: copied.side,
    state: copied.state,
    n: copied.target.n.toString(),
    d: copied.target.d.toString(),
    holdings: copied.holdings.map((h) => [h.positionId, formatFixed(h.volume)]),
    sl: decimal(copied.stopLoss),
    tp: decimal(copied.takeProfit),
    open: decimal(copied.openPrice),
    master: decimal(copied.masterOpenPrice),
  }));
  return tx`
    with u as (insert into copied_positions (tenant_id, subscription_id, position, symbol, side, state,
      target_n, target_d, holdings, stop_loss, take_profit, open_price, master_open_price)
    select ${tenantId}, r.sub, r.position, r.symbol, r.side, r.state, r.n, r.d, r.holdings, r.sl,
      r.tp, r.open, r.master
    from json_to_recordset(${JSON.stringify(values)}::text::json) r(sub uuid, part int2, fence int8, position text,
      symbol text, side text, state text, n numeric, d numeric, holdings json, sl numeric,
      tp numeric, open numeric, master numeric)
    join leases l on l.partition = r.part and l.fence = r.fence and l.expires_at > clock_timestamp()
    on conflict (tenant_id, subscription_id, position) do update set state = excluded.state,
      target_n = excluded.target_n, target_d = excluded.target_d, holdings = excluded.holdings,
      stop_loss = excluded.stop_loss, take_profit = excluded.take_profit,
      open_price = excluded.open_price, master_open_price = excluded.master_open_price,
      updated_at = clock_timestamp() returning 1)
    select all_written((select count(*) from u), ${rows.length})`;
}
