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

  /**
   * A snapshot contains everything up to `sequence`; answers the kept events that came after it, as
   * far as none is missing. Where one is, `standing` stays false: only a later snapshot can tell.
   */
  at(sequence: number): readonly StreamEvent[] {
    const later = this.#kept.filter((event) => event.sequence > sequence);
    const whole = later.filter((event, index) => event.sequence === sequence + 1 + index);
    const complete = whole.length === later.length;
    this.#kept = complete ? [] : later;
    this.#sequence = complete ? sequence + later.length : null;
    return whole;
  }

  /** Whether the stream is known to be whole up to its last event. */
  get standing(): boolean {
    return this.#sequence !== null;
  }

  /** The last event that was taken, or null. */
  get sequence(): number | null {
    return this.#sequence;
  }

  reset(): void {
    this.#sequence = null;
  }
}
