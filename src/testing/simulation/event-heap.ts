/**
 * Simulated time: events in the order of their instants, and of their making within one. Whatever
 * the code under test awaits is settled by an event, so one seed gives one history.
 */
import { type Random, seededRandom } from "../../platform/random.ts";

type Event = { readonly at: number; readonly number: number; readonly run: () => void };

/** Turns of the real loop that code may take between two events (it hands over to itself by these). */
const TURNS = 2;

export class EventHeap {
  readonly random: Random;
  readonly #heap: Event[] = [];
  #made = 0;
  /** Milliseconds since the run began. */
  now = 0;
  /** How many events have happened. */
  events = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  after(ms: number, run: () => void): void {
    const heap = this.#heap;
    const event = { at: this.now + Math.max(0, ms), number: this.#made, run };
    this.#made += 1;
    let place = heap.push(event) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, event)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = event;
  }

  /** Until that instant, or until nothing is left to happen. */
  async run(until: number): Promise<void> {
    for (let next = this.#heap[0]; next !== undefined && next.at <= until; next = this.#heap[0]) {
      this.#pop();
      this.now = next.at;
      this.events += 1;
      next.run();
      for (let turn = 0; turn < TURNS; turn += 1) await nextTurn();
    }
    this.now = Math.max(this.now, until);
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const least = isRight ? right : left;
      if (isBefore(last, least)) break;
      heap[place] = least;
      place = 2 * place + (isRight ? 2 : 1);
    }
    heap[place] = last;
  }

  /** True in so many of a million. */
  chance(ppm: number): boolean {
    return this.random.next() * 1_000_000 < ppm;
  }

  between(from: number, to: number): number {
    return from + Math.floor(this.random.next() * (to - from + 1));
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.between(0, list.length - 1)];
    if (found === undefined) throw new RangeError("nothing to pick from");
    return found;
  }
}

const isBefore = (a: Event, b: Event): boolean =>
  a.at < b.at || (a.at === b.at && a.number < b.number);

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
