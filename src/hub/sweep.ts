/**
 * The second look: what a lost doorbell, a dead process or a full buffer left undone is found here,
 * from the ledger alone. Runs each second, and at once when the doorbell rings.
 */
import type { Recent } from "../follower/decision.ts";
import { reenabled } from "../follower/recents.ts";
import { listed } from "../follower/registry.ts";
import {
  type AccountState,
  forgetEnded,
  NOTHING_RECENT,
  type Subscription,
} from "../follower/state.ts";
import type { Hub } from "./hub.ts";
import type { Mark } from "./store.ts";

/** So that a difference that no event tells of is seen within 15 s. */
const RECONCILE_MS = 10_000;
/** Looks that a turn begins: a broker is asked steadily, and not for all its accounts at once. */
const LOOKS_A_TURN = 250;
const EQUITY_MS = 60_000;
const DECIDED_THROUGH_MS = 10_000;
const RETRY_MS = 5_000;
const LIMITS_MS = 3_000;

type Timed = "equity" | "limits" | "mark" | "reconcile" | "retry";

export class Sweeper {
  readonly #hub: Hub;
  readonly #periods: Readonly<Record<Timed, number>>;
  readonly #doneAt: Record<Timed, number>;
  /** What a subscription remembers as it is in the ledger. */
  readonly #stored = new WeakMap<Subscription, Recent>();
  /** When a look at the account was over; an account that is new is due at the next period. */
  readonly #lookedAt = new WeakMap<AccountState, number>();
  #looking: Promise<void> | null = null;
  #again = false;
  /** When the last look at all signals began that saw everything; null: none yet. */
  sweptAtMs: number | null = null;

