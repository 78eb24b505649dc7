/**
 * The repeat throttle of a subscription: at most `count` opens in any `windowMs`. An open too many
 * is the mark of a loop (of the master's robot, or of ours), so that it trips: nothing more is
 * opened until a person has looked and re-enables it with a reason.
 * Invariants: never more than `count` opens were admitted in any half-open window (t − windowMs, t];
 * once tripped, none is admitted until re-enabled; time that runs backwards counts as standing still.
 */
import type { Instant } from "../domain/instant.ts";
import type { LimitEvent } from "./limit-event.ts";
import { refuseEmpty } from "./limit-state.ts";

/** As in the rules' JSON: guards.throttle. */
export type Throttle = { readonly count: number; readonly windowMs: number };

export type ThrottleState = {
  /** Admitted opens that may still count, oldest first; at most `count`. */
  readonly opens: readonly Instant[];
  readonly trippedAt: Instant | null;
  readonly events: number;
};

export const INITIAL_THROTTLE: ThrottleState = { opens: [], trippedAt: null, events: 0 };

export type Throttled = {
  readonly state: ThrottleState;
  /** False: the open is refused as THROTTLED. */
  readonly admitted: boolean;
  /** Only at the open that tripped it. */
  readonly event: LimitEvent | null;
};

/** Asks for one open at `at`. */
export function throttleOpen(throttle: Throttle, state: ThrottleState, at: Instant): Throttled {
  if (state.trippedAt !== null) return { state, admitted: false, event: null };
  const now = Math.max(at, state.opens.at(-1) ?? at);
  const opens = state.opens.filter((open) => open > now - throttle.windowMs);
  if (opens.length < throttle.count) {
    return { state: { ...state, opens: [...opens, now] }, admitted: true, event: null };
  }
  const number = state.events + 1;
  const { count, windowMs } = throttle;
  const event: LimitEvent = {
    number,
    kind: "reached",
    from: "clear",
    to: "close-only",
    at: now,
    words: `Open number ${count + 1} within ${windowMs} ms, where ${count} are allowed. Now nothing is opened until somebody re-enables it; closes still follow.`,
    facts: { count: String(count), windowMs: String(windowMs), opens: String(opens.length) },
    by: null,
    reason: null,
  };
  return { state: { opens, trippedAt: now, events: number }, admitted: false, event };
}

/** BAD_INPUT without a person and a reason; of a throttle that has not tripped, null. */
export function reenable(
  state: ThrottleState,
  request: { readonly at: Instant; readonly by: string; readonly reason: string },
): { readonly state: ThrottleState; readonly event: LimitEvent } | null {
  refuseEmpty(request);
  if (state.trippedAt === null) return null;
  const { at, by, reason } = request;
  const number = state.events + 1;
  const event: LimitEvent = {
    number,
    kind: "reset",
    from: "close-only",
    to: "clear",
    at,
    words: `Re-enabled by hand: ${reason}`,
    facts: {},
    by,
    reason,
  };
  // The opens before the trip were looked at by whoever re-enables it.
  return { state: { opens: [], trippedAt: null, events: number }, event };
}
