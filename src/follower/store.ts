/** Decisions and their instructions: one transaction a chunk, under the fences of its followers. */

import { formatFixed } from "../domain/fixed.ts";
import type { Signal } from "../master/signal.ts";
import { allWritten, fenced, packed, pgArray } from "../platform/fenced.ts";
import type { Sql, Transaction } from "../platform/postgres.ts";
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
      const instructions = rows.flatMap((row) => row.instructions);
      const copied = rows.flatMap((row) =>
        row.copied === null ? [] : [{ ...row, copied: row.copied }],
      );
      const partitions = [...new Set(rows.map((row) => row.partition))];
      await fenced(sql, { tenantId: signal.tenantId, partitions }, async (tx) => {
        const [written] = await Promise.all([
          insertDecisions(tx, signal, { rows, instructions }),
          copied.length > 0 ? upsertCopied(tx, signal.tenantId, copied) : null,
        ]);
        const counts = written[0];
        allWritten(counts?.["decisions"] ?? 0, rows.length);
        allWritten(counts?.["instructions"] ?? 0, instructions.length);
      });
    },
    async saveCopied(tenantId, rows) {
      const partitions = [...new Set(rows.map((row) => row.partition))];
      await fenced(sql, { tenantId, partitions }, async (tx) => {
        const written = await upsertCopied(tx, tenantId, rows);
        allWritten(written.count, rows.length);
      });
    },
  };
}

type Chunk = {
  readonly rows: readonly DecisionRow[];
  readonly instructions: readonly LedgerInstruction[];
};

function insertDecisions(tx: Transaction, signal: Signal, chunk: Chunk) {
  const { rows } = chunk;
  return tx<{ decisions: number; instructions: number }[]>`
    with row as materialized (
      select r.* from unnest(
        ${pgArray(rows.map((row) => row.subscriptionId))}::uuid[],
        ${pgArray(rows.map((row) => row.partition))}::int2[],
        ${pgArray(rows.map((row) => row.fence))}::int8[],
        ${pgArray(rows.map((row) => row.decision.decision))}::text[],
        ${pgArray(rows.map((row) => row.decision.reason))}::text[],
        ${pgArray(rows.map((row) => decimal(row.decision.wanted)))}::numeric[],
        ${pgArray(rows.map((row) => formatFixed(row.decision.volume)))}::numeric[],
        string_to_array(${packed(rows.map((row) => JSON.stringify(row.decision.steps)))}, e'\\x1e'),
        ${pgArray(rows.map((row) => row.rulesVersion))}::int4[]
      ) r(sub, part, fence, decision, reason, wanted, volume, steps, version)
      join leases l on l.partition = r.part and l.fence = r.fence
        and l.expires_at > clock_timestamp()),
    d as (insert into decisions (tenant_id, signal_id, subscription_id, decision, reason, wanted,
        volume, steps, rules_version, fence)
      select ${signal.tenantId}, ${signal.id}, sub, decision, reason, wanted, volume, steps::json,
        version, fence from row returning 1),
    ${insertInstructions(tx, signal.tenantId, chunk.instructions)}
    select (select count(*)::int from d) as decisions,
      (select count(*)::int from i) as instructions`;
}
