/** Whether a subscription opens anything at all now, and this position in particular. */
import type { SkipReason } from "../domain/codes.ts";
import type { CopiedPosition, FollowerState, Step } from "./decision.ts";
import type { SubscriptionMode } from "./mode.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { SignalView } from "./view.ts";

export function refuseSubscription(
  { signal }: SignalView,
  follower: FollowerState,
  mode: SubscriptionMode,
): Refusal | null {
  if (mode === "paused") return refuse("PAUSED", step("mode"));
  if (mode === "close-only") return refuse("CLOSE_ONLY", step("mode"));
  if (follower.recent.tripped) return refuse("THROTTLED", step("throttle"));
  if (follower.account.accountId === signal.masterId) return refuse("CIRCULAR", step("account"));
  if (signal.existing && follower.rules.copyExisting === "none") {
    return refuse("EXISTING", step("position"));
  }
  if (follower.killed) return refuse("KILLED", step("kill"));
  if (follower.barred !== null) return refuse(follower.barred, step("bar"));
  const earlier = refuseEarlier(signal.kind, follower.copied);
  return earlier === null
    ? null
    : refuse(earlier, { step: "subscription", copied: follower.copied?.state ?? "none" });
}

const step = (fact: string): Step => ({ step: "subscription", fact });

/** A position is opened once; an increase adds to it unless the follower's side has ended it. */
function refuseEarlier(kind: string, copied: CopiedPosition | null): SkipReason | null {
  if (copied === null || copied.state === "never-opened") return null;
  if (copied.state === "detached" || copied.state === "stopped-out") return "DETACHED";
  return kind === "open" ? "DUPLICATE" : null;
}
