/**
 * Holds the risk limits of the subscriptions that this process serves, and of their accounts: feeds
 * them what brokers tell of the followers' equity, bars opens at close-only, and closes the copies at
 * close-all-and-stop. What a limit of an account has reached holds for all that the account copies.
 * Invariants: a stage that bars is committed before it acts, and acts until somebody resets it: at
 * a take-over from the ledger, and again each second for what could not be closed yet; closes and
 * stop changes of the master are never barred.
 */
import { isLockstepError } from "../domain/errors.ts";
import type { Rules } from "../follower/rules.ts";
import type { AccountState, Subscription } from "../follower/state.ts";
import type { LimitStage } from "../risk/limit.ts";
import type { LimitEvent } from "../risk/limit-event.ts";
import { keptLimits, LimitKeeper } from "../risk/service.ts";
import type { Tried } from "../risk/stop-out.ts";
import { closeCopies } from "./close-copies.ts";
import type { Hub } from "./hub.ts";

const OPENED_AT_ONCE = 50;

type Kept = {
  readonly account: AccountState;
  keeper: LimitKeeper;
  /** Something was heard since the last point. */
  heard: boolean;
  feeding: boolean;
};

export class LimitWatch {
  readonly #hub: Hub;
  readonly #kept = new Map<AccountState, Kept>();
  readonly #tried: Tried = new WeakMap();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** Opens the limits of these accounts; what they had reached holds since the accounts were read. */
  async open(accounts: readonly AccountState[]): Promise<void> {
    for (let from = 0; from < accounts.length; from += OPENED_AT_ONCE) {
      await Promise.all(accounts.slice(from, from + OPENED_AT_ONCE).map((one) => this.#open(one)));
    }
  }

  forget(account: AccountState): void {
    this.#kept.delete(account);
  }

  /** The account's figures may have changed. */
  hear(account: AccountState): void {
    const kept = this.#kept.get(account);
    if (kept === undefined) return;
    kept.heard = true;
    if (kept.feeding) return;
    kept.feeding = true;
    void this.#hub.deps.activity.during(() => this.#feed(kept));
  }

  /** A debounce or a period may have ended, and what could not be closed may be by now. */
  sweep(): void {
    for (const account of this.#kept.keys()) this.hear(account);
  }

  /** Writes what is remembered besides; what somebody reset meanwhile is read again. */
  async flush(): Promise<void> {
    for (const kept of this.#kept.values()) {
      await this.#guarded(kept, () => kept.keeper.flush()).catch((error: unknown) =>
        this.#hub.fault(error, "writing limits"),
      );
    }
  }

  async #open(account: AccountState): Promise<void> {
    const keeper = await this.#keeperOf(account).catch((error: unknown) => {
      if (!isUnreadable(error)) throw error;
      // A limit that cannot be kept must not be overrun; nobody else waits for it.
      this.#hub.fault(error, `reading the limits of account ${account.account.accountId}`);
      for (const one of this.#served(account)) if (isLimited(one)) bar(one, "close-only");
      return null;
    });
    if (keeper === null || this.#hub.accounts.get(account.account.accountId) !== account) return;
    const kept = { account, keeper, heard: false, feeding: false };
    this.#kept.set(account, kept);
    this.#apply(kept);
  }

  async #keeperOf(account: AccountState): Promise<LimitKeeper | null> {
    const { accountId, tenantId } = account.account;
    const served = this.#hub.followers.ofAccount(accountId);
    const limits = served.flatMap((subscription) => {
      const scope = { kind: "subscription" as const, id: subscription.subscriptionId };
      return keptLimits(scope, rulesOf(subscription)?.ownLimits ?? []);
    });
    // The account's layer is part of the rules of each, and the same in all.
    const [any] = served;
    const shared = any === undefined ? [] : (rulesOf(any)?.accountLimits ?? []);
    limits.push(...keptLimits({ kind: "account", id: accountId }, shared));
    if (limits.length === 0) {
      for (const one of this.#hub.followers.ofAccount(accountId)) bar(one, "clear");
      return null;
    }
    return LimitKeeper.open(this.#hub.deps.stores.guards, tenantId, limits);
  }

  async #feed(kept: Kept): Promise<void> {
    try {
      while (kept.heard && this.#kept.get(kept.account) === kept) {
        kept.heard = false;
        await this.#guarded(kept, () => this.#point(kept));
        this.#apply(kept);
      }
    } catch (error) {
      this.#hub.fault(error, "measuring a limit");
    } finally {
      kept.feeding = false;
    }
  }

  async #point({ account, keeper }: Kept): Promise<void> {
    const { figures } = account;
    if (figures === null || !account.online) return;
    const { balance, equity, credit } = figures;
    const at = this.#hub.deps.clock.now();
    const paidIn = this.#hub.cash.paidIn(account, balance, at);
    if (paidIn === null) return;
    const point = { at, balance, equity, credit, paidIn };
    for (const { event, guardId } of await keeper.feed(account.account.accountId, point)) {
      this.#tell(account, { guardId, ...factsOf(event) });
    }
    for (const { subscriptionId } of this.#served(account)) {
      for (const { event, guardId } of await keeper.feed(subscriptionId, point)) {
        this.#tell(account, { subscriptionId, guardId, ...factsOf(event) });
      }
    }
  }

  #tell(account: AccountState, facts: Record<string, string>): void {
    this.#hub.reconciler.incident(account.account, "RISK_LIMIT", facts);
  }

  /** Somebody else has saved these limits: what they have reached by now is read. */
  async #guarded(kept: Kept, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isLockstepError(error, "FENCE_STALE")) throw error;
      const keeper = await this.#keeperOf(kept.account);
      if (keeper !== null) kept.keeper = keeper;
      this.#apply(kept);
    }
  }

  #served(account: AccountState): readonly Subscription[] {
    return this.#hub.followers.ofAccount(account.account.accountId);
  }

  #apply(kept: Kept): void {
    const { account, keeper } = kept;
    if (this.#kept.get(account) !== kept) return;
    for (const subscription of this.#served(account)) {
      const stage = keeper.stageOf(account.account.accountId, subscription.subscriptionId);
      bar(subscription, stage);
      if (stage !== "close-all-and-stop") continue;
      closeCopies(this.#hub, subscription, { origin: "limit", tried: this.#tried });
    }
  }
}

const rulesOf = ({ rules }: Subscription): Rules | undefined => rules.at(-1)?.rules;

const isLimited = (one: Subscription): boolean => (rulesOf(one)?.limits.length ?? 0) > 0;

const factsOf = ({ number, words }: LimitEvent) => ({ number: String(number), words });

const isUnreadable = (error: unknown): boolean =>
  isLockstepError(error, "BAD_RULES") || isLockstepError(error, "BAD_MESSAGE");

function bar(subscription: Subscription, stage: LimitStage): void {
  if (subscription.barred === "PLAN_LAPSED") return;
  const bars = stage === "close-only" || stage === "close-all-and-stop";
  subscription.barred = bars ? "RISK_LIMIT" : null;
}
