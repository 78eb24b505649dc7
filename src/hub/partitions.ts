/**
 * The partitions a hub holds: taken and renewed by lease, read into memory, and given up.
 * Invariants: one turn and one reading at a time; a renewal never waits for a reading; what could
 * not be read, or can no longer be trusted, is dropped whole and read again at the next turn.
 */
import type { Hub } from "./hub.ts";
import { busyPartitions } from "./memory.ts";

export class Partitions {
  readonly #hub: Hub;
  readonly #take: (partitions: readonly number[]) => Promise<void>;
  readonly #stale = new Set<number>();
  /** Held and not (wholly) in memory yet. */
  readonly #unread = new Set<number>();
  readonly #reading = new Set<number>();
  #settled: { at: Date; ms: number; quiet: ReadonlySet<number> } | null = null;
  #turning: Promise<unknown> = Promise.resolve();
  #taking: Promise<void> = Promise.resolve();

  constructor(hub: Hub, take: (partitions: readonly number[]) => Promise<void>) {
    this.#hub = hub;
    this.#take = take;
  }

  /** Their memory can no longer be trusted. */
  mark(partitions: readonly number[]): void {
    for (const partition of partitions) this.#stale.add(partition);
  }

  /** One turn of the leases, never two at once; resolves once what it took is in memory. */
  turn(): Promise<void> {
    const turned = this.#turning.then(
      () => this.#turn(),
      () => this.#turn(),
    );
    this.#turning = turned;
    return turned.then(() => this.#readWhatIsMissing());
  }

  /** A turn that does not wait for what is being read: the next renewal must not be late. */
  async keep(): Promise<void> {
    const turned = this.turn();
    turned.catch((error: unknown) => this.#hub.fault(error, "taking partitions over"));
    await this.#turning.catch(() => {});
  }

  /** Renews and takes leases, and forgets what is lost, given up or no longer to be trusted. */
  async #turn(): Promise<void> {
    if (this.#hub.stopped) return;
    const settled = new Map<number, Date>();
    const quiet = this.#quiet();
    if (this.#settled !== null && this.#hasSwept(this.#settled.ms)) {
      // Quiet at the last turn and quiet now: everything committed before the last turn has ended,
      // also what was committed by a write whose answer was lost, since a sweep has looked between.
      for (const p of quiet) if (this.#settled.quiet.has(p)) settled.set(p, this.#settled.at);
    }
    const { leases, monotonicMs } = this.#hub.deps;
    const turn = await leases.turn(settled);
    const { tally } = this.#hub;
    const ms = monotonicMs();
    tally.turnedAtMs = ms;
    tally.takeOvers += turn.taken.length;
    this.#settled = { at: turn.at, ms, quiet };
    const given = [...this.#quiet()].slice(0, turn.surplus.length);
    for (const { partition } of turn.taken) this.#unread.add(partition);
    for (const partition of this.#stale) this.#unread.add(partition);
    this.#hub.drop(new Set([...turn.lost, ...this.#stale, ...given]));
    this.#stale.clear();
    if (given.length > 0) await leases.release(given);
    const held = new Set(leases.partitions);
    for (const partition of this.#unread) if (!held.has(partition)) this.#unread.delete(partition);
  }

  /** Whether a look at all signals began after that. */
  #hasSwept(ms: number): boolean {
    const { sweptAtMs, deps } = this.#hub;
    if (!deps.protections("swept-before-settled")) return true;
    return sweptAtMs !== null && sweptAtMs >= ms;
  }

  /** One reading at a time; what fails stays unread for the next turn. */
  #readWhatIsMissing(): Promise<void> {
    const read = async (): Promise<void> => {
      const partitions = [...this.#unread];
      if (partitions.length === 0 || this.#hub.stopped) return;
      this.#unread.clear();
      // Marked until it is in memory, so that it does not count as quiet; dropped if it half was.
      for (const partition of partitions) this.#reading.add(partition);
      this.#hub.drop(new Set(partitions));
      try {
        await this.#take(partitions);
      } catch (error) {
        for (const partition of partitions) this.#unread.add(partition);
        throw error;
      } finally {
        for (const partition of partitions) this.#reading.delete(partition);
      }
    };
    const reading = this.#taking.then(read, read);
    this.#taking = reading.catch(() => {});
    return reading;
  }

  /** Held, wholly in memory, and with nothing under way or waiting. */
  #quiet(): ReadonlySet<number> {
    const hub = this.#hub;
    const unsure = [...this.#stale, ...this.#unread, ...this.#reading];
    // What is marked as ended is not read again, so what came of it has to be told first.
    if (!hub.reconciler.isWritten) return new Set();
    const busy = busyPartitions(hub.accounts.values(), hub.followers.subscriptions.values());
    const loud = new Set([...unsure, ...busy]);
    return new Set(hub.deps.leases.partitions.filter((partition) => !loud.has(partition)));
  }
}
