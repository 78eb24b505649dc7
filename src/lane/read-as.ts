/** What the broker's answer means to the lane. */
import type { Outcome } from "../domain/instruction.ts";
import type { Protections } from "../platform/protections.ts";

/** Without its protection an unknown outcome is taken for a refusal, and sent again. */
export function readAs(outcome: Outcome, protections: Protections): Outcome {
  if (outcome.status !== "unknown" || protections("unknown-is-not-rejected")) return outcome;
  return { ...outcome, status: "rejected", code: "NEVER_ARRIVED" };
}
