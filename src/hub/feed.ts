/**
 * Where an account's event stream stands. Events before the first snapshot are kept and judged by
 * its sequence; a hole in the sequence is a gap, and only a snapshot closes it.
 */
import type { GatewayEvent } from "../gateway/gateway.ts";

export type StreamEvent = Extract<GatewayEvent, { type: "event" }>;

const KEPT_MAX = 10_000;

export class Feed {
  #sequence: number | null = null;
  #kept: StreamEvent[] = [];

  /** The event, where it is the next one; null where it is old, kept for later, or shows a gap. */
  take(event: StreamEvent): { readonly event: StreamEvent | null; readonly gap: boolean } {
    if (this.#sequence === null) {
      this.#kept.push(event);
      if (this.#kept.length > KEPT_MAX) this.#kept.shift();
      return { event: null, gap: false };
    }
    if (event.sequence <= this.#sequence) return { event: null, gap: false };
    if (event.sequence > this.#sequence + 1) {
      this.reset();
      this.#kept.push(event);
      return { event: null, gap: true };
    }
    this.#sequence = event.sequence;
    return { event, gap: false };
  }

  /** A snapshot contains everything up to `sequence`; answers the kept events that came after. */
  at(sequence: number): readonly StreamEvent[] {
    const later = this.#kept.filter((event) => event.sequence > sequence);
    this.#kept = [];
    this.#sequence = sequence;
    return later;
  }

  reset(): void {
    this.#sequence = null;
  }
}
