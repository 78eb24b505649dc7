/** What an outcome made of its copied position, in the owner's memory. */
import type { Outcome } from "../domain/instruction.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import { afterOutcome } from "../follower/outcome.ts";
import { decidedThrough } from "../follower/state.ts";
import type { LaneDeps } from "./ports.ts";

export function remember(
  instruction: LedgerInstruction,
  outcome: Outcome,
  deps: Pick<LaneDeps, "account" | "subscription">,
): void {
  const subscription = deps.subscription(instruction.subscriptionId);
  const copied = subscription?.copied.get(instruction.position) ?? null;
  const mode = deps.account(instruction.account.accountId)?.positionMode;
  const after = afterOutcome(copied, instruction, outcome, mode);
  if (after === null || subscription === undefined) return;
  const through = copied?.through ?? decidedThrough(subscription, instruction.position);
  subscription.copied.set(instruction.position, { ...after, through });
}
