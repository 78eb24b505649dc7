/**
 * The way back from a divergence: reckoned with what this owner knows, and put on the account's lane
 * where somebody asks, or the policy does.
 * Invariant: it is reckoned again in the moment in which it is done, and done only where it is still
 * what was looked at.
 */
import { LockstepError } from "../domain/errors.ts";
import { instructionKey, type LedgerInstruction } from "../follower/instruction.ts";
import { deciding } from "../follower/plan.ts";
import type { AccountState, Subscription } from "../follower/state.ts";
import type { BookPosition, MasterBook } from "../master/book.ts";
import type { Signal } from "../master/signal.ts";
import { asFound } from "../reconcile/as-found.ts";
import type { Divergence, DivergenceCause } from "../reconcile/divergence.ts";
import { type Proposal, type ProposedOrder, propose } from "../reconcile/proposal.ts";
import { NOTHING_TRIED, type Tries } from "../reconcile/tries.ts";
import type { Hub } from "./hub.ts";

export type Realigned =
  | { readonly done: true; readonly instructions: readonly LedgerInstruction[] }
  | { readonly done: false; readonly why: string; readonly isBusy: boolean };

const VALID_MS = 60_000;
const CHANGED = "it is no longer what was looked at: look again";
const BY_HAND = "what was closed by hand comes back only where a person has looked at the plan";
const BUSY: Realigned = { done: false, why: "the account is busy: try again", isBusy: true };

const ASKS_AGAIN: ReadonlySet<DivergenceCause> = new Set(["MISSED", "LATE", "SYMBOL"]);

/** Masters' positions as read once, for many divergences. */
export type Books = Map<string, Promise<MasterBook>>;

export type Known = { readonly tries: Tries; readonly books?: Books };

export async function proposalFor(
  hub: Hub,
  divergence: Divergence,
  { tries, books = new Map() }: Known,
): Promise<Proposal> {
  const account = accountOf(hub, divergence);
  const subscription = subscriptionOf(hub, divergence);
  const master =
    subscription === null ? null : await masterOf(hub, subscription, divergence, books);
  const signal =
    subscription === null || master === null || !ASKS_AGAIN.has(divergence.cause)
      ? null
      : await asToldNow(hub, divergence, subscription, master);
  return propose(divergence, {
    copied: subscription?.copied.get(divergence.position) ?? null,
    master,
    market: account.market,
    currency: account.currency,
    positionMode: account.positionMode,
    brought: tries.brought,
    wanted: await refusedStops(hub, divergence),
    decideAgain: () =>
      subscription === null || signal === null ? null : decidedNow(hub, subscription, signal),
  });
}

/**
 * NOT_FOUND where the divergence is not open here; FENCE_STALE where another process owns it. With a
 * digest it is done only where the proposal still is the one that bears it.
 */
export async function realign(
  hub: Hub,
  divergenceId: string,
  digest: string | null = null,
): Promise<Realigned> {
  const divergence = hub.reconciler.open.find(divergenceId);
  if (divergence === undefined) {
    throw new LockstepError("NOT_FOUND", { divergenceId, expected: "an open divergence" });
  }
  if (digest === null && divergence.cause === "CLOSED_BY_HAND") {
    return { done: false, why: BY_HAND, isBusy: false };
  }
  const account = accountOf(hub, divergence);
  const isFree = (): boolean =>
    hub.accounts.get(account.account.accountId) === account &&
    account.ready &&
    account.unresolved.size === 0;
  if (!isFree()) return BUSY;
  // What an earlier way back has brought is in the ledger, also where its process is dead.
  const tries = await triesFor(hub, divergence);
  const proposal = await proposalFor(hub, divergence, { tries });
  if (!proposal.possible) return { done: false, why: proposal.why, isBusy: false };
  if (digest !== null && digest !== proposal.digest) {
    return { done: false, why: CHANGED, isBusy: false };
  }
  const fence = hub.deps.leases.fence(account.partition);
  if (fence === null) throw new LockstepError("FENCE_STALE", { partition: account.partition });
  // The ledger was asked in between.
  if (!isFree() || tries.isOpen || hub.reconciler.open.find(divergenceId) !== divergence) {
    return BUSY;
  }
  settleHoldings(hub, divergence);
  const from = { divergence, account, fence, after: tries.lastSequence };
  return send(hub, account, instructionsOf(hub, from, proposal.orders));
}

/** What the copy holds are the stops before those that the broker refused. */
async function refusedStops(hub: Hub, { tenantId, cause, code, key }: Divergence) {
  if (cause !== "STOPS" || !code || !key) return null;
  return hub.deps.stores.desk.placeOfKey(tenantId, key);
}

async function triesFor(hub: Hub, { tenantId, id }: Divergence): Promise<Tries> {
  return (await hub.deps.stores.desk.tries(tenantId, [id])).get(id) ?? NOTHING_TRIED;
}

