/** Decisions and their instructions: one transaction a chunk, under the fences of its followers. */

import { formatFixed } from "../domain/fixed.ts";
import type { Signal } from "../master/signal.ts";
import { column, fenced, packed, pgTokens } from "../platform/fenced.ts";
import type { Queries, Sql } from "../platform/postgres.ts";
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
  tx: Queries,
  signal: Signal,
  { rows, instructions }: { readonly rows: readonly DecisionRow[]; readonly instructions: number },
) {
  const own = <C extends string | number>(read: (row: DecisionRow) => C | null) =>
    column(rows, read);
  const of = <C extends string | number | bigint>(
    read: (one: LedgerInstruction) => C | null,
    write?: (cell: C) => string,
  ) => column(rows, ({ instructions: [one] }) => (one === undefined ? null : read(one)), write);
  // Most columns are the same in every row of a chunk: those are sent once.
  const fence = own((row) => row.fence);
  const reason = own((row) => row.decision.reason);
  const version = own((row) => row.rulesVersion);
  const kind = of((one) => one.kind);
  const symbol = of((one) => one.symbol);
  const side = of((one) => one.side);
  const position = of((one) => one.positionId);
  const stopLoss = of((one) => one.stopLoss, formatFixed);
  const takeProfit = of((one) => one.takeProfit, formatFixed);
  const status = of((one) => one.status);
  const valid = of((one) => one.validUntil);
  return tx`
    with row as materialized (
      select r.sub, r.part, l.fence, coalesce(r.reason, ${reason.same}) as reason, r.wanted,
        r.volume, r.steps, coalesce(r.version, ${version.same}) as version, r.key, r.account,
        coalesce(r.kind, ${kind.same}) as kind, coalesce(r.symbol, ${symbol.same}) as symbol,
        coalesce(r.side, ${side.same}) as side, r.lots,
        coalesce(r.position_id, ${position.same}) as position_id,
        coalesce(r.sl, ${stopLoss.same}) as sl, coalesce(r.tp, ${takeProfit.same}) as tp,
        coalesce(r.status, ${status.same}) as status,
        coalesce(r.valid_ms, ${valid.same}) as valid_ms
      from unnest(
        ${pgTokens(rows.map((row) => row.subscriptionId))}::uuid[],
        ${pgTokens(rows.map((row) => row.partition))}::int2[],
        ${fence.list}::int8[],
        ${reason.list}::text[],
        ${tokens(rows, (row) => decimal(row.decision.wanted))}::numeric[],
        ${tokens(rows, (row) => formatFixed(row.decision.volume))}::numeric[],
        string_to_array(${packed(rows.map((row) => JSON.stringify(row.decision.steps)))}, e'\\x1e'),
        ${version.list}::int4[],
        ${tokens(rows, (row) => row.instructions[0]?.key ?? null)}::text[],
        ${tokens(rows, (row) => row.instructions[0]?.account.accountId ?? null)}::uuid[],
        ${kind.list}::text[],
        ${symbol.list}::text[],
        ${side.list}::text[],
        ${tokens(rows, (row) => decimal(row.instructions[0]?.volume ?? null))}::numeric[],
        ${position.list}::text[],
        ${stopLoss.list}::numeric[],
        ${takeProfit.list}::numeric[],
        ${status.list}::text[],
        ${valid.list}::int8[]
      ) r(sub, part, fence, reason, wanted, volume, steps, version, key, account, kind, symbol,
        side, lots, position_id, sl, tp, status, valid_ms)
      join leases l on l.partition = r.part and l.fence = coalesce(r.fence, ${fence.same})
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
        ${decimal(signal.existing ? null : signal.price)}, status, fence, to_timestamp(valid_ms / 1000.0)
      from row where key is not null returning 1)
    select all_written((select count(*) from d), ${rows.length}),
      all_written((select count(*) from i), ${instructions})`;
}

/** A list of cells that are all different: an array literal. */
function tokens<R>(rows: readonly R[], read: (row: R) => string | null): string {
  let list = "";
  for (const row of rows) list += `,${read(row) ?? "NULL"}`;
  return `{${list.slice(1)}}`;
}

function insertMore(tx: Queries, tenantId: string, more: readonly LedgerInstruction[]) {
  return tx`with ${insertInstructions(tx, tenantId, more)}
    select all_written((select count(*) from i), ${more.length})`;
}
