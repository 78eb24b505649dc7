/** Puts closes of all that a subscription holds on its account's lane: for a limit, a kill switch, or a release. */
import type { LedgerInstruction } from "../follower/instruction.ts";
import type { AccountState, Subscription } from "../follower/state.ts";
import { type Only, type StopOutOrigin, stopOut, type Tried } from "../risk/stop-out.ts";
import type { Hub } from "./hub.ts";

/** Does nothing where the account is not armed or not surely ours: it is tried again each second. */
export function closeCopies(
  hub: Hub,
  subscription: Subscription,
  asked: { readonly origin: StopOutOrigin; readonly tried: Tried; readonly only?: Only },
): void {
  const { deps } = hub;
  const { account } = subscription;
  const fence = deps.leases.fence(account.partition);
  if (fence === null || !account.ready) return;
  const planned = stopOut(subscription, { ...asked, fence, now: deps.clock.now() });
  sendOwn(hub, account, planned);
}

/** What the hub does by itself, and no signal asks for. */
export function sendOwn(
  hub: Hub,
  account: AccountState,
  planned: readonly LedgerInstruction[],
): void {
  void hub.deps.activity.during(() => putOnLane(hub, account, planned));
}

/** Whether they are surely in the ledger. */
export async function putOnLane(
  hub: Hub,
  account: AccountState,
  planned: readonly LedgerInstruction[],
): Promise<boolean> {
  if (planned.length === 0) return true;
  const closes = planned.map((one) => ({ ...one, status: hub.lanes.admit(account) }));
  // Unanswered from now on, so that no signal is decided for these positions in between.
  hub.lanes.hold(closes);
  const { deps, lanes, accounts } = hub;
  const isServed = (): boolean => accounts.get(account.account.accountId) === account;
  try {
    await deps.stores.lane.insert(closes);
  } catch (error) {
    hub.fault(error, "closing what a subscription holds");
    if (!isServed()) return false;
    lanes.withdraw(closes);
    // Whether they are in the ledger is not known: whoever reads it next goes on with them.
    hub.stale([account.partition]);
    return false;
  }
  if (isServed()) lanes.submit(closes);
  return true;
}
