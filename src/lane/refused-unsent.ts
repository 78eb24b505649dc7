/** Why an instruction that opens something, now or later, is not sent any more; null: it is. */
import type { Instant } from "../domain/instant.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import type { AccountState, Subscription } from "../follower/state.ts";
import type { Protections } from "../platform/protections.ts";
import { endsWithTime } from "./order.ts";

type Context = {
  readonly account: AccountState;
  readonly subscription: Subscription | undefined;
  readonly now: Instant;
  readonly protections: Protections;
};

export function refusedUnsent(
  instruction: LedgerInstruction,
  { account, subscription, now, protections }: Context,
): "KILLED" | "EXPIRED" | null {
  if (!endsWithTime(instruction)) return null;
  // Decided before a switch was engaged, and not sent yet.
  const isKilled = account.killed || subscription?.killed === true;
  if (isKilled && protections("kill-at-the-lane")) return "KILLED";
  const { validUntil } = instruction;
  const isLate = validUntil !== null && now > validUntil;
  return isLate && protections("open-expires-in-the-lane") ? "EXPIRED" : null;
}
