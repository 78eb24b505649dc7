/**
 * The answer to one signal for one follower: copy, with the orders and each step that led to them,
 * or skip, with a reason of the closed list. Pure: the same signal, follower and market give the
 * same decision, and nothing here reads a clock.
 * First the mode: a stopped subscription decides nothing (PAUSED, should it be asked), a monitoring
 * one decides everything and turns each copy into MONITOR; so does RESTORED with what happened before
 * the ledger was restored from a backup. Then opens and increases go through
 * every check of open.ts in the order given there; closes, reductions and stop changes go to
 * follow.ts and pass all of them. What becomes of a pending order itself is for mirror.ts, and a deal
 * that fills one which the follower mirrors for mirror-fill.ts, before anything is opened for it.
 */
import type { Instant } from "../domain/instant.ts";
import { isOfOrder, type Signal } from "../master/signal.ts";
import { outlived, skip, watched } from "./answer.ts";
import type { Decision, FollowerState, Market } from "./decision.ts";
import { decideFollow } from "./follow.ts";
import { decideOrder } from "./mirror.ts";
import { answeredByMirror } from "./mirror-fill.ts";
import { type SubscriptionMode, stricterMode } from "./mode.ts";
import { decideOpen } from "./open.ts";
import { viewSignal } from "./view.ts";

/**
 * Decides one signal for many followers at one broker: what does not depend on the follower is
 * worked out once. Use it for one batch only: it remembers quotes and rates.
 */
export function decider(signal: Signal, market: Market): (follower: FollowerState) => Decision {
  const view = viewSignal(signal, market);
  const decideIn = (mode: SubscriptionMode, follower: FollowerState): Decision => {
    if (isOfOrder(signal)) return decideOrder(view, follower, mode);
    if (!view.opens) return decideFollow(view, follower);
    const { laterStops } = follower;
    const seen = laterStops === null ? view : viewSignal({ ...signal, ...laterStops }, market);
    return answeredByMirror(signal, follower) ?? decideOpen(seen, follower, mode);
  };
  return (follower) => {
    const mode = stricterMode(follower.mode, follower.rules.mode);
    if (mode === "stopped") return skip("PAUSED", [{ step: "subscription", mode }]);
    const decision = decideIn(mode, follower);
    if (mode === "monitor") return watched(decision);
    return happenedAt(signal) <= (follower.restoredAt ?? 0) ? outlived(decision) : decision;
  };
}

/** On the hub's clock, whatever the broker's shows. */
const happenedAt = ({ receivedAt, ageAtReceiptMs }: Signal): Instant => receivedAt - ageAtReceiptMs;

export function decide(signal: Signal, follower: FollowerState, market: Market): Decision {
  return decider(signal, market)(follower);
}
