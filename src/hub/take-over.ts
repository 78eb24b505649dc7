/**
 * Taking partitions over: read the ledger, look at the broker, and only then trade on. Instructions
 * that another life of the hub left open are looked up; signals that lack a decision get one.
 * Invariants: what the ledger says of an account enters memory at once, with the signals it owes
 * before any newer one; an account is armed only after a snapshot of it was reconciled; a broker or
 * an account that fails holds up no other, and is tried again.
 */
import { isLockstepError } from "../domain/errors.ts";
import { isTerminal } from "../domain/instruction.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import { takeOverAgain } from "../follower/mirror-turns.ts";
import { isMirror } from "../follower/mirrored.ts";
import type { AccountState } from "../follower/state.ts";
import { Feed } from "./feed.ts";
import type { Hub } from "./hub.ts";
import { accountState, refOf, subscriptionState } from "./memory.ts";
import { instructionOf, outcomeOf, type Row } from "./rows.ts";
import type { AccountRow, Loaded, SubscriptionRow } from "./store.ts";
import { Viewer } from "./viewer.ts";

const SNAPSHOTS_AT_ONCE = 50;

type Unfinished = { readonly row: Row; readonly instruction: LedgerInstruction };

export class TakeOver {
  readonly #hub: Hub;
  readonly #viewer: Viewer;

  constructor(hub: Hub) {
    this.#hub = hub;
    this.#viewer = new Viewer(hub);
  }

  /** Of the partitions that are still held; what memory has of them is read again. */
  async take(partitions: readonly number[]): Promise<void> {
    const { stores, activity, clock } = this.#hub.deps;
    await activity.during(async () => {
      const seen: AccountState[] = [];
      for (const tenantId of await stores.hub.tenants()) {
        const now = clock.now();
        await this.#hub.kills.read(tenantId);
        await this.#hub.surroundings.read(tenantId, now);
        const loaded = await stores.hub.load(tenantId, partitions, now);
        seen.push(...this.#enter(tenantId, loaded));
      }
      await this.#hub.limits.open(seen);
      await this.look(seen);
    });
  }

  /** Looks at these accounts' brokers, some at once. */
  async look(accounts: readonly AccountState[]): Promise<void> {
    for (let from = 0; from < accounts.length; from += SNAPSHOTS_AT_ONCE) {
      const batch = accounts.slice(from, from + SNAPSHOTS_AT_ONCE);
      await Promise.all(batch.map((account) => this.snapshot(account)));
    }
  }

  /** Looks at the broker, reconciles, arms. A broker that cannot be reached leaves it offline. */
  async snapshot(account: AccountState): Promise<void> {
    try {
      await this.#viewer.view(account);
    } catch (error) {
      account.ready = false;
      account.online = false;
      if (!isLockstepError(error, "GATEWAY_DOWN")) {
        this.#hub.fault(error, `looking at account ${account.account.accountId}`);
      }
    }
    this.#hub.followers.pump(account);
  }

  /** Synchronous: no signal and no event comes in between. */
  #enter(tenantId: string, loaded: Loaded): AccountState[] {
    const hub = this.#hub;
    hub.surroundings.enter(loaded.masters);
    const fences = this.#fences(loaded);
    const rows = loaded.accounts.filter(
      (row) => fences.has(row.partition) && hub.deps.gateways.has(row.brokerId),
    );
    const accounts = rows.map((row) => {
      const account = accountState(refOf(tenantId, row), row, hub.marketOf(row.brokerId));
      hub.accounts.set(row.accountId, account);
      hub.feeds.set(row.accountId, new Feed());
      this.#viewer.recorded(account, row.lastDealAt);
      hub.cash.enter(account, row.cash);
      return account;
    });
    this.#enterSubscriptions(tenantId, loaded);
    if (hub.deps.protections("kills-before-arming")) {
      for (const account of accounts) hub.kills.apply(account);
    }
    for (const { subscriptionId, signal } of loaded.owed) {
      const subscription = hub.followers.subscriptions.get(subscriptionId);
      const owes = hub.deps.protections("owed-are-decided");
      if (subscription !== undefined && owes) hub.followers.owe(subscription, signal);
    }
    hub.reconciler.open.adopt(loaded.divergences);
    if (hub.deps.protections("skips-told-again")) this.#tellSkipped(loaded);
    if (hub.deps.protections("unfinished-are-adopted")) this.#adopt(loaded.instructions, fences);
    for (const row of rows) this.#watch(row);
    return accounts;
  }

