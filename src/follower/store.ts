/** Decisions and their instructions: one call a chunk, under the fences of its followers. */

import { formatFixed } from "../domain/fixed.ts";
import type { Signal } from "../master/signal.ts";
import { type ColumnOf, column, inColumns, packed } from "../platform/columns.ts";
import { fenced } from "../platform/fenced.ts";
import type { Ask } from "../platform/pipes.ts";
import type { CopiedPosition, Decision } from "./decision.ts";
import type { LedgerInstruction } from "./instruction.ts";
import { INSTRUCTION_COLUMNS } from "./ledger.ts";

export type DecisionRow = {
  readonly subscriptionId: string;
  readonly partition: number;
  readonly fence: number;
  readonly rulesVersion: number;
  readonly decision: Decision;
  readonly instructions: readonly LedgerInstruction[];
  /**
   * The copied position with its new target, where the decision changes it. Not written here: who
   * reads the ledger finds the decision, and applies its signal again.
   */
  readonly copied: CopiedPosition | null;
};

export interface FollowerStore {
  /** All rows or none: FENCE_STALE where one follower is another's by now. */
  writeDecisions(signal: Signal, rows: readonly DecisionRow[]): Promise<void>;
}

const COLUMNS: readonly ColumnOf<DecisionRow>[] = [
  column("subscription_id", (row) => row.subscriptionId),
  column("reason", (row) => row.decision.reason),
  column("wanted", (row) => row.decision.wanted, formatFixed),
  column("volume", (row) => row.decision.volume, formatFixed),
  column("rules_version", (row) => row.rulesVersion),
  column("fence", (row) => row.fence),
];

export function postgresFollowerStore(ask: Ask): FollowerStore {
  return {
    async writeDecisions(signal, rows) {
      const instructions = rows.flatMap((row) => row.instructions);
      await fenced(ask, "write_decisions", {
        tenantId: signal.tenantId,
        fences: rows,
        args: [
          signal.id,
          packed(rows.map((row) => JSON.stringify(row.decision.steps))),
          ...inColumns(rows, COLUMNS),
          ...inColumns(instructions, INSTRUCTION_COLUMNS),
        ],
      });
    },
  };
}
