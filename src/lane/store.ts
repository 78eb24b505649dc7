/** Outcomes are appended in batches, together with what they did to the copied positions. */

import type { JSONValue } from "postgres";
import type { OutcomeCode } from "../domain/codes.ts";
import { formatFixed } from "../domain/fixed.ts";
import { formatInstant, type Instant } from "../domain/instant.ts";
import type { OutcomeStatus } from "../domain/instruction.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import { type CopiedRow, insertInstructions, upsertCopied } from "../follower/ledger.ts";
import { allWritten, fenced } from "../platform/fenced.ts";
import type { Sql } from "../platform/postgres.ts";

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
  settle(outcomes: readonly OutcomeRow[], copied: readonly CopiedRow[]): Promise<void>;
  insert(instructions: readonly LedgerInstruction[]): Promise<void>;
}

export function postgresLaneStore(sql: Sql): LaneStore {
  return {
    async settle(outcomes, copied) {
      const tenantId = outcomes[0]?.instruction.account.tenantId;
      if (tenantId === undefined) return;
      const values: JSONValue = outcomes.map(valuesOf);
      await fenced(sql, { tenantId, partitions: partitionsOf(outcomes) }, async (tx) => {
        const [written, saved] = await Promise.all([
          tx`insert into outcomes (tenant_id, key, number, status, code, broker_code, order_id,
              position_id, filled, price, fence, at, sent_at)
            select ${tenantId}, r.key, r.number, r.status, r.code, r.broker_code, r.order_id,
              r.position_id, r.filled, r.price, r.fence, r.at, r.sent_at
            from json_to_recordset(${JSON.stringify(values)}::text::json) r(key text, part int2, number int2,
              status text, code text, broker_code int4, order_id text, position_id text,
              filled numeric, price numeric, fence int8, at timestamptz, sent_at timestamptz)
            join leases l on l.partition = r.part and l.fence = r.fence
              and l.expires_at > clock_timestamp()`,
          copied.length > 0 ? upsertCopied(tx, tenantId, copied) : { count: 0 },
        ]);
        allWritten(written.count, outcomes.length);
        allWritten(saved.count, copied.length);
      });
    },
    async insert(instructions) {
      const tenantId = instructions[0]?.account.tenantId;
      if (tenantId === undefined) return;
      const partitions = [...new Set(instructions.map((one) => one.partition))];
      await fenced(sql, { tenantId, partitions }, async (tx) => {
        const rows = await tx<{ count: number }[]>`
          with ${insertInstructions(tx, tenantId, instructions)}
          select count(*)::int as count from i`;
        allWritten(rows[0]?.count ?? 0, instructions.length);
      });
    },
  };
}

function partitionsOf(outcomes: readonly OutcomeRow[]): number[] {
  return [...new Set(outcomes.map((outcome) => outcome.instruction.partition))];
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
