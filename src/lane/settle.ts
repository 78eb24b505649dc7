/**
 * Outcomes on their way into the ledger: collected, written in batches per tenant, and only then
 * passed on. A batch that cannot be written is tried again until the fence is lost.
 */
import type { OutcomeCode } from "../domain/codes.ts";
import { isLockstepError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import type { Outcome } from "../domain/instruction.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import type { CopiedRow } from "../follower/ledger.ts";
import type { Activity } from "../platform/activity.ts";
import { systemTimers } from "../platform/clock.ts";
import type { Failpoints } from "../platform/failpoints.ts";
import type { LaneStore, OutcomeRow } from "./store.ts";

const BATCH = 500;
const RETRY_MS = 100;
const YIELD_MS = 2;
/** Settling gives way to a fan-out that is being written for this long at most. */
const YIELD_MOST_MS = 40;

/** An outcome that the hub itself gives, without asking the broker. */
export function localOutcome(code: OutcomeCode | null, at: Instant): Outcome {
  return {
    status: "rejected",
    code,
    brokerCode: null,
    orderId: null,
    positionId: null,
    filled: 0n,
    price: null,
    at,
  };
}

export type SettleDeps<T> = {
  readonly store: LaneStore;
  readonly activity: Activity;
  readonly failpoints: Failpoints;
  fanningOut(): boolean;
  copiedOf(instruction: LedgerInstruction): CopiedPosition | null;
  committed(item: T): void;
  stale(partitions: readonly number[]): void;
  fault(error: unknown, doing: string): void;
};

export class SettleQueue<T> {
  readonly #deps: SettleDeps<T>;
  #rows: { readonly row: OutcomeRow; readonly item: T }[] = [];
  #running = false;

  constructor(deps: SettleDeps<T>) {
    this.#deps = deps;
  }

  push(row: OutcomeRow, item: T): void {
    this.#rows.push({ row, item });
    if (this.#running) return;
    this.#running = true;
    void this.#deps.activity.during(() => this.#run());
  }

  async #run(): Promise<void> {
    await nextTurn();
    for (let waited = 0; this.#deps.fanningOut() && waited < YIELD_MOST_MS; waited += YIELD_MS) {
      await systemTimers.sleep(YIELD_MS);
    }
    while (this.#rows.length > 0) {
      const tenantId = this.#rows[0]?.row.instruction.account.tenantId;
      const batch = this.#rows
        .filter(({ row }) => row.instruction.account.tenantId === tenantId)
        .slice(0, BATCH);
      const taken = new Set(batch);
      this.#rows = this.#rows.filter((entry) => !taken.has(entry));
      await this.#write(batch);
    }
    this.#running = false;
  }

  async #write(batch: readonly { readonly row: OutcomeRow; readonly item: T }[]): Promise<void> {
    const rows = batch.map(({ row }) => row);
    for (;;) {
      try {
        await this.#deps.store.settle(rows, this.#copiedRows(rows));
        break;
      } catch (error) {
        this.#deps.fault(error, "writing outcomes");
        if (isLockstepError(error, "FENCE_STALE") || isDuplicate(error)) {
          // Written by a commit whose answer was lost, or another's by now: read it all again.
          this.#deps.stale([...new Set(rows.map((row) => row.instruction.partition))]);
          return;
        }
        await systemTimers.sleep(RETRY_MS);
      }
    }
    this.#deps.failpoints("OUTCOME_COMMITTED");
    for (const { item } of batch) this.#deps.committed(item);
  }

  #copiedRows(rows: readonly OutcomeRow[]): CopiedRow[] {
    const copied = new Map<string, CopiedRow>();
    for (const { instruction } of rows) {
      const now = this.#deps.copiedOf(instruction);
      if (now === null) continue;
      copied.set(`${instruction.subscriptionId} ${instruction.position}`, {
        partition: instruction.partition,
        fence: instruction.fence,
        copied: now,
      });
    }
    return [...copied.values()];
  }
}

export function isDuplicate(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && (error.code === "23505" || error.code === "LS001")
  );
}

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
