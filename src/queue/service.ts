/**
 * From committed signals to rung doorbells. A commit rings the other owners at once; the outbox row
 * is cleared only after that, by the sweep, which also rings for rows that a dead process left.
 * Invariant: a row is never cleared before every other owner's bell was rung for it.
 */
import type { Doorbells } from "../platform/doorbells.ts";
import type { Failpoints } from "../platform/failpoints.ts";
import type { Protections } from "../platform/protections.ts";
import type { OutboxRow, OutboxStore } from "./store.ts";

const SWEEP_ROWS = 1_000;

export type RelayDeps = {
  readonly store: OutboxStore;
  readonly doorbells: Doorbells;
  readonly failpoints: Failpoints;
  readonly protections: Protections;
  /** The doorbells of the other live owners. */
  otherSlots(): readonly string[];
  fault(error: unknown, doing: string): void;
};

export class Relay {
  readonly #deps: RelayDeps;
  /** The highest sequence of each master for which all bells were rung. */
  readonly #rung = new Map<string, number>();

  constructor(deps: RelayDeps) {
    this.#deps = deps;
  }

  /** Rings for freshly committed signals; what fails is left to the sweep. */
  async committed(masterId: string, sequence: number): Promise<void> {
    try {
      await this.#ring();
      this.#rung.set(masterId, Math.max(sequence, this.#rung.get(masterId) ?? 0));
    } catch (error) {
      this.#deps.fault(error, "ringing doorbells");
    }
  }

  /** Clears what was rung for, and rings for what was not. Answers how many rows were late. */
  async sweep(tenantId: string): Promise<number> {
    const rows = await this.#deps.store.pending(tenantId, SWEEP_ROWS);
    if (rows.length === 0) return 0;
    const { protections } = this.#deps;
    if (!protections("rung-before-cleared")) await this.#clear(tenantId, rows);
    const late = rows.filter((row) => row.sequence > (this.#rung.get(row.masterId) ?? 0));
    if (late.length > 0 && protections("late-rows-are-rung")) await this.#ring();
    this.#deps.failpoints("DOORBELL_RUNG");
    if (protections("rung-before-cleared")) await this.#clear(tenantId, rows);
    return late.length;
  }

  async #clear(tenantId: string, rows: readonly OutboxRow[]): Promise<void> {
    const ids = rows.map((row) => row.id);
    await this.#deps.store.clear(tenantId, ids);
  }

  async #ring(): Promise<void> {
    await Promise.all(this.#deps.otherSlots().map((slot) => this.#deps.doorbells.ring(slot)));
  }
}
