/** Decisions and their instructions: one transaction a chunk, under the fences of its followers. */

import type { Signal } from "../master/signal.ts";
import { fenced, packed, pgArray, pgTokens } from "../platform/fenced.ts";
import type { Sql } from "../platform/postgres.ts";
import type { CopiedPosition, Decision } from "./decision.ts";
import type { LedgerInstruction } from "./instruction.ts";
import { type CopiedRow, decimal, insertInstructions, upsertCopied } from "./ledger.ts";

export type DecisionRow = {
  readonly subscriptionId: string;
  readonly partition: number;
  readonly fence: number;
  readonly rulesVersion: number;
  readonly decision: Decision;
  readonly instructions: readonly LedgerInstruction[];
  /** The copied position with its new target, where the decision changes it. */
  readonly copied: CopiedPosition | null;
};

export interface FollowerStore {
  /** All rows or none: FENCE_STALE where one follower is another's by now. */
  writeDecisions(signal: Signal, rows: readonly DecisionRow[]): Promise<void>;
  /** Copied positions changed by the follower's own hand or broker. */
  saveCopied(tenantId: string, rows: readonly CopiedRow[]): Promise<void>;
}

export function postgresFollowerStore(sql: Sql): FollowerStore {
  return {
    async writeDecisions(signal, rows) {
      // Nearly every decision has one instruction at most; the rest go in a second statement.
      const more = rows.flatMap((row) => row.instructions.slice(1));
      const copied = rows.flatMap((row) =>
        row.copied === null ? [] : [{ ...row, copied: row.copied }],
      );
      const partitions = [...new Set(rows.map((row) => row.partition))];
      const first = rows.filter((row) => row.instructions.length > 0).length;
      await fenced(sql, { tenantId: signal.tenantId, partitions }, (tx) => [
        insertDecisions(tx, signal, { rows, instructions: first }),
        more.length > 0 ? insertMore(tx, signal.tenantId, more) : null,
        copied.length > 0 ? upsertCopied(tx, signal.tenantId, copied) : null,
      ]);
    },
    async saveCopied(tenantId, rows) {
      const partitions = [...new Set(rows.map((row) => row.partition))];
      await fenced(sql, { tenantId, partitions }, (tx) => [upsertCopied(tx, tenantId, rows)]);
    },
  };
}

function insertDecisions(
  tx: Sql,
  signal: Signal,
  { rows, instructions }: { readonly rows: readonly DecisionRow[]; readonly instructions: number },
) {
  const of = <T>(read: (one: LedgerInstruction) => T): (T | null)[] =>
    rows.map(({ instructions: [one] }) => (one === undefined ? null : read(one)));
  return tx`
    with row as materialized (
      select r.* from unnest(
        ${pgTokens(rows.map((row) => row.subscriptionId))}::uuid[],
        ${pgTokens(rows.map((row) => row.partition))}::int2[],
        ${pgTokens(rows.map((row) => row.fence))}::int8[],
        ${pgTokens(rows.map((row) => row.decision.reason))}::text[],
        ${pgTokens(rows.map((row) => decimal(row.decision.wanted)))}::numeric[],
        ${pgTokens(rows.map((row) => decimal(row.decision.volume)))}::numeric[],
        string_to_array(${packed(rows.map((row) => JSON.stringify(row.decision.steps)))}, e'\\x1e'),
        ${pgTokens(rows.map((row) => row.rulesVersion))}::int4[],
        ${pgTokens(of((one) => one.key))}::text[],
        ${pgTokens(of((one) => one.account.accountId))}::uuid[],
        ${pgTokens(of((one) => one.kind))}::text[],
        ${pgArray(of((one) => one.symbol))}::text[],
        ${pgTokens(of((one) => one.side))}::text[],
        ${pgTokens(of((one) => decimal(one.volume)))}::numeric[],
        ${pgArray(of((one) => one.positionId))}::text[],
        ${pgTokens(of((one) => decimal(one.stopLoss)))}::numeric[],
        ${pgTokens(of((one) => decimal(one.takeProfit)))}::numeric[],
        ${pgTokens(of((one) => one.status))}::text[],
        ${pgTokens(of((one) => one.validUntil))}::int8[]
      ) r(sub, part, fence, reason, wanted, volume, steps, version, key, account, kind, symbol,
        side, lots, position_id, sl, tp, status, valid_ms)
      join leases l on l.partition = r.part and l.fence = r.fence
        and l.expires_at > clock_timestamp()),
    d as (insert into decisions (tenant_id, signal_id, subscription_id, decision, reason, wanted,
        volume, steps, rules_version, fence)
      select ${signal.tenantId}, ${signal.id}, sub, case when reason is null then 'copy' else 'skip' end,
        reason, wanted, volume, steps::json, version, fence from row returning 1),
    i as (insert into instructions (tenant_id, key, account_id, partition, origin, origin_id,
        origin_sequence, subscription_id, position, part, attempt, kind, symbol, side, volume,
        position_id, stop_loss, take_profit, master_price, status, fence, valid_until)
      select ${signal.tenantId}, key, account, part, 'signal', ${signal.id}, ${signal.sequence}, sub,
        ${signal.position}, 1, 1, kind, symbol, side, lots, position_id, sl, tp,
        ${decimal(signal.price)}, status, fence, to_timestamp(valid_ms / 1000.0)
      from row where key is not null returning 1)
    select all_written((select count(*) from d), ${rows.length}),
      all_written((select count(*) from i), ${instructions})`;
}

function insertMore(tx: Sql, tenantId: string, more: readonly LedgerInstruction[]) {
  return tx`with ${insertInstructions(tx, tenantId, more)}
    select all_written((select count(*) from i), ${more.length})`;
}
