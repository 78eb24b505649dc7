/**
 * Counts what the hub has under way, so that a caller can wait until nothing is. A unit of work
 * that sleeps on simulated time still counts; the caller says how many sleepers it allows, and whoever
 * puts one to sleep calls wake().
 */
export class Activity {
  #count = 0;
  #changed: Promise<void> | null = null;
  #tell: () => void = () => {};

  get count(): number {
    return this.#count;
  }

  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    this.wake();
  }

  /** A unit went to sleep: whoever waits for quiet counts again. */
  wake(): void {
    this.#changed = null;
    this.#tell();
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

  /**
   * Resolves when no more is under way than `sleeping()` units that wait for simulated time. Looks
   * again a turn later: one unit may hand over to the next between two counts.
   */
  async quiet(sleeping: () => number = () => 0): Promise<void> {
    for (let calm = 0; calm < 2; ) {
      if (this.#count > sleeping()) {
        calm = 0;
        this.#changed ??= new Promise((resolve) => {
          this.#tell = resolve;
        });
        await this.#changed;
      } else {
        calm += 1;
        await nextTurn();
      }
    }
  }
}

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
