/**
 * Decides signals for every follower this process owns. All of a signal's followers are planned in
 * memory and written in chunks; while one chunk's instructions go out, the next is being written,
 * and nothing goes out before its own chunk is committed.
 * Invariants: a master's signals are handed to a subscription once, in sequence and without a hole;
 * what may not be decided yet waits in order; a chunk that cannot be written leaves its signals
 * waiting, and nothing was sent; a follower that cannot be planned holds up nobody else.
 */
import { isLockstepError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import type { Signal } from "../master/signal.ts";
import type { Activity } from "../platform/activity.ts";
import type { Clock, Timers } from "../platform/clock.ts";
import type { Failpoints } from "../platform/failpoints.ts";
import type { Protections } from "../platform/protections.ts";
import { claim, unclaim } from "./claims.ts";
import { decider } from "./decide.ts";
import type { CopiedPosition, Decision, FollowerState, Market } from "./decision.ts";
import { instructionKey, type LedgerInstruction } from "./instruction.ts";
import { retargeted } from "./reduce.ts";
import { Registry } from "./registry.ts";
import {
  type AccountState,
  followerState,
  rememberDecision,
  rulesFor,
  type Subscription,
} from "./state.ts";
import { endsStopWait, laterStopsFor } from "./stop-wait.ts";
import type { DecisionRow, FollowerStore } from "./store.ts";
import { isOpening, mayDecide, takeReady, validUntilOf } from "./turn.ts";

/**
 * Each chunk is twice the one before, up to the largest: the ledger has the first to write while the
 * others are being planned.
 */
const CHUNK_FIRST = 64;
const CHUNK_MOST = 256;
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
  /** Signals before those that were told of are missing here: read them from the ledger. */
  behind(): void;
  /** A copied position is not what the ledger was last told. */
  changed(account: AccountState, copied: readonly CopiedPosition[]): void;
  fault(error: unknown, doing: string): void;
};

type Planned = {
  readonly subscription: Subscription;
  readonly row: DecisionRow;
  /** The copied position that the row was planned from. */
  readonly before: CopiedPosition | undefined;
};

