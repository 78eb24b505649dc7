/** Realigning on demand: plans the way back from one divergence and puts it on the account's lane. */
import { LockstepError } from "../domain/errors.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import { planRealign } from "../reconcile/realign.ts";
import type { Hub } from "./hub.ts";

export type Realigned =
  | { readonly done: true; readonly instruction: LedgerInstruction }
  | { readonly done: false; readonly why: string };

/** NOT_FOUND where the divergence is not open here; FENCE_STALE where another process owns it. */
export async function realign(hub: Hub, divergenceId: string): Promise<Realigned> {
  const divergence = hub.reconciler.divergences.find((one) => one.id === divergenceId);
  const subscription = hub.followers.registry.byId.get(divergence?.subscriptionId ?? "");
  if (divergence === undefined || subscription === undefined) {
    throw new LockstepError("NOT_FOUND", {
      divergenceId,
      expected: "an open divergence of a copy",
    });
  }
  const { account, masterId, tenantId } = subscription;
  const fence = hub.deps.leases.fence(account.partition);
  if (fence === null) throw new LockstepError("FENCE_STALE", { partition: account.partition });
  if (account.unresolved.size > 0) return { done: false, why: "the account is busy: try again" };
  // The master's partition may be another process's: the ledger knows its positions as well.
  const ref = { tenantId, accountId: masterId, brokerId: "", login: "" };
  const book = hub.watchers.get(masterId)?.book ?? (await hub.deps.stores.master.loadBook(ref));
  const plan = planRealign(divergence, {
    subscription,
    master: book.positions.get(divergence.position) ?? null,
    symbol: divergence.symbol,
    fence,
    now: hub.deps.clock.now(),
  });
  if (!plan.possible) return { done: false, why: plan.why };
  const isServed = (): boolean => hub.accounts.get(account.account.accountId) === account;
  // The ledger was asked in between.
  if (!isServed() || account.unresolved.size > 0) {
    return { done: false, why: "the account is busy: try again" };
  }
  const instruction = { ...plan.instruction, status: hub.lanes.admit(account) };
  try {
    await hub.deps.stores.lane.insert([instruction]);
  } catch (error) {
    if (isServed()) hub.lanes.withdraw([instruction]);
    throw error;
  }
  // Read again meanwhile, it was found in the ledger, and is under way.
  if (isServed()) hub.lanes.submit([instruction]);
  return { done: true, instruction };
}
