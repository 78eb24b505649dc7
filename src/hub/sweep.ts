/**
 * The second look: what a lost doorbell, a dead process or a full buffer left undone is found here,
 * from the ledger alone. Runs each second, and at once when the doorbell rings.
 */
import type { AccountState } from "../follower/state.ts";
import type { Hub } from "./hub.ts";
import { isKilled } from "./memory.ts";

const RECONCILE_MS = 30_000;
const EQUITY_MS = 60_000;
const DECIDED_THROUGH_MS = 10_000;

export class Sweeper {
  readonly #hub: Hub;
  #reconciledAt = performance.now();
  #equityAt = performance.now();
  #markedAt = performance.now();
  #looking: Promise<void> | null = null;
  #again = false;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** "You have work": look for signals now; a bell that rings meanwhile means one more look. */
  answerDoorbell(): void {
    if (this.#looking !== null) {
      this.#again = true;
      return;
    }
    this.#looking = this.#hub.deps.activity
      .during(() => this.#signals())
      .catch((error: unknown) => this.#hub.fault(error, "answering a doorbell"))
      .finally(() => {
        this.#looking = null;
        if (!this.#again) return;
        this.#again = false;
        this.answerDoorbell();
      });
  }

  async sweep(): Promise<void> {
    const { deps, followers, accounts, reconciler } = this.#hub;
    if (deps.protections("sweep")) await this.#signals();
    for (const account of accounts.values()) followers.pump(account);
    for (const tenantId of await deps.stores.hub.tenants()) {
      await this.#hub.relay.sweep(tenantId);
      await this.#kills(tenantId);
    }
    if (this.#isDue("equity")) this.#equity();
    await reconciler.recorder.flush();
    if (this.#isDue("mark")) await this.#markDecided();
    if (this.#isDue("reconcile")) await this.reconcile();
  }

  /** Signals of copied masters that no doorbell and no local commit told of. */
  async #signals(): Promise<void> {
    const { followers, deps } = this.#hub;
    for (const [masterId, { tenantId, seen }] of followers.masters()) {
      const signals = await deps.stores.hub.signalsAfter(tenantId, masterId, seen);
      if (signals.length > 0) followers.onSignals(signals);
    }
  }

  async #kills(tenantId: string): Promise<void> {
    const kills = await this.#hub.deps.stores.hub.kills(tenantId);
    for (const account of this.#hub.accounts.values()) {
      if (account.account.tenantId !== tenantId) continue;
      const subscriptions = this.#hub.followers.ofAccount(account.account.accountId);
      account.killed = isKilled(account, subscriptions, kills);
    }
  }

  #equity(): void {
    for (const { account, figures } of this.#hub.accounts.values()) {
      if (figures !== null) this.#hub.reconciler.recorder.figures({ account, figures });
    }
  }

  /** Remembers, per subscription, up to where every signal is decided: bounds the next take-over. */
  async #markDecided(): Promise<void> {
    const rows = new Map<string, { subscriptionId: string; sequence: number }[]>();
    for (const one of this.#hub.followers.subscriptions.values()) {
      if (one.account.unresolved.size > 0 || one.waiting.length > 0) continue;
      const list = rows.get(one.tenantId) ?? [];
      list.push({ subscriptionId: one.subscriptionId, sequence: one.seen });
      rows.set(one.tenantId, list);
    }
    for (const [tenantId, list] of rows) {
      await this.#hub.deps.stores.hub.decidedThrough(tenantId, list);
    }
  }

  /** Compares every connected account with its broker. */
  async reconcile(): Promise<void> {
    for (const account of this.#hub.accounts.values()) {
      if (account.online && account.unresolved.size === 0) await this.#compare(account);
    }
    for (const watcher of this.#hub.watchers.values()) watcher.resync();
  }

  async #compare(account: AccountState): Promise<void> {
    const snapshot = await this.#hub.gatewayOf(account).snapshot(account.account);
    // An event that came meanwhile is newer than the snapshot: the next round sees it whole.
    if (account.unresolved.size === 0) await this.#hub.reconciler.reconcile(account, snapshot);
  }

  #isDue(what: "equity" | "mark" | "reconcile"): boolean {
    const now = performance.now();
    const { reconcileMs = RECONCILE_MS, equityMs = EQUITY_MS } = this.#hub.deps;
    if (what === "equity") return now - this.#equityAt >= equityMs && this.#touch("equity", now);
    if (what === "mark")
      return now - this.#markedAt >= DECIDED_THROUGH_MS && this.#touch(what, now);
    return now - this.#reconciledAt >= reconcileMs && this.#touch("reconcile", now);
  }

  #touch(what: "equity" | "mark" | "reconcile", now: number): boolean {
    if (what === "equity") this.#equityAt = now;
    else if (what === "mark") this.#markedAt = now;
    else this.#reconciledAt = now;
    return true;
  }
}
