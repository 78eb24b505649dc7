/** Outcomes are appended in batches, together with what they did to the copied positions. */

import type { OutcomeCode } from "../domain/codes.ts";
import { formatFixed } from "../domain/fixed.ts";
import { formatInstant, type Instant } from "../domain/instant.ts";
import type { OutcomeStatus } from "../domain/instruction.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import { type CopiedRow, insertInstructions, upsertCopied } from "../follower/ledger.ts";
import { fenced } from "../platform/fenced.ts";
import type { Queries, Sql } from "../platform/postgres.ts";

export type OutcomeRow = {
  readonly instruction: LedgerInstruction;
  readonly number: number;
  readonly status: OutcomeStatus | "sent";
  readonly code: OutcomeCode | null;
  readonly brokerCode: number | null;
  readonly orderId: string | null;
  readonly positionId: string | null;
  readonly filled: bigint;
  readonly price: bigint | null;
  readonly at: Instant;
  readonly sentAt: Instant | null;
};

export interface LaneStore {
  /** All or none, under the instructions' fences. */
  settle(
    tenantId: string,
    outcomes: readonly OutcomeRow[],
    copied: readonly CopiedRow[],
  ): Promise<void>;
  insert(instructions: readonly LedgerInstruction[]): Promise<void>;
}

export function postgresLaneStore(sql: Sql): LaneStore {
  return {
    async settle(tenantId, outcomes, copied) {
      const partitions = new Set([
        ...outcomes.map((outcome) => outcome.instruction.partition),
        ...copied.map((row) => row.partition),
      ]);
      await fenced(sql, { tenantId, partitions: [...partitions] }, (tx) => [
        outcomes.length > 0 ? insertOutcomes(tx, tenantId, outcomes) : null,
        copied.length > 0 ? upsertCopied(tx, tenantId, copied) : null,
      ]);
    },
    async insert(instructions) {
      const tenantId = instructions[0]?.account.tenantId;
      if (tenantId === undefined) return;
      const partitions = [...new Set(instructions.map((one) => one.partition))];
      await fenced(sql, { tenantId, partitions }, (tx) => [
        tx`with ${insertInstructions(tx, tenantId, instructions)}
          select all_written((select count(*) from i), ${instructions.length})`,
      ]);
    },
  };
}

function insertOutcomes(tx: Queries, tenantId: string, outcomes: readonly OutcomeRow[]) {
  const values = outcomes.map(valuesOf);
  return tx`
    with o as (insert into outcomes (tenant_id, key, number, status, code, broker_code, order_id,
        position_id, filled, price, fence, at, sent_at)
      select ${tenantId}, r.key, r.number, r.status, r.code, r.broker_code, r.order_id,
        r.position_id, r.filled, r.price, r.fence, r.at, r.sent_at
      from json_to_recordset(${JSON.stringify(values)}::text::json) r(key text, part int2,
        number int2, status text, code text, broker_code int4, order_id text, position_id text,
        filled numeric, price numeric, fence int8, at timestamptz, sent_at timestamptz)
      join leases l on l.partition = r.part and l.fence = r.fence
        and l.expires_at > clock_timestamp()
      -- An unknown outcome and the one that ends it may come in one batch: in their order.
      order by r.key, r.number
      returning 1)
    select all_written((select count(*) from o), ${outcomes.length})`;
}

function valuesOf(outcome: OutcomeRow): Record<string, string | number | null> {
  return {
    key: outcome.instruction.key,
    part: outcome.instruction.partition,
    number: outcome.number,
    status: outcome.status,
    code: outcome.code,
    broker_code: outcome.brokerCode,
    order_id: outcome.orderId,
    position_id: outcome.positionId,
    filled: formatFixed(outcome.filled),
    price: outcome.price === null ? null : formatFixed(outcome.price),
    fence: outcome.instruction.fence,
    at: formatInstant(outcome.at),
    sent_at: outcome.sentAt === null ? null : formatInstant(outcome.sentAt),
  };
}
