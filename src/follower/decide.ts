/**
 * The answer to one signal for one follower: copy, with the orders and each step that led to them,
 * or skip, with a reason of the closed list. Pure: the same signal, follower and market give the
 * same decision, and nothing here reads a clock.
 * First the mode: a stopped subscription decides nothing (PAUSED, should it be asked), a monitoring
 * one decides everything and turns each copy into MONITOR; so does RESTORED with what happened before
 * the ledger was restored from a backup. Then opens and increases go through
 * every check of open.ts in the order given there; closes, reductions and stop changes go to
 * follow.ts and pass all of them. What becomes of a pending order itself is PENDING_EXCLUDED: it is
 * copied when it fills, or not at all.
 */
import type { Instant } from "../domain/instant.ts";
import { isOfOrder, type Signal } from "../master/signal.ts";
import { outlived, skip, watched } from "./answer.ts";
import type { Decision, FollowerState, Market } from "./decision.ts";
import { decideFollow } from "./follow.ts";
import { stricterMode } from "./mode.ts";
import { decideOpen } from "./open.ts";
import { viewSignal } from "./view.ts";

/**
 * Decides one signal for many followers at one broker: what does not depend on the follower is
 * worked out once. Use it for one batch only: it remembers quotes and rates.
 */
export function decider(signal: Signal, market: Market): (follower: FollowerState) => Decision {
  const view = viewSignal(signal, market);
  return (follower) => {
    const mode = stricterMode(follower.mode, follower.rules.mode);
    if (mode === "stopped") return skip("PAUSED", [{ step: "subscription", mode }]);
    if (isOfOrder(signal)) {
      const { pendingOrders } = follower.rules;
      return skip("PENDING_EXCLUDED", [{ step: "pending", pendingOrders }]);
    }
    const { laterStops } = follower;
    const seen = laterStops === null ? view : viewSignal({ ...signal, ...laterStops }, market);
    const decision = view.opens ? decideOpen(seen, follower, mode) : decideFollow(view, follower);
    if (mode === "monitor") return watched(decision);
    return happenedAt(signal) <= (follower.restoredAt ?? 0) ? outlived(decision) : decision;
  };
}

/** On the hub's clock, whatever the broker's shows. */
const happenedAt = ({ receivedAt, ageAtReceiptMs }: Signal): Instant => receivedAt - ageAtReceiptMs;

export function decide(signal: Signal, follower: FollowerState, market: Market): Decision {
  return decider(signal, market)(follower);
}
