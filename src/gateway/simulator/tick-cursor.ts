/**
 * Several tick series as one stream: at each millisecond that has quotes, all of them.
 * Invariants: time rises strictly, every quote of every series comes exactly once, and within
 * one instant the series come in their given order. Nothing is allocated per tick.
 */
import type { Fixed } from "../../domain/fixed.ts";
import type { Instant } from "../../domain/instant.ts";
import type { TickSeries } from "./tick-file.ts";

/** Stands before the first instant until `advance` is called. */
export class TickCursor {
  /** The instant of the present group. */
  at: Instant = Number.NEGATIVE_INFINITY;
  /** Quotes in the present group: indexes 0 to count - 1 below. */
  count = 0;
  /** The instant of the next group, or Infinity. */
  nextAt: Instant;
  private readonly series: readonly TickSeries[];
  private readonly next: Int32Array;
  private readonly members: Int32Array;

  constructor(series: readonly TickSeries[]) {
    this.series = series;
    this.next = new Int32Array(series.length);
    this.members = new Int32Array(series.length);
    this.nextAt = this.earliest();
  }

  /** Moves to the next instant; false when there is none. */
  advance(): boolean {
    if (this.nextAt === Number.POSITIVE_INFINITY) return false;
    this.at = this.nextAt;
    this.count = 0;
    for (let index = 0; index < this.series.length; index += 1) {
      const position = this.next[index] ?? 0;
      if (this.series[index]?.times[position] !== this.at) continue;
      this.members[this.count] = index;
      this.next[index] = position + 1;
      this.count += 1;
    }
    this.nextAt = this.earliest();
    return true;
  }

  /** Which of the given series the group's quote `index` belongs to. */
  seriesIndex(index: number): number {
    return this.members[index] ?? -1;
  }

  symbol(index: number): string {
    return this.series[this.seriesIndex(index)]?.symbol ?? "";
  }

  /** The bid as an integer of 1e-8. */
  bidUnits(index: number): number {
    const series = this.seriesIndex(index);
    return this.series[series]?.bids[(this.next[series] ?? 0) - 1] ?? Number.NaN;
  }

  /** The ask as an integer of 1e-8. */
  askUnits(index: number): number {
    const series = this.seriesIndex(index);
    return this.series[series]?.asks[(this.next[series] ?? 0) - 1] ?? Number.NaN;
  }

  bid(index: number): Fixed {
    return BigInt(this.bidUnits(index));
  }

  ask(index: number): Fixed {
    return BigInt(this.askUnits(index));
  }

  /** The cursor itself, at each group in turn: read it before taking the next. */
  *[Symbol.iterator](): Generator<TickCursor, void, undefined> {
    while (this.advance()) yield this;
  }

  private earliest(): Instant {
    let earliest = Number.POSITIVE_INFINITY;
    for (let index = 0; index < this.series.length; index += 1) {
      const at = this.series[index]?.times[this.next[index] ?? 0];
      if (at !== undefined && at < earliest) earliest = at;
    }
    return earliest;
  }
}

export function mergeTicks(series: readonly TickSeries[]): TickCursor {
  return new TickCursor(series);
}