  constructor(hub: Hub) {
    this.#hub = hub;
    const { reconcileMs = RECONCILE_MS, equityMs = EQUITY_MS } = hub.deps;
    this.#periods = {
      equity: equityMs,
      limits: LIMITS_MS,
      mark: DECIDED_THROUGH_MS,
      reconcile: reconcileMs,
      retry: RETRY_MS,
    };
    const now = hub.deps.monotonicMs();
    this.#doneAt = { equity: now, limits: now, mark: now, reconcile: now, retry: now };
  }

  /** "You have work": look for signals now; a bell that rings meanwhile means one more look. */
  answerDoorbell(): void {
    if (this.#looking !== null) {
      this.#again = true;
      return;
    }
    this.#looking = this.#hub.deps.activity
      .during(async () => void (await this.#signals()))
      .catch((error: unknown) => this.#hub.fault(error, "answering a doorbell"))
      .finally(() => {
        this.#looking = null;
        if (!this.#again) return;
        this.#again = false;
        this.answerDoorbell();
      });
  }

  /** Each part by itself: a queue or a broker that cannot be reached keeps nothing else waiting. */
  async sweep(): Promise<void> {
    const { deps, followers, accounts, reconciler, limits } = this.#hub;
    if (deps.protections("sweep")) {
      await this.#part("signals", async () => {
        this.#hub.tally.sweptSignals += await this.#signals();
      });
    }
    for (const account of accounts.values()) followers.pump(account);
    await this.#part("tenants", async () => {
      for (const tenantId of await deps.stores.hub.tenants()) {
        await this.#part("kill switches", () => this.#hub.kills.sweep(tenantId));
        await this.#part("divergences", () => this.#hub.divergences.sweep(tenantId));
        if (deps.stores.reapply !== undefined) {
          await this.#part("rules to apply", () => this.#hub.reapplying.sweep(tenantId));
        }
        await this.#part("stoppings", () => this.#hub.stopping.sweep(tenantId));
        await this.#part("throttles", () => this.#reenabled(tenantId));
        await this.#part("calendar and symbols", () =>
          this.#hub.surroundings.read(tenantId, deps.clock.now()),
        );
        await this.#part("the outbox", async () => {
          this.#hub.tally.rungLate += await this.#hub.relay.sweep(tenantId);
        });
      }
    });
    await this.#part("what people changed", () => this.#hub.changes.sweep());
    limits.sweep();
    this.#hub.mirrors.sweep();
    this.#hub.news.sweep();
    reconciler.retry();
    if (this.#isDue("limits")) await this.#part("limits", () => limits.flush());
    if (this.#isDue("equity")) this.#equity();
    await this.#part("what brokers reported", () => reconciler.recorder.flush());
    if (this.#isDue("mark")) await this.#part("what is decided", () => this.#markDecided());
    if (this.#isDue("reconcile")) this.#resyncMasters();
    if (deps.protections("compares-on-a-timer")) this.#lookAtAccounts();
    if (this.#isDue("retry")) this.#retry();
  }

  async #part(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#hub.stopped) this.#hub.fault(error, `sweeping ${what}`);
    }
  }

  /** Signals of copied masters that no doorbell and no local commit told of. */
  async #signals(): Promise<number> {
    const { followers, deps } = this.#hub;
    const beganAtMs = deps.monotonicMs();
    let found = 0;
    for (const [masterId, { tenantId, seen }] of followers.registry.masters()) {
      const signals = await deps.stores.hub.signalsAfter(tenantId, masterId, seen);
      if (signals.length > 0) followers.onSignals(signals, "ledger");
      found += signals.length;
    }
    this.sweptAtMs = beganAtMs;
    return found;
  }

  #equity(): void {
    for (const { account, figures } of this.#hub.accounts.values()) {
      if (figures !== null) this.#hub.reconciler.recorder.figures({ account, figures });
    }
  }

  /** Up to where every signal is decided bounds the next take-over; what is over is forgotten. */
  async #markDecided(): Promise<void> {
    // What is not told yet is told again by who reads the decisions since the mark.
    if (!this.#hub.reconciler.isWritten) return;
    const marked = new Map<string, Subscription[]>();
    for (const one of this.#hub.followers.subscriptions.values()) {
      if (one.account.unresolved.size > 0 || one.waiting.length > 0) continue;
      forgetEnded(one);
      listed(marked, one.tenantId).push(one);
    }
    for (const [tenantId, list] of marked) {
      const marks = list.map((one): Mark => {
        const { subscriptionId, seen, recent } = one;
        const isStored = (this.#stored.get(one) ?? NOTHING_RECENT) === recent;
        return { subscriptionId, sequence: seen, recent: isStored ? null : recent };
      });
      const held = list.map(({ recent }) => recent);
      await this.#hub.deps.stores.hub.decidedThrough(tenantId, marks);
      for (const [index, one] of list.entries()) {
        this.#stored.set(one, held[index] ?? NOTHING_RECENT);
      }
    }
  }

  /** Throttles that somebody has enabled again. */
  async #reenabled(tenantId: string): Promise<void> {
    const tripped = [...this.#hub.followers.subscriptions.values()].filter(
      (one) => one.tenantId === tenantId && one.recent.tripped,
    );
    if (tripped.length === 0) return;
    const ids = tripped.map(({ subscriptionId }) => subscriptionId);
    const through = await this.#hub.deps.stores.hub.reenabled(tenantId, ids);
    for (const one of tripped) {
      const { trippedBy = 0 } = one.recent;
      if ((through.get(one.subscriptionId) ?? -1) >= trippedBy) one.recent = reenabled(one.recent);
    }
  }

  /** Compares every connected account with its broker now. */
  async reconcile(): Promise<void> {
    this.#resyncMasters();
    await this.#hub.look([...this.#hub.accounts.values()].filter(isArmed));
  }

  #resyncMasters(): void {
    for (const watcher of this.#hub.watchers.values()) watcher.resync();
  }

  /** Each account by its own clock: one whose broker takes long holds up no other's look. */
  #lookAtAccounts(): void {
    const now = this.#hub.deps.monotonicMs();
    const since = (account: AccountState): number => this.#lookedAt.get(account) ?? now;
    for (const account of this.#hub.accounts.values()) this.#lookedAt.set(account, since(account));
    const due = [...this.#hub.accounts.values()]
      .filter((one) => isArmed(one) && now - since(one) >= this.#periods.reconcile)
      .sort((a, b) => since(a) - since(b));
    for (const account of due.slice(0, LOOKS_A_TURN)) {
      // Until it is over, or lost, it is not begun again.
      this.#lookedAt.set(account, Number.POSITIVE_INFINITY);
      void this.#part("expected against actual", () => this.#hub.look([account])).finally(() =>
        this.#lookedAt.set(account, this.#hub.deps.monotonicMs()),
      );
    }
  }

  /** Accounts whose broker could not be read, though no event may ever tell that it can be now. */
  #retry(): void {
    const accounts = [...this.#hub.accounts.values()].filter(({ ready }) => !ready);
    if (accounts.length > 0) void this.#part("accounts", () => this.#hub.look(accounts));
  }

  #isDue(what: Timed): boolean {
    const now = this.#hub.deps.monotonicMs();
    if (now - this.#doneAt[what] < this.#periods[what]) return false;
    this.#doneAt[what] = now;
    return true;
  }
}

const isArmed = ({ online, ready }: AccountState): boolean => online && ready;
