/**
 * The replay's time: a clock that moves only when it is told to, and sleepers that wake when it
 * passes their hour. Sleepers of one instant wake in the order in which they went to sleep.
 */
import type { Instant } from "../domain/instant.ts";
import type { Clock, Timers } from "../platform/clock.ts";

type Sleeper = { readonly at: Instant; readonly number: number; readonly wake: () => void };

export class SimulatedTime implements Clock, Timers {
  #now: Instant;
  #sleepers: Sleeper[] = [];
  #number = 0;

  readonly #onSleep: () => void;

  constructor(start: Instant, onSleep: () => void = () => {}) {
    this.#now = start;
    this.#onSleep = onSleep;
  }

  now(): Instant {
    return this.#now;
  }

  /** How many sleep. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** When the next of them wakes, or Infinity. */
  get nextAt(): Instant {
    return this.#sleepers[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  sleep(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((wake) => {
      this.#number += 1;
      this.#sleepers.push({ at: this.#now + ms, number: this.#number, wake });
      this.#sleepers.sort((a, b) => a.at - b.at || a.number - b.number);
      this.#onSleep();
    });
  }

  /** Moves forward without waking anyone. */
  moveTo(at: Instant): void {
    if (at > this.#now) this.#now = at;
  }

  /** Moves to the next sleeper's hour and wakes it. */
  wakeNext(): void {
    const sleeper = this.#sleepers.shift();
    if (sleeper === undefined) return;
    this.moveTo(sleeper.at);
    sleeper.wake();
  }
}
