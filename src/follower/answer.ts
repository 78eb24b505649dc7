/** The two shapes of a decision, so that every decider fills in the same fields. */
import type { SkipReason } from "../domain/codes.ts";
import type { Decision, Step } from "./decision.ts";
import type { Refusal } from "./refusal.ts";

export type Copy = Omit<Decision, "decision" | "reason">;

export function copy(answer: Copy): Decision {
  return { decision: "copy", reason: null, ...answer };
}

/** What a skip still knows: the size it got to, and the target that changes all the same. */
type Known = Partial<Pick<Decision, "wanted" | "target">>;

export function skip(reason: SkipReason, steps: readonly Step[], known: Known = {}): Decision {
  return {
    decision: "skip",
    reason,
    wanted: known.wanted ?? null,
    volume: 0n,
    steps,
    plans: [],
    target: known.target ?? null,
  };
}

/** The skip that a check asks for, after the steps that led to it. */
export function skipRefused(
  { refused, step }: Refusal,
  before: readonly Step[] = [],
  known: Known = {},
): Decision {
  return skip(refused, [...before, step], known);
}

/** What would have been done, recorded and not sent. */
export function watched(decision: Decision): Decision {
  return withheld(decision, "MONITOR", "monitor");
}

/** What a ledger that was lost since may have done already: reconciling finds out. */
export function outlived(decision: Decision): Decision {
  return withheld(decision, "RESTORED", "restored");
}

function withheld(decision: Decision, reason: SkipReason, step: string): Decision {
  if (decision.decision === "skip") return decision;
  const plans = decision.plans.map(({ kind }) => kind).join(" ");
  return skip(reason, [...decision.steps, { step, plans }], { wanted: decision.wanted });
}
