/**
 * Fills the demo's past into its ledger while the hub copies: a few milliseconds at a time, in
 * batches, once the first live copies can be seen.
 * Invariants: what was begun is played with the same seed and end after a restart, and rows that are
 * there already stay as they are; it is marked as filled only when all of it is.
 */
import type { Instant } from "../../domain/instant.ts";
import type { Timers } from "../../platform/clock.ts";
import type { SavedHistory } from "../home.ts";
import { type PastRows, playHistory } from "./play.ts";

export interface HistoryRecords {
  recordDeals(tenantId: string, deals: PastRows["deals"]): Promise<void>;
  recordEquity(tenantId: string, points: PastRows["points"]): Promise<void>;
  recordCash(tenantId: string, list: PastRows["cash"]): Promise<void>;
}

export type FillOptions = {
  readonly tenantId: string;
  readonly home: {
    history(): SavedHistory | null;
    saveHistory(history: SavedHistory): void;
  };
  readonly records: HistoryRecords;
  /** Of a history that was not begun yet. */
  readonly seed: number;
  readonly endsAt: Instant;
  readonly from?: Instant;
  readonly timers: Timers;
  readonly monotonicMs: () => number;
  readonly signal: AbortSignal;
};

/** Copying waits for no more than this. */
const SLICE_MS = 4;
const PAUSE_MS = 12;
const BATCH_ROWS = 300;

/** Whether the ledger has all of it in the end; false where `signal` ended it before. */
export async function fillHistory(options: FillOptions): Promise<boolean> {
  const { home, timers, monotonicMs, signal, from } = options;
  const { seed, endsAt } = options;
  const begun = home.history() ?? { seed, endsAt, isFilled: false };
  if (begun.isFilled) return true;
  home.saveHistory(begun);
  const rows = new Batch(options);
  let until = monotonicMs() + SLICE_MS;
  const played = playHistory({ ...begun, ...(from === undefined ? {} : { from }) });
  for (const hour of played) {
    rows.add(hour);
    if (rows.isFull) await rows.write();
    if (monotonicMs() < until) continue;
    if (signal.aborted) return false;
    await timers.sleep(PAUSE_MS);
    until = monotonicMs() + SLICE_MS;
  }
  await rows.write();
  home.saveHistory({ ...begun, isFilled: true });
  return true;
}

class Batch {
  readonly #options: Pick<FillOptions, "tenantId" | "records">;
  #deals: PastRows["deals"][number][] = [];
  #points: PastRows["points"][number][] = [];
  #cash: PastRows["cash"][number][] = [];

  constructor(options: Pick<FillOptions, "tenantId" | "records">) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#deals.length + this.#points.length >= BATCH_ROWS;
  }

  add({ deals, points, cash }: PastRows): void {
    this.#cash.push(...cash);
    this.#deals.push(...deals);
    this.#points.push(...points);
  }

  async write(): Promise<void> {
    const { tenantId, records } = this.#options;
    const [deals, points] = [this.#deals.splice(0), this.#points.splice(0)];
    const cash = this.#cash.splice(0);
    if (deals.length > 0) await records.recordDeals(tenantId, deals);
    if (points.length > 0) await records.recordEquity(tenantId, points);
    if (cash.length > 0) await records.recordCash(tenantId, cash);
  }
}
