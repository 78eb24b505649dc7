/**
 * The repeat throttle: at most `count` opens within any `windowMs`. One more is the mark of a loop,
 * so that it trips: the decision says so, and nothing is opened until somebody enables it again.
 */
import type { FollowerState } from "./decision.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { SignalView } from "./view.ts";

export function refuseThrottled(
  view: SignalView,
  { rules, recent }: FollowerState,
): Refusal | null {
  const { now } = view.market;
  for (const { count, windowMs } of rules.guards.throttle) {
    const opens = recent.opens.filter((at) => at > now - windowMs).length;
    if (opens < count) continue;
    return refuse("THROTTLED", {
      step: "throttle",
      opens: String(opens),
      count: String(count),
      windowMs: String(windowMs),
      trips: "yes",
    });
  }
  return null;
}
