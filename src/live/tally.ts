/**
 * What became of all the signals in numbers, and how long copies took: counted as it happens, from
 * where the ledger's last stretch left off. Latencies are of the last 500 copies.
 */
import type { LiveAnswer } from "../portal/live.ts";

export type Counts = {
  readonly signals: number;
  readonly copied: number;
  readonly skipped: number;
  readonly rejected: number;
};

const LATENCIES_MAX = 500;
const P50 = 0.5;
const P95 = 0.95;

export class Tally {
  #counts: Counts = { signals: 0, copied: 0, skipped: 0, rejected: 0 };
  readonly #latencies: number[] = [];
  #next = 0;

  get counts(): Counts {
    return this.#counts;
  }

  beginAt(counts: Counts): void {
    this.#counts = counts;
  }

  signal(): void {
    this.#counts = { ...this.#counts, signals: this.#counts.signals + 1 };
  }

  skipped(): void {
    this.#counts = { ...this.#counts, skipped: this.#counts.skipped + 1 };
  }

  /** A copy that has come to its end, whichever. */
  copied({ outcome, latencyMs }: LiveAnswer): void {
    const counts = this.#counts;
    this.#counts =
      outcome === "rejected"
        ? { ...counts, rejected: counts.rejected + 1 }
        : { ...counts, copied: counts.copied + 1 };
    this.latency(latencyMs);
  }

  latency(ms: number | null): void {
    if (ms === null) return;
    this.#latencies[this.#next] = ms;
    this.#next = (this.#next + 1) % LATENCIES_MAX;
  }

  /** Milliseconds; null before the first copy. */
  get percentiles(): { readonly p50: number | null; readonly p95: number | null } {
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    return { p50: rank(sorted, P50), p95: rank(sorted, P95) };
  }
}

/** The nearest rank: the least value that at least this share does not exceed. */
function rank(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}
