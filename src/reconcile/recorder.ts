/**
 * Collects what brokers report (deals, positions, figures) and writes it in batches, off the order
 * path. What is lost with the process is read again from the broker's history at the next start.
 */
import type { AccountRef } from "../domain/account.ts";
import type { Deal, Position } from "../domain/trade.ts";
import type { ReconcileStore, RecordedDeal, RecordedFigures, RecordedPosition } from "./store.ts";

const BATCH = 1_000;
/** More than this unwritten means that the ledger cannot be reached: the oldest figures go. */
const FIGURES_MAX = 20_000;

export class Recorder {
  readonly #store: ReconcileStore;
  #deals: RecordedDeal[] = [];
  #positions = new Map<string, RecordedPosition>();
  #figures: RecordedFigures[] = [];

  constructor(store: ReconcileStore) {
    this.#store = store;
  }

  get isEmpty(): boolean {
    return this.#deals.length + this.#positions.size + this.#figures.length === 0;
  }

  deal(account: AccountRef, deal: Deal, position: Position | null): void {
    this.#deals.push({ account, deal });
    const { positionId: id, leg } = deal;
    if (deal.entry === "inout")
      this.#set({ account, id, leg: leg - 1, position: null, at: deal.at });
    this.#set({ account, id, leg, position, at: deal.at });
  }

  /** A deal read back from history: what stands after it is left to the snapshot. */
  history(account: AccountRef, deal: Deal): void {
    this.#deals.push({ account, deal });
  }

  position(account: AccountRef, position: Position, at: number): void {
    this.#set({ account, id: position.id, leg: position.leg, position, at });
  }

  figures(point: RecordedFigures): void {
    this.#figures.push(point);
    if (this.#figures.length > FIGURES_MAX) this.#figures.shift();
  }

  /** Writes all that was collected before the call; what fails is kept for the next one. */
  async flush(): Promise<void> {
    while (this.#deals.length > 0) await this.#flushDeals();
    while (this.#positions.size > 0) await this.#flushPositions();
    while (this.#figures.length > 0) await this.#flushFigures();
  }

  #set(one: RecordedPosition): void {
    this.#positions.set(`${one.account.accountId} ${one.id} ${one.leg}`, one);
  }

  async #flushDeals(): Promise<void> {
    const { tenantId, batch } = firstTenant(this.#deals);
    await this.#store.recordDeals(tenantId, batch);
    const written = new Set(batch);
    this.#deals = this.#deals.filter((deal) => !written.has(deal));
  }

  async #flushPositions(): Promise<void> {
    const { tenantId, batch } = firstTenant([...this.#positions.values()]);
    await this.#store.recordPositions(tenantId, batch);
    for (const one of batch) {
      const name = `${one.account.accountId} ${one.id} ${one.leg}`;
      if (this.#positions.get(name) === one) this.#positions.delete(name);
    }
  }

  async #flushFigures(): Promise<void> {
    const { tenantId, batch } = firstTenant(this.#figures);
    await this.#store.recordEquity(tenantId, batch);
    const written = new Set(batch);
    this.#figures = this.#figures.filter((point) => !written.has(point));
  }
}

function firstTenant<T extends { readonly account: AccountRef }>(
  list: readonly T[],
): { readonly tenantId: string; readonly batch: readonly T[] } {
  const tenantId = list[0]?.account.tenantId ?? "";
  return {
    tenantId,
    batch: list.filter((one) => one.account.tenantId === tenantId).slice(0, BATCH),
  };
}
