/**
 * Taking partitions over: read the ledger, look at the broker, and only then trade on. Instructions
 * that another life of the hub left open are looked up; signals that lack a decision get one.
 * Invariant: an account is armed only after a snapshot of it was reconciled.
 */
import { isLockstepError } from "../domain/errors.ts";
import { isTerminal } from "../domain/instruction.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import type { AccountState } from "../follower/state.ts";
import { Feed } from "./feed.ts";
import type { Hub } from "./hub.ts";
import { accountState, refOf, subscriptionState } from "./memory.ts";
import { instructionOf, outcomeOf, type Row } from "./rows.ts";
import type { AccountRow, Loaded } from "./store.ts";

const SNAPSHOTS_AT_ONCE = 50;

export class TakeOver {
  readonly #hub: Hub;
  readonly #specsRead = new Set<string>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  async take(partitions: readonly number[]): Promise<void> {
    const { stores, activity } = this.#hub.deps;
    await activity.during(async () => {
      for (const tenantId of await stores.hub.tenants()) {
        const loaded = await stores.hub.load(tenantId, partitions);
        await this.#enter(tenantId, loaded);
      }
    });
  }

  async #enter(tenantId: string, loaded: Loaded): Promise<void> {
    const hub = this.#hub;
    const rows = loaded.accounts.filter((row) => hub.deps.gateways.has(row.brokerId));
    for (const row of rows) {
      const account = accountState(refOf(tenantId, row), row, hub.marketOf(row.brokerId));
      hub.accounts.set(row.accountId, account);
      hub.feeds.set(row.accountId, new Feed());
    }
    this.#enterSubscriptions(tenantId, loaded);
    hub.reconciler.adopt(loaded.divergences);
    this.#adopt(loaded.instructions);
    const deals = new Map(rows.map((row) => [row.accountId, row.lastDealAt]));
    await this.#snapshots(rows, deals);
    for (const { subscriptionId, signal } of loaded.owed) {
      const subscription = hub.followers.subscriptions.get(subscriptionId);
      if (subscription !== undefined) hub.followers.owe(subscription, signal);
    }
    for (const row of rows) this.#watch(row);
  }

  #enterSubscriptions(tenantId: string, loaded: Loaded): void {
    const copied = new Map<string, CopiedPosition[]>();
    for (const one of loaded.copied) {
      const list = copied.get(one.subscriptionId);
      if (list === undefined) copied.set(one.subscriptionId, [one]);
      else list.push(one);
    }
    for (const row of loaded.subscriptions) {
      const account = this.#hub.accounts.get(row.accountId);
      if (account === undefined || row.mode === "stopped") continue;
      const context = { account, copied: copied.get(row.subscriptionId) ?? [] };
      this.#hub.followers.add(subscriptionState(tenantId, row, context));
    }
  }

  #watch(row: AccountRow): void {
    const account = this.#hub.accounts.get(row.accountId);
    if (row.linkedAt !== null && account !== undefined) this.#hub.watch(account, row.linkedAt);
  }

  /** The last attempt of each origin decides: open ones are looked up, ended ones go on or rest. */
  #adopt(rows: readonly Row[]): void {
    const last = new Map<string, Row>();
    for (const row of rows) {
      const place = `${row["origin_id"]} ${row["subscription_id"]} ${row["part"]}`;
      const known = last.get(place);
      if (known === undefined || Number(known["attempt"]) < Number(row["attempt"])) {
        last.set(place, row);
      }
    }
    for (const row of last.values()) {
      const account = this.#hub.accounts.get(String(row["account_id"]));
      const fence = this.#hub.deps.leases.fence(Number(row["partition"]));
      if (account === undefined || fence === null) continue;
      const instruction = instructionOf(row, account.account, fence);
      const state = String(row["state"]);
      const outcome = outcomeOf(row);
      if (state === "queued" || state === "sent" || !isTerminal(outcome.status)) {
        this.#hub.lanes.adopt(instruction, state, Number(row["number"]));
      } else if (outcome.status !== "done") this.#hub.lanes.goOn(instruction, outcome);
    }
  }

  async #snapshots(rows: readonly AccountRow[], since: ReadonlyMap<string, number>): Promise<void> {
    for (let from = 0; from < rows.length; from += SNAPSHOTS_AT_ONCE) {
      const batch = rows.slice(from, from + SNAPSHOTS_AT_ONCE);
      await Promise.all(
        batch.map(async ({ accountId }) => {
          const account = this.#hub.accounts.get(accountId);
          if (account === undefined) return;
          await this.snapshot(account);
          await this.#backfill(account, since.get(accountId) ?? 0);
        }),
      );
    }
  }

  /** Looks at the broker, reconciles, arms. A broker that cannot be reached leaves it offline. */
  async snapshot(account: AccountState): Promise<void> {
    const hub = this.#hub;
    const gateway = hub.gatewayOf(account);
    const { brokerId, accountId } = account.account;
    try {
      if (!this.#specsRead.has(brokerId)) {
        account.market.setSpecs(await gateway.symbols(account.account));
        this.#specsRead.add(brokerId);
      }
      const snapshot = await gateway.snapshot(account.account);
      if (hub.accounts.get(accountId) !== account) return;
      account.figures = snapshot.figures;
      account.online = true;
      const later = hub.feeds.get(accountId)?.at(snapshot.sequence) ?? [];
      await hub.reconciler.reconcile(account, snapshot);
      for (const event of later) hub.apply(account, event);
      account.ready = true;
      hub.followers.pump(account);
    } catch (error) {
      account.ready = false;
      if (!isLockstepError(error, "GATEWAY_DOWN")) throw error;
      account.online = false;
      hub.followers.pump(account);
    }
  }

  /** Deals that the broker has and the ledger may not: recorded twice they are recorded once. */
  async #backfill(account: AccountState, since: number): Promise<void> {
    const gateway = this.#hub.gatewayOf(account);
    if (!account.online || gateway.deals === undefined) return;
    const now = this.#hub.deps.clock.now();
    for await (const deal of gateway.deals(account.account, since, now)) {
      this.#hub.reconciler.recorder.history(account.account, deal);
    }
  }
}
