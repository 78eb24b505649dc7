/**
 * Hands signals to every follower this process owns, each in its turn, and lets those be decided
 * that may be.
 * Invariants: a master's signals are handed to a subscription once, in sequence and without a hole;
 * what may not be decided yet waits in order; nothing waits that is not in the ledger.
 */
import type { Opening } from "../master/service.ts";
import type { Signal } from "../master/signal.ts";
import { claim, unclaim } from "./claims.ts";
import { FanOut, FIRST_OF_MANY, nextTurn } from "./fan-out.ts";
import type { FollowerDeps } from "./ports.ts";
import { Registry } from "./registry.ts";
import type { AccountState, Subscription } from "./state.ts";
import { endsStopWait } from "./stop-wait.ts";
import { Ahead, mayDecide, NOTHING, takeReady, waitsForOrder } from "./turn.ts";

export class FollowerService {
  readonly #deps: FollowerDeps;
  readonly registry = new Registry();
  readonly #fanOut: FanOut;
  #ready = new Map<string, { readonly signal: Signal; readonly subscriptions: Subscription[] }>();
  #flushing = false;

  constructor(deps: FollowerDeps) {
    this.#deps = deps;
    this.#fanOut = new FanOut(deps, {
      registry: this.registry,
      pump: (account) => this.pump(account),
    });
  }

  /** Decisions are being made or written: what is less urgent may give way. */
  get fanningOut(): boolean {
    return this.#fanOut.running;
  }

  get subscriptions(): ReadonlyMap<string, Subscription> {
    return this.registry.byId;
  }

  ofAccount(accountId: string): readonly Subscription[] {
    return this.registry.ofAccount(accountId);
  }

  /** Signals of one master in order; those a subscription has been handed before are ignored. */
  onSignals(signals: readonly Signal[], from: "commit" | "ledger" = "commit"): void {
    const [first] = signals;
    if (from === "commit" && first !== undefined && this.#leavesHole(first)) {
      this.#deps.behind();
      return;
    }
    for (const signal of signals) {
      const handed = this.#unseen(signal);
      this.#cancelUnsent(signal, handed);
      this.#fanOut.run(
        signal,
        handed.filter((subscription) => this.#hand(subscription, signal)),
      );
    }
  }

  /**
   * Hands a signal that is about to be committed to those who can decide it at once: to the first
   * few now, so that their decisions are written with it, and to the others in the next turn of the
   * loop, while the ledger writes. Who cannot gets it by `onSignals`. null where there are none.
   */
  opening(signal: Signal): Opening | null {
    if (this.#leavesHole(signal) || !this.#deps.protections("ledger-before-send")) return null;
    const taken = this.#takeReady(signal, FIRST_OF_MANY);
    if (taken.length === 0) return null;
    let dead = false;
    const opening = this.#fanOut.open(signal, [...taken], () => {
      const more = dead ? [] : this.#takeReady(signal, Number.POSITIVE_INFINITY);
      taken.push(...more);
      return more;
    });
    const failed = (): void => {
      dead = true;
      opening.failed();
      this.#forget(signal, taken);
    };
    return { ...opening, failed };
  }

  /** Claims the signal for at most so many of those who have not been handed it and may decide it. */
  #takeReady(signal: Signal, most: number): Subscription[] {
    const now = this.#deps.clock.now();
    const ready: Subscription[] = [];
    for (const subscription of this.registry.ofMaster(signal.masterId)) {
      if (ready.length >= most) break;
      if (signal.sequence <= subscription.seen) continue;
      const ahead = Ahead.of(subscription, subscription.waiting, now);
      if (!mayDecide(subscription, signal, { ahead, now })) continue;
      subscription.seen = signal.sequence;
      claim(subscription, signal);
      ready.push(subscription);
    }
    return ready;
  }

  /**
   * Each gets a master's signals without a hole: who was read from the ledger while these were on their
   * way may lack some before them, and gets those first, at the next look.
   */
  #unseen({ masterId, sequence }: Signal): Subscription[] {
    return this.registry.ofMaster(masterId).filter(({ seen }) => seen === sequence - 1);
  }

  /** As if it had never come; whether the ledger has it is seen by the next sweep. */
  #forget(signal: Signal, ready: readonly Subscription[]): void {
    const passed = ready.filter((subscription) => subscription.seen > signal.sequence);
    for (const subscription of ready) {
      unclaim(subscription, signal);
      if (subscription.seen === signal.sequence) subscription.seen -= 1;
    }
    if (passed.length > 0) {
      this.#deps.stale([...new Set(passed.map(({ account }) => account.partition))]);
    }
    for (const { account } of ready) this.pump(account);
  }

  /** True where a subscription would miss a signal before this one, which another process has seen. */
  #leavesHole(signal: Signal): boolean {
    const followers = this.registry.ofMaster(signal.masterId);
    return followers.some((one) => one.seen < signal.sequence - 1);
  }

  /** A signal that one subscription still owes a decision, read back at a take-over, in order. */
  owe(subscription: Subscription, signal: Signal): void {
    subscription.waiting.push(signal);
  }

  /** Something on the account was resolved: decide what waited for it. */
  pump(account: AccountState): void {
    for (const subscription of this.registry.ofAccount(account.account.accountId)) {
      const now = this.#deps.clock.now();
      for (let ready = takeReady(subscription, now); ready !== null; ) {
        this.#enqueue(subscription, ready);
        ready = takeReady(subscription, now);
      }
    }
  }

  /** What the master has closed or cancelled ends the opens and places of it that were never sent. */
  #cancelUnsent(signal: Signal, handed: readonly Subscription[]): void {
    if (signal.kind !== "close" && signal.kind !== "cancel") return;
    for (const { account, subscriptionId } of handed) {
      this.#deps.lanes.cancelUnsent(account, subscriptionId, signal.position);
    }
  }

  /** True where the signal may be decided at once; otherwise it waits. */
  #hand(subscription: Subscription, signal: Signal): boolean {
    subscription.seen = signal.sequence;
    const now = this.#deps.clock.now();
    const ahead = Ahead.of(subscription, subscription.waiting, now);
    if (mayDecide(subscription, signal, { ahead, now })) {
      claim(subscription, signal);
      return true;
    }
    subscription.waiting.push(signal);
    if (waitsForOrder(subscription, signal, NOTHING)) this.#deps.waitsForOrder?.(subscription);
    if (endsStopWait(subscription, signal)) this.pump(subscription.account);
    return false;
  }

  /** Gathers what became ready in this turn of the loop, so that it is written together. */
  #enqueue(subscription: Subscription, signal: Signal): void {
    claim(subscription, signal);
    const known = this.#ready.get(signal.id);
    if (known === undefined) this.#ready.set(signal.id, { signal, subscriptions: [subscription] });
    else known.subscriptions.push(subscription);
    if (this.#flushing) return;
    this.#flushing = true;
    void this.#deps.activity.during(async () => {
      await nextTurn();
      this.#flushing = false;
      const ready = this.#ready;
      this.#ready = new Map();
      for (const one of ready.values()) this.#fanOut.run(one.signal, one.subscriptions);
    });
  }
}
