/**
 * When a symbol is traded: hours by weekday on the broker's own clock, which is ahead of UTC by what
 * was measured. Hours begin at `fromMs` and end before `toMs`; those that end at midnight end at a
 * whole day.
 * Invariant: an instant is in a session exactly when its broker's weekday has hours that hold it.
 */
import type { Instant } from "./instant.ts";

export type SessionHours = { readonly fromMs: number; readonly toMs: number };

export type Sessions = {
  /** The broker's clock less UTC. */
  readonly aheadMs: number;
  /** Seven lists, Sunday first. */
  readonly days: readonly (readonly SessionHours[])[];
};

const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday. */
const FIRST_WEEKDAY = 4;

export function isInSession({ aheadMs, days }: Sessions, at: Instant): boolean {
  const local = at + aheadMs;
  const day = Math.floor(local / DAY_MS);
  const weekday = (((day + FIRST_WEEKDAY) % 7) + 7) % 7;
  const time = local - day * DAY_MS;
  return (days[weekday] ?? []).some(({ fromMs, toMs }) => time >= fromMs && time < toMs);
}
