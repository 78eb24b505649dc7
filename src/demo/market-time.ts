/**
 * The demo's market runs faster than ours and never goes home: so that a minute of watching shows
 * a move, twenty minutes of the price process pass in one, and its hours are folded into the busy
 * ones of London and New York.
 */
import type { Instant } from "../domain/instant.ts";

const SPEED = 20;
const HOUR_MS = 3_600_000;
/** A Wednesday, 08:00 UTC. */
const OPENING: Instant = Date.UTC(2025, 0, 8, 8);
const OPEN_MS = 9 * HOUR_MS;

/** The price process's time after the demo has run for so many milliseconds in all. */
export function marketTime(ranMs: number): Instant {
  return OPENING + ((ranMs * SPEED) % OPEN_MS);
}
