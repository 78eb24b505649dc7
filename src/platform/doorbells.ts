/**
 * The queue as a port. A doorbell says "you have work" to the process that holds a slot, never
 * what the work is: it may ring twice or be lost, and the sweep of the ledger makes up for it.
 */
export interface Doorbells {
  readonly footing: "postgres" | "redis";
  /** Rings the slot's bell; resolves once the queue has it. */
  ring(slot: string): Promise<void>;
  /** Calls `answer` for every bell of the slot until the returned function is awaited. */
  listen(slot: string, answer: () => void): Promise<() => Promise<void>>;
  /** Bells waiting in a slot, for health. */
  depth(slot: string): Promise<number>;
  close(): Promise<void>;
}
