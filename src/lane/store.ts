/** Outcomes are appended in batches, together with what they did to the copied positions. */

import type { OutcomeCode } from "../domain/codes.ts";
import { formatFixed } from "../domain/fixed.ts";
import { formatInstant, type Instant } from "../domain/instant.ts";
import type { OutcomeStatus } from "../domain/instruction.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import { COPIED_COLUMNS, type CopiedRow, INSTRUCTION_COLUMNS } from "../follower/ledger.ts";
import { type ColumnOf, column, inColumns } from "../platform/columns.ts";
import { fenced } from "../platform/fenced.ts";
import type { Ask } from "../platform/pipes.ts";

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

const OUTCOME_COLUMNS: readonly ColumnOf<OutcomeRow>[] = [
  column("key", (row) => row.instruction.key),
  column("number", (row) => row.number),
  column("status", (row) => row.status),
  column("code", (row) => row.code),
  column("broker_code", (row) => row.brokerCode),
  column("order_id", (row) => row.orderId),
  column("position_id", (row) => row.positionId),
  column("filled", (row) => row.filled, formatFixed),
  column("price", (row) => row.price, formatFixed),
  column("fence", (row) => row.instruction.fence),
  column("at", (row) => row.at, formatInstant),
  column("sent_at", (row) => row.sentAt, formatInstant),
];

export function postgresLaneStore(ask: Ask): LaneStore {
  return {
    async settle(tenantId, outcomes, copied) {
      await fenced(ask, "write_outcomes", {
        tenantId,
        fences: [...outcomes.map((outcome) => outcome.instruction), ...copied],
        args: [...inColumns(outcomes, OUTCOME_COLUMNS), ...inColumns(copied, COPIED_COLUMNS)],
      });
    },
    async insert(instructions) {
      const tenantId = instructions[0]?.account.tenantId;
      if (tenantId === undefined) return;
      await fenced(ask, "write_instructions", {
        tenantId,
        fences: instructions,
        args: inColumns(instructions, INSTRUCTION_COLUMNS),
      });
    },
  };
}
