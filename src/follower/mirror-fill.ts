/**
 * A deal of the master that fills a pending order which the follower has mirrored. What the
 * follower's own order has filled is taken over by the master's position, and never opened a second
 * time; what its own hand or stop has ended is not opened again. Anything else (the order was
 * cancelled before it filled, it ran out, what it filled alone was closed) is an ordinary open.
 * The caller lets none be decided while the follower's order stands (turn.ts).
 */
import { formatFixed } from "../domain/fixed.ts";
import type { Signal } from "../master/signal.ts";
import { skip } from "./answer.ts";
import type { Decision, FollowerState } from "./decision.ts";
import { isMirror } from "./mirrored.ts";
import { heldVolume } from "./reduce.ts";

/** Null where it is to be decided like any open. */
export function answeredByMirror({ position }: Signal, follower: FollowerState): Decision | null {
  const { mirror, copied } = follower;
  if (!isMirror(mirror)) return null;
  const { order, state, holdings } = mirror;
  const held = formatFixed(heldVolume(holdings));
  const facts = { placed: formatFixed(order.volume), filled: formatFixed(order.filled) };
  const step = { step: "mirrored", copied: state, ...facts };
  if (state === "detached" || state === "stopped-out") return skip("DETACHED", [step]);
  if (holdings.length > 0) return skip("MIRRORED", [{ ...step, held }]);
  const isRest = order.linked === position && copied?.state === "open";
  return isRest ? skip("MIRRORED", [{ ...step, rest: "true" }]) : null;
}
