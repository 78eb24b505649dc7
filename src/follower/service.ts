/**
 * Decides signals for every follower this process owns. All of a signal's followers are planned in
 * memory and written in chunks; while one chunk's instructions go out, the next is being written,
 * and nothing goes out before its own chunk is committed.
 * Invariants: a signal is handed to a subscription once; what may not be decided yet waits in
 * order; a chunk that cannot be written leaves its signals waiting, and nothing was sent.
 */
import { isLockstepError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import type { Signal } from "../master/signal.ts";
import type { Activity } from "../platform/activity.ts";
import type { Clock, Timers } from "../platform/clock.ts";
import type { Failpoints } from "../platform/failpoints.ts";
import type { Protections } from "../platform/protections.ts";
import { decider } from "./decide.ts";
import type { Decision, FollowerState, Market } from "./decision.ts";
import { instructionKey, type LedgerInstruction } from "./instruction.ts";
import { type AccountState, followerState, rulesFor, type Subscription } from "./state.ts";
import type { DecisionRow, FollowerStore } from "./store.ts";
import { isOpening, mayDecide, takeReady } from "./turn.ts";

export const CHUNK = 250;
const RETRY_MS = 200;

export interface Lanes {
  admit(account: AccountState): "sent" | "queued";
  withdraw(instructions: readonly LedgerInstruction[]): void;
  submit(instructions: readonly LedgerInstruction[]): void;
  cancelUnsent(account: AccountState, subscriptionId: string, position: string): void;
}

export type FollowerDeps = {
  readonly store: FollowerStore;
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly activity: Activity;
  readonly failpoints: Failpoints;
  readonly protections: Protections;
  fence(partition: number): number | null;
  /** A write was refused: these partitions must be read again, or are another's. */
  stale(partitions: readonly number[]): void;
  decided(signal: Signal, rows: readonly DecisionRow[]): void;
  fault(error: unknown, doing: string): void;
};

type Planned = { readonly subscription: Subscription; readonly row: DecisionRow };

export class FollowerService {
  readonly #deps: FollowerDeps;
  readonly subscriptions = new Map<string, Subscription>();
  readonly #byMaster = new Map<string, Subscription[]>();
  readonly #byAccount = new Map<string, Subscription[]>();
  #ready = new Map<string, { readonly signal: Signal; readonly subscriptions: Subscription[] }>();
  #flushing = false;
  #writing = 0;

  constructor(deps: FollowerDeps) {
    this.#deps = deps;
  }

  /** Chunks are being written: what is less urgent may give way. */
  get fanningOut(): boolean {
    return this.#writing > 0;
  }

  add(subscription: Subscription): void {
    this.subscriptions.set(subscription.subscriptionId, subscription);
    listed(this.#byMaster, subscription.masterId).push(subscription);
    listed(this.#byAccount, subscription.account.account.accountId).push(subscription);
    this.#byMaster.get(subscription.masterId)?.sort(bySubscriptionId);
  }

  remove(subscription: Subscription): void {
    this.subscriptions.delete(subscription.subscriptionId);
    for (const [map, key] of [
      [this.#byMaster, subscription.masterId],
      [this.#byAccount, subscription.account.account.accountId],
    ] as const) {
      const left = map.get(key)?.filter((other) => other !== subscription) ?? [];
      if (left.length > 0) map.set(key, left);
      else map.delete(key);
    }
  }

  ofAccount(accountId: string): readonly Subscription[] {
    return this.#byAccount.get(accountId) ?? [];
  }

  /** Masters that are copied here, with the lowest sequence that a follower has not seen yet. */
  masters(): Map<string, { readonly tenantId: string; readonly seen: number }> {
    const masters = new Map<string, { tenantId: string; seen: number }>();
    for (const [masterId, list] of this.#byMaster) {
      const seen = Math.min(...list.map((one) => one.seen));
      masters.set(masterId, { tenantId: list[0]?.tenantId ?? "", seen });
    }
    return masters;
  }

  /** Signals of one master in order; those a subscription has been handed before are ignored. */
  onSignals(signals: readonly Signal[]): void {
    for (const signal of signals) {
      const ready: Subscription[] = [];
      for (const subscription of this.#byMaster.get(signal.masterId) ?? []) {
        if (this.#hand(subscription, signal)) ready.push(subscription);
      }
      this.#fanOut(signal, ready);
    }
  }

  /** A signal that one subscription still owes a decision, read back at a take-over. */
  owe(subscription: Subscription, signal: Signal): void {
    subscription.waiting.push(signal);
    this.pump(subscription.account);
  }

  /** Something on the account was resolved: decide what waited for it. */
  pump(account: AccountState): void {
    for (const subscription of this.ofAccount(account.account.accountId)) {
      for (let ready = takeReady(subscription); ready.length > 0; ready = takeReady(subscription)) {
        for (const signal of ready) this.#enqueue(subscription, signal);
      }
    }
  }

  /** True where the signal may be decided at once; otherwise it waits or is known. */
  #hand(subscription: Subscription, signal: Signal): boolean {
    if (signal.sequence <= subscription.seen) return false;
    subscription.seen = signal.sequence;
    const { account, subscriptionId } = subscription;
    if (signal.kind === "close") {
      this.#deps.lanes.cancelUnsent(account, subscriptionId, signal.position);
    }
    if (mayDecide(subscription, signal, subscription.waiting)) {
      claim(subscription, signal);
      return true;
    }
    subscription.waiting.push(signal);
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
      for (const one of ready.values()) this.#fanOut(one.signal, one.subscriptions);
    });
  }

  #fanOut(signal: Signal, subscriptions: readonly Subscription[]): void {
    if (subscriptions.length === 0) return;
    const prepared = new Map<Market, (follower: FollowerState) => Decision>();
    const markets = new Map<AccountState["market"], Market>();
    const now = this.#deps.clock.now();
    const decide = (subscription: Subscription): Decision => {
      const market = marketAt(markets, subscription.account.market, now);
      let one = prepared.get(market);
      if (one === undefined) {
        one = decider(signal, market);
        prepared.set(market, one);
      }
      return one(followerState(subscription, signal));
    };
    void this.#deps.activity.during(async () => {
      const chunks: Promise<void>[] = [];
      for (let from = 0; from < subscriptions.length; from += CHUNK) {
        if (from > 0) await nextTurn();
        chunks.push(this.#chunk(signal, subscriptions.slice(from, from + CHUNK), decide));
      }
      await Promise.all(chunks);
    });
  }

  async #chunk(
    signal: Signal,
    subscriptions: readonly Subscription[],
    decide: (subscription: Subscription) => Decision,
  ): Promise<void> {
    const planned: Planned[] = [];
    for (const subscription of subscriptions) {
      const fence = this.#deps.fence(subscription.account.partition);
      if (fence === null) this.#handBack(subscription, signal);
      else planned.push({ subscription, row: this.#plan(signal, subscription, { fence, decide }) });
    }
    if (planned.length === 0) return;
    this.#deps.failpoints("FOLLOWER_PLANNED");
    const rows = planned.map(({ row }) => row);
    this.#writing += 1;
    try {
      await this.#deps.store.writeDecisions(signal, rows);
    } catch (error) {
      this.#deps.lanes.withdraw(rows.flatMap((row) => row.instructions));
      await this.#refused(signal, planned, error);
      return;
    } finally {
      this.#writing -= 1;
    }
    this.#deps.failpoints("CHUNK_COMMITTED");
    this.#written(signal, planned);
  }

  #written(signal: Signal, planned: readonly Planned[]): void {
    const instructions: LedgerInstruction[] = [];
    for (const { subscription, row } of planned) {
      if (row.copied !== null) subscription.copied.set(signal.position, row.copied);
      instructions.push(...row.instructions);
      if (!isOurs(this, subscription)) continue;
      // What goes to a lane is marked there before the claim is lifted.
      for (const one of row.instructions) {
        const { subscriptionId, position } = one;
        subscription.account.unresolved.set(one.key, { subscriptionId, position });
      }
      unclaim(subscription, signal);
    }
    this.#deps.lanes.submit(instructions);
    this.#deps.decided(
      signal,
      planned.map(({ row }) => row),
    );
    for (const { subscription, row } of planned) {
      if (row.instructions.length === 0 || subscription.waiting.length > 0) {
        this.pump(subscription.account);
      }
    }
  }

  async #refused(signal: Signal, planned: readonly Planned[], error: unknown): Promise<void> {
    this.#deps.fault(error, "writing decisions");
    for (const { subscription } of planned) this.#handBack(subscription, signal);
    const duplicate = error instanceof Error && "code" in error && error.code === "23505";
    if (duplicate || isLockstepError(error, "FENCE_STALE")) {
      const partitions = planned.map(({ subscription }) => subscription.account.partition);
      this.#deps.stale([...new Set(partitions)]);
      return;
    }
    await this.#deps.timers.sleep(RETRY_MS);
    for (const { subscription } of planned) {
      if (isOurs(this, subscription)) this.pump(subscription.account);
    }
  }

  /** Puts a claimed signal back to the front: it is decided later, or by the next owner. */
  #handBack(subscription: Subscription, signal: Signal): void {
    unclaim(subscription, signal);
    subscription.waiting.unshift(signal);
    subscription.waiting.sort((a, b) => a.sequence - b.sequence);
  }

  #plan(
    signal: Signal,
    subscription: Subscription,
    context: { readonly fence: number; readonly decide: (one: Subscription) => Decision },
  ): DecisionRow {
    const { account, subscriptionId } = subscription;
    const decision = context.decide(subscription);
    const { rules, version } = rulesFor(subscription, signal.sequence);
    const origin = { kind: "signal" as const, id: signal.id, sequence: signal.sequence };
    const began = signal.receivedAt - signal.ageAtReceiptMs;
    const copied = subscription.copied.get(signal.position);
    return {
      subscriptionId,
      partition: account.partition,
      fence: context.fence,
      rulesVersion: version,
      decision,
      copied:
        decision.target === null || copied === undefined
          ? null
          : { ...copied, target: decision.target },
      instructions: decision.plans.map((plan) => ({
        ...plan,
        key: instructionKey(origin, subscriptionId, plan.part, 1),
        account: account.account,
        partition: account.partition,
        fence: context.fence,
        origin,
        subscriptionId,
        position: signal.position,
        attempt: 1,
        masterPrice: signal.price,
        status: this.#deps.lanes.admit(account),
        validUntil: isOpening(signal) ? began + rules.guards.maxAgeMs : null,
      })),
    };
  }
}

