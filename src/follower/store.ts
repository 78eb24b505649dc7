/** Decisions and their instructions: one call a chunk, under the fences of its followers. */

import { formatFixed } from "../domain/fixed.ts";
import type { Signal } from "../master/signal.ts";
import { type ColumnOf, inColumns, packed, plainColumn } from "../platform/columns.ts";
import { fenced, type Write } from "../platform/fenced.ts";
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
  /** The same, for the masters' store to write with the signal itself. */
  alongside(signal: Signal, rows: readonly DecisionRow[]): Write;
}

const COLUMNS: readonly ColumnOf<DecisionRow>[] = [
  plainColumn("subscription_id", (row) => row.subscriptionId),
  plainColumn("reason", (row) => row.decision.reason),
  plainColumn("wanted", (row) => row.decision.wanted, formatFixed),
  plainColumn("volume", (row) => row.decision.volume, formatFixed),
  plainColumn("rules_version", (row) => row.rulesVersion),
  plainColumn("fence", (row) => row.fence),
];

/** For the ledger's write_decisions, or to be written with the signal itself. */
export function decisionsWrite(signal: Signal, rows: readonly DecisionRow[]): Write {
  const instructions = rows.flatMap((row) => row.instructions);
  return {
    fences: rows,
    args: [
      signal.id,
      packed(rows.map((row) => JSON.stringify(row.decision.steps))),
      ...inColumns(rows, COLUMNS),
      ...inColumns(instructions, INSTRUCTION_COLUMNS),
    ],
  };
}

export function postgresFollowerStore(ask: Ask): FollowerStore {
  return {
    alongside: decisionsWrite,
    async writeDecisions(signal, rows) {
      const { tenantId } = signal;
      await fenced(ask, "write_decisions", { tenantId, ...decisionsWrite(signal, rows) });
    },
  };
}
