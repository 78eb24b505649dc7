/**
 * What a hub counts of its own running, for /readyz and /metrics. Plain numbers that only rise and
 * moments on the monotonic clock; whoever shows them works out the rest.
 */
export class Tally {
  /** Partitions taken, each with a new fence. */
  takeOvers = 0;
  /** Signals that no commit here and no doorbell told of, found by looking at the ledger. */
  sweptSignals = 0;
  /** Outbox rows for which the bells were rung late, by the sweep. */
  rungLate = 0;
  faults = 0;
  /** The last turn of the leases that came through; null before the first. */
  turnedAtMs: number | null = null;
  /** When each broker was last heard of, by its id. */
  readonly heardAtMs = new Map<string, number>();
}