/** While a signal is being decided it blocks its position, like an unanswered instruction. */
function claim(subscription: Subscription, signal: Signal): void {
  const { subscriptionId, account } = subscription;
  account.unresolved.set(claimKey(subscription, signal), {
    subscriptionId,
    position: signal.position,
  });
}

function unclaim(subscription: Subscription, signal: Signal): void {
  subscription.account.unresolved.delete(claimKey(subscription, signal));
}

const claimKey = (subscription: Subscription, signal: Signal): string =>
  `deciding ${subscription.subscriptionId} ${signal.id}`;

function isOurs(service: FollowerService, subscription: Subscription): boolean {
  return service.subscriptions.get(subscription.subscriptionId) === subscription;
}

function marketAt(
  known: Map<AccountState["market"], Market>,
  market: AccountState["market"],
  now: Instant,
): Market {
  let one = known.get(market);
  if (one === undefined) {
    one = {
      now,
      spec: (symbol) => market.spec(symbol),
      quote: (symbol) => market.quote(symbol),
      rate: (from, to) => market.rate(from, to),
    };
    known.set(market, one);
  }
  return one;
}

function listed<T>(map: Map<string, T[]>, key: string): T[] {
  let list = map.get(key);
  if (list === undefined) {
    list = [];
    map.set(key, list);
  }
  return list;
}

const bySubscriptionId = (a: Subscription, b: Subscription): number =>
  a.subscriptionId < b.subscriptionId ? -1 : 1;

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