/** Where the copy was counted as more than the account holds, it is counted anew. */
export function settleHoldings(hub: Hub, divergence: Divergence): void {
  const subscription = subscriptionOf(hub, divergence);
  const copied = subscription?.copied.get(divergence.position);
  if (subscription === null || copied === undefined) return;
  const settled = asFound(copied, divergence);
  if (settled === copied) return;
  subscription.copied.set(copied.position, settled);
  hub.lanes.changed(subscription.account, [settled]);
}

async function send(
  hub: Hub,
  account: AccountState,
  instructions: readonly LedgerInstruction[],
): Promise<Realigned> {
  const isServed = (): boolean => hub.accounts.get(account.account.accountId) === account;
  // Unanswered from now on, so that no signal is decided for the position in between.
  hub.lanes.hold(instructions);
  hub.reconciler.sent(instructions);
  try {
    await hub.deps.stores.lane.insert(instructions);
  } catch (error) {
    if (isServed()) hub.lanes.withdraw(instructions);
    // Whether they are in the ledger is not known: whoever reads it next goes on with them.
    hub.stale([account.partition]);
    throw error;
  }
  // Read again meanwhile, they were found in the ledger, and are under way.
  if (isServed()) hub.lanes.submit(instructions);
  return { done: true, instructions };
}

type From = {
  readonly divergence: Divergence;
  readonly account: AccountState;
  readonly fence: number;
  /** The last way back's sequence. */
  readonly after: number;
};

function instructionsOf(
  hub: Hub,
  { divergence, account, fence, after }: From,
  orders: readonly ProposedOrder[],
): LedgerInstruction[] {
  const now = hub.deps.clock.now();
  const origin = {
    kind: "realign" as const,
    id: divergence.id,
    sequence: Math.max(Math.floor(now / 1_000), after + 1),
  };
  // An orphan's close stands in the ledger with whichever of the account's subscriptions there is.
  const subscriptionId =
    divergence.subscriptionId ??
    hub.followers.ofAccount(account.account.accountId)[0]?.subscriptionId;
  if (subscriptionId === undefined) {
    throw new LockstepError("NOT_FOUND", { expected: "a subscription of the account" });
  }
  return orders.map((order, index) => ({
    key: instructionKey(origin, subscriptionId, index + 1, 1),
    account: account.account,
    partition: account.partition,
    ...{ fence, origin, subscriptionId },
    // The follower's own order may bear the number of one of the master's.
    position: order.kind === "cancel" ? `stray ${divergence.position}` : divergence.position,
    part: index + 1,
    attempt: 1,
    ...order,
    masterPrice: divergence.masterPrice ?? null,
    status: hub.lanes.admit(account),
    validUntil: order.kind === "open" ? now + VALID_MS : null,
  }));
}

function accountOf(hub: Hub, { accountId }: Divergence): AccountState {
  const account = hub.accounts.get(accountId);
  if (account !== undefined) return account;
  throw new LockstepError("NOT_FOUND", { accountId, expected: "an account that is served here" });
}

const subscriptionOf = (hub: Hub, { subscriptionId }: Divergence): Subscription | null =>
  hub.followers.subscriptions.get(subscriptionId ?? "") ?? null;

/** The master's partition may be another process's: the ledger knows its positions as well. */
export async function masterOf(
  hub: Hub,
  { tenantId, masterId, ended }: Subscription,
  { position }: { readonly position: string },
  books: Books,
): Promise<BookPosition | null> {
  if (ended.has(position)) return null;
  const known = hub.watchers.get(masterId)?.book;
  if (known !== undefined) return known.positions.get(position) ?? null;
  const ref = { tenantId, accountId: masterId, brokerId: "", login: "" };
  let book = books.get(masterId);
  if (book === undefined) {
    book = hub.deps.stores.master.loadBook(ref);
    books.set(masterId, book);
  }
  return (await book).positions.get(position) ?? null;
}

/** The master's position as one open that is told in this moment; null where nobody knows it. */
export async function asToldNow(
  hub: Hub,
  { id, position, masterPrice }: Pick<Divergence, "id" | "position" | "masterPrice">,
  { tenantId, masterId }: Subscription,
  { volume, sequence, stopLoss, takeProfit }: BookPosition,
): Promise<Signal | null> {
  const now = hub.deps.clock.now();
  const [last] = await hub.deps.stores.hub.signalsAfter(tenantId, masterId, sequence - 1);
  if (last?.position !== position) return null;
  const price = masterPrice ?? last.price;
  const amounts = { volume, before: 0n, after: volume, stopLoss, takeProfit, price };
  const told = { at: now, receivedAt: now, ageAtReceiptMs: 0, existing: false };
  return { ...last, ...amounts, ...told, id, kind: "open", orderId: null, pending: null };
}

function decidedNow(hub: Hub, subscription: Subscription, signal: Signal) {
  const { registry } = hub.followers;
  const context = { registry, surroundings: hub.surroundings };
  return deciding(signal, hub.deps.clock.now(), context)(subscription);
}