export class FollowerService {
  readonly #deps: FollowerDeps;
  readonly registry = new Registry();
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
      const ready: Subscription[] = [];
      for (const subscription of this.registry.ofMaster(signal.masterId)) {
        if (this.#hand(subscription, signal)) ready.push(subscription);
      }
      this.#fanOut(signal, ready);
    }
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
      for (let more = true; more; ) {
        const ready = takeReady(subscription, now);
        for (const signal of ready) this.#enqueue(subscription, signal);
        more = ready.length > 0;
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
    const now = this.#deps.clock.now();
    if (mayDecide(subscription, signal, { ahead: subscription.waiting, now })) {
      claim(subscription, signal);
      return true;
    }
    subscription.waiting.push(signal);
    if (endsStopWait(subscription, signal)) this.pump(account);
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
      const later = laterStopsFor(subscription, signal);
      return one(followerState(subscription, signal, this.registry, later));
    };
    void this.#deps.activity.during(async () => {
      const chunks: Promise<void>[] = [];
      for (let from = 0, size = CHUNK_FIRST; from < subscriptions.length; ) {
        if (from > 0) await nextTurn();
        chunks.push(this.#chunk(signal, subscriptions.slice(from, from + size), decide));
        from += size;
        size = Math.min(CHUNK_MOST, size * 2);
      }
      await Promise.all(chunks);
    });
  }

  async #chunk(
    signal: Signal,
    subscriptions: readonly Subscription[],
    decide: (subscription: Subscription) => Decision,
  ): Promise<void> {
    const planned = subscriptions
      .map((subscription) => this.#planned(signal, subscription, decide))
      .filter((one) => one !== null);
    if (planned.length === 0) return;
    this.#deps.failpoints("FOLLOWER_PLANNED");
    const rows = planned.map(({ row }) => row);
    const early = !this.#deps.protections("ledger-before-send");
    if (early) this.#submit(planned);
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
    if (!early) this.#submit(planned);
    this.#told(signal, planned);
  }

  /** The subscription's row, or null where it is not to be decided here and now. */
  #planned(
    signal: Signal,
    subscription: Subscription,
    decide: (subscription: Subscription) => Decision,
  ): Planned | null {
    const fence = this.#deps.fence(subscription.account.partition);
    try {
      if (fence !== null) {
        const before = subscription.copied.get(signal.position);
        const row = this.#plan(signal, subscription, { fence, decide });
        return { subscription, row, before };
      }
    } catch (error) {
      this.#deps.fault(error, `deciding for subscription ${subscription.subscriptionId}`);
    }
    this.#handBack(subscription, signal);
    return null;
  }

  #written(signal: Signal, planned: readonly Planned[]): void {
    for (const { subscription, row, before } of planned) {
      this.#adoptTarget(signal, subscription, { row, before });
      rememberDecision(subscription, signal, row.decision, this.#deps.clock.now());
      if (!this.registry.has(subscription)) continue;
      // What goes to a lane is marked there before the claim is lifted.
      for (const one of row.instructions) {
        const { subscriptionId, position } = one;
        subscription.account.unresolved.set(one.key, { subscriptionId, position });
      }
      unclaim(subscription, signal);
    }
  }

  /** The follower's own hand may have changed the position while the decision was being written. */
  #adoptTarget(
    signal: Signal,
    subscription: Subscription,
    { row, before }: { readonly row: DecisionRow; readonly before: CopiedPosition | undefined },
  ): void {
    if (row.copied === null) return;
    const now = subscription.copied.get(signal.position);
    if (now === undefined || now === before) {
      subscription.copied.set(signal.position, row.copied);
      return;
    }
    const merged = retargeted(now, signal);
    subscription.copied.set(signal.position, merged);
    this.#deps.changed(subscription.account, [merged]);
  }

  /** What was dropped meanwhile is sent by whoever reads it back from the ledger. */
  #submit(planned: readonly Planned[]): void {
    const served = planned.filter(({ subscription }) => this.registry.has(subscription));
    const now = served.filter(({ row }) => row.decision.delayMs === undefined);
    this.#deps.lanes.submit(now.flatMap(({ row }) => row.instructions));
    for (const one of served) if (one.row.decision.delayMs !== undefined) this.#submitLater(one);
  }

  /** Is unanswered in the ledger until then: should this process die, the next owner sends it. */
  #submitLater({ subscription, row }: Planned): void {
    void this.#deps.activity.during(async () => {
      await this.#deps.timers.sleep(row.decision.delayMs ?? 0);
      if (this.registry.has(subscription)) this.#deps.lanes.submit(row.instructions);
    });
  }

  #told(signal: Signal, planned: readonly Planned[]): void {
    this.#deps.decided(
      signal,
      planned.map(({ row }) => row),
    );
    for (const { subscription, row } of planned) {
      if (signal.kind === "close") subscription.ended.add(signal.position);
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
      if (this.registry.has(subscription)) this.pump(subscription.account);
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
    const { version } = rulesFor(subscription, signal.sequence);
    const origin = { kind: "signal" as const, id: signal.id, sequence: signal.sequence };
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
          : { ...copied, target: decision.target, through: signal.sequence },
      instructions: decision.plans.map((plan) => ({
        key: instructionKey(origin, subscriptionId, plan.part, 1),
        account: account.account,
        partition: account.partition,
        fence: context.fence,
        origin,
        subscriptionId,
        position: signal.position,
        part: plan.part,
        attempt: 1,
        kind: plan.kind,
        symbol: plan.symbol,
        side: plan.side,
        volume: plan.volume,
        positionId: plan.positionId,
        stopLoss: plan.stopLoss,
        takeProfit: plan.takeProfit,
        // A position from before has no opening of its own to keep distances from.
        masterPrice: signal.existing ? null : signal.price,
        status: this.#deps.lanes.admit(account),
        validUntil: isOpening(signal) ? validUntilOf(subscription, signal) : null,
      })),
    };
  }
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

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
