/** One decision, written short for tables of cases: what differs from the plain case → what comes of it. */
import { formatFixed } from "../domain/fixed.ts";
import { decide } from "../follower/decide.ts";
import type { Decision, FollowerState } from "../follower/decision.ts";
import { followerOf, marketOf, signalOf } from "./follower-builders.ts";

export type DecisionCase = {
  readonly rules?: Record<string, unknown>;
  readonly signal?: Parameters<typeof signalOf>[0];
  readonly follower?: Partial<FollowerState>;
  readonly market?: Parameters<typeof marketOf>[0];
};

export function decided({ rules, signal, follower, market }: DecisionCase): Decision {
  return decide(signalOf(signal), followerOf(rules, follower), marketOf(market));
}

/** The reason, or the volumes of the orders: "0.3 + 0.3". */
export function answerTo(given: DecisionCase): string {
  const { reason, plans } = decided(given);
  return reason ?? plans.map(({ volume }) => formatFixed(volume ?? 0n)).join(" + ");
}
