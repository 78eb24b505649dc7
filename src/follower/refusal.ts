/** A check that says no: the closed reason, and the numbers it was decided by. */
import type { SkipReason } from "../domain/codes.ts";
import type { Step } from "./decision.ts";

export type Refusal = { readonly refused: SkipReason; readonly step: Step };

export function refuse(refused: SkipReason, step: Step): Refusal {
  return { refused, step };
}

export function isRefusal<T extends object>(answer: T | Refusal): answer is Refusal {
  return "refused" in answer;
}
