/**
 * How far the hub's clock is ahead of a trade server's, from messages that bear the server's time.
 * The sample with the shortest way there and back is the best one; a better one replaces the
 * standing offset only where it differs noticeably, so that times do not jitter.
 */
import type { Instant } from "../../domain/instant.ts";

/** The way of a message that nobody asked for is not known. */
const UNKNOWN_WAY_MS = 60_000;
const NOTICEABLE_MS = 50;
const SAMPLES = 16;

export class ClockOffset {
  #offsetMs: number | null = null;
  #wayMs = Number.POSITIVE_INFINITY;
  #age = 0;

  /** To be added to the server's times. */
  get ms(): number {
    return this.#offsetMs ?? 0;
  }

  get wayMs(): number {
    return this.#wayMs;
  }

  unasked(server: Instant, now: Instant): void {
    if (this.#offsetMs === null) this.#take(now - server, UNKNOWN_WAY_MS);
  }

  answered(server: Instant, asked: Instant, now: Instant): void {
    const wayMs = now - asked;
    if (wayMs < 0) return;
    this.#age += 1;
    // A sample grows old, since clocks drift and servers change to summer time.
    if (wayMs <= this.#wayMs || this.#age >= SAMPLES) {
      this.#take(Math.round(asked + wayMs / 2 - server), wayMs);
    }
  }

  #take(offsetMs: number, wayMs: number): void {
    this.#age = 0;
    this.#wayMs = wayMs;
    if (this.#offsetMs === null || Math.abs(offsetMs - this.#offsetMs) >= NOTICEABLE_MS) {
      this.#offsetMs = offsetMs;
    }
  }
}