  /**
   * The fences of what is held, and sure to be. What cannot be taken up under its fence is not
   * served at all: a signal it owes would be decided as though nothing were under way. It is read
   * again in the next turn.
   */
  #fences({ accounts }: Loaded): ReadonlyMap<number, number> {
    const { leases } = this.#hub.deps;
    const held = new Set(leases.partitions);
    const fences = new Map<number, number>();
    const unsure: number[] = [];
    for (const partition of new Set(accounts.map((row) => row.partition))) {
      if (!held.has(partition)) continue;
      const fence = leases.fence(partition);
      if (fence === null) unsure.push(partition);
      else fences.set(partition, fence);
    }
    if (unsure.length > 0) this.#hub.stale(unsure);
    return fences;
  }

  #enterSubscriptions(tenantId: string, loaded: Loaded): void {
    const copied = new Map<string, CopiedPosition[]>();
    for (const one of loaded.copied) {
      const list = copied.get(one.subscriptionId);
      if (list === undefined) copied.set(one.subscriptionId, [one]);
      else list.push(one);
    }
    takeOverAgain(copied, loaded.mirrored ?? []);
    for (const row of loaded.subscriptions) {
      const account = this.#hub.accounts.get(row.accountId);
      if (account === undefined) continue;
      if (row.mode === "stopped") {
        // Its copies are the account's own since: none of them is an orphan.
        release(account, copied.get(row.subscriptionId) ?? []);
        continue;
      }
      this.#enterSubscription(tenantId, row, {
        account,
        copied: copied.get(row.subscriptionId) ?? [],
      });
    }
  }

  /** Rules that this version cannot read leave out their own subscription only. */
  #enterSubscription(
    tenantId: string,
    row: SubscriptionRow,
    context: { readonly account: AccountState; readonly copied: readonly CopiedPosition[] },
  ): void {
    try {
      this.#hub.followers.registry.add(subscriptionState(tenantId, row, context));
    } catch (error) {
      this.#hub.fault(error, `reading subscription ${row.subscriptionId}`);
    }
  }

  /** Told again: what the ledger has already it does not open twice. */
  #tellSkipped({ skipped }: Loaded): void {
    for (const { signal, ...skip } of skipped) {
      const subscription = this.#hub.followers.subscriptions.get(skip.subscriptionId);
      if (subscription !== undefined) {
        this.#hub.reconciler.onSkip(subscription.account, signal, skip);
      }
    }
  }

  #watch(row: AccountRow): void {
    const account = this.#hub.accounts.get(row.accountId);
    if (row.linkedAt !== null && account !== undefined) this.#hub.watch(account, row.linkedAt);
  }

  /** The last attempt of each origin decides: open ones are looked up, ended ones go on or rest. */
  #adopt(rows: readonly Row[], fences: ReadonlyMap<number, number>): void {
    const last = new Map<string, Row>();
    for (const row of rows) {
      const place = `${row["origin_id"]} ${row["subscription_id"]} ${row["part"]}`;
      const known = last.get(place);
      if (known === undefined || Number(known["attempt"]) < Number(row["attempt"])) {
        last.set(place, row);
      }
    }
    const found = [...last.values()].flatMap((row) => this.#unfinished(row, fences));
    // All are unanswered before one is gone on with, which may end it and decide what waited.
    this.#hub.lanes.hold(found.map(({ instruction }) => instruction));
    for (const one of found) this.#goOn(one);
  }

  /** An instruction that has not done all it says, under this owner's fence. */
  #unfinished(row: Row, fences: ReadonlyMap<number, number>): Unfinished[] {
    const account = this.#hub.accounts.get(String(row["account_id"]));
    if (account === undefined || row["state"] === "done") return [];
    const fence = fences.get(account.partition);
    if (fence === undefined) return [];
    return [{ row, instruction: instructionOf(row, account.account, fence) }];
  }

  #goOn({ row, instruction }: Unfinished): void {
    const state = String(row["state"]);
    const outcome = outcomeOf(row);
    if (state === "queued" || state === "sent" || !isTerminal(outcome.status)) {
      this.#hub.lanes.adopt(instruction, state, Number(row["number"]));
    } else this.#hub.lanes.goOn(instruction, outcome);
  }
}

function release(account: AccountState, left: readonly CopiedPosition[]): void {
  for (const copied of left) {
    for (const { positionId } of copied.holdings) account.released.add(positionId);
    if (!isMirror(copied) || copied.order.orderId === null) continue;
    account.releasedOrders.set(copied.order.orderId, copied);
  }
}
