/**
 * What people have changed in the ledger since an owner read it: their partitions are read again.
 * A change is seen by its number; numbers that were drawn before and committed after are looked for
 * a while longer.
 */
import type { Hub } from "./hub.ts";
import type { Change } from "./store.ts";

/** A transaction that drew a number commits within this many turns. */
const LATE_TURNS = 10;
/** So many numbers below the newest are looked at again. */
const KEPT = 50;

export class ChangeWatch {
  readonly #hub: Hub;
  readonly #seen = new Map<number, number>();
  #floor = 0;
  #turn = 0;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** What is read from now on is as new as what this has seen: to be called before the first turn. */
  async begin(): Promise<void> {
    for (const { number } of await this.#read(null)) this.#seen.set(number, this.#turn);
    this.#floor = Math.max(0, ...this.#seen.keys()) - KEPT;
  }

  async sweep(): Promise<void> {
    this.#turn += 1;
    const fresh = (await this.#read(this.#floor)).filter(({ number }) => !this.#seen.has(number));
    for (const { number } of fresh) this.#seen.set(number, this.#turn);
    this.#forget();
    if (fresh.length === 0) return;
    const own = new Set(this.#hub.deps.leases.partitions);
    const partitions = [...new Set(fresh.map(({ partition }) => partition))];
    await this.#hub.reload(partitions.filter((partition) => own.has(partition)));
  }

  #read(after: number | null): Promise<readonly Change[]> {
    return this.#hub.deps.stores.hub.changesAfter(after);
  }

  #forget(): void {
    for (const [number, turn] of this.#seen) {
      if (this.#turn - turn >= LATE_TURNS) this.#floor = Math.max(this.#floor, number - KEPT);
    }
    for (const number of this.#seen.keys()) if (number <= this.#floor) this.#seen.delete(number);
  }
}
