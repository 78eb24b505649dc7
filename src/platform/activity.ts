/**
 * Counts what the hub has under way, so that a caller can wait until nothing is. A unit of work
 * that sleeps on simulated time still counts; the caller says how many sleepers it allows.
 */
export class Activity {
  #count = 0;
  #waiters: Array<() => void> = [];

  get count(): number {
    return this.#count;
  }

  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  /** Counts `work` from now until it settles. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.begin();
    try {
      return await work();
    } finally {
      this.end();
    }
  }

  /** Resolves when no more is under way than `sleeping()` units that wait for simulated time. */
  async quiet(sleeping: () => number = () => 0): Promise<void> {
    while (this.#count > sleeping()) {
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#waiters.push(resolve);
        }),
        // A unit may also have gone to sleep, which no end() tells of.
        new Promise<void>((resolve) => {
          setImmediate(resolve);
        }),
      ]);
    }
  }
}
