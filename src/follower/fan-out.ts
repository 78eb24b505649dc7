/**
 * From a signal and the followers that may be decided now to decisions in the ledger and orders on
 * their lanes. All are planned in memory and written in chunks: while one chunk's instructions go
 * out, the next is being written. The first chunk of a signal that this process watches itself is
 * written together with the signal.
 * Invariants: nothing goes out before its own chunk is committed; a chunk that cannot be written
 * leaves its signal waiting, and nothing was sent; a follower that cannot be planned holds up nobody
 * else; nothing is written of a signal that is not in the ledger.
 */
import { isLockstepError } from "../domain/errors.ts";
import type { Opening } from "../master/service.ts";
import type { Signal } from "../master/signal.ts";
import { unclaim } from "./claims.ts";
import type { Decision } from "./decision.ts";
import type { LedgerInstruction } from "./instruction.ts";
import { afterDecision } from "./mirror-turns.ts";
import { deciding, type Planned, plan } from "./plan.ts";
import type { FollowerDeps } from "./ports.ts";
import { retargeted } from "./reduce.ts";
import type { Registry } from "./registry.ts";
import { type AccountState, rememberDecision, type Subscription } from "./state.ts";
import type { DecisionRow } from "./store.ts";

/**
 * Each chunk is twice the one before, up to the largest: the ledger has the first to write while the
 * others are being planned.
 */
const CHUNK_FIRST = 128;
const CHUNK_MOST = 256;
/** So many go with the signal, since the others wait for its commit. */
export const FIRST_OF_MANY = 32;
/** So many are planned before the loop may hear that the signal is in the ledger. */
const SLICE = 32;
const RETRY_MS = 200;

type Shared = {
  readonly registry: Registry;
  /** Decides what waited for something on the account. */
  pump(account: AccountState): void;
};

type Decide = ReturnType<typeof deciding>;

type Chunk = {
  readonly planned: readonly Planned[];
  /** Not to be decided here and now: the signal waits for them, once it is in the ledger. */
  readonly left: readonly Left[];
};

/** `missed`: the decision that lacked what is being asked for now. */
type Left = { readonly subscription: Subscription; readonly missed: Decision | null };

export class FanOut {
  readonly #deps: FollowerDeps;
  readonly #shared: Shared;
  #running = 0;

  constructor(deps: FollowerDeps, shared: Shared) {
    this.#deps = deps;
    this.#shared = shared;
  }

  /** Decisions are being made or written: what is less urgent may give way. */
  get running(): boolean {
    return this.#running > 0;
  }

  /** Decides a signal of the ledger. */
  run(signal: Signal, subscriptions: readonly Subscription[]): void {
    if (subscriptions.length === 0) return;
    const decide = this.#decide(signal);
    void this.#deps.activity.during(() => this.#chunks(signal, subscriptions, decide));
  }

  /** Plans a signal that is about to be committed; the rest is planned while that goes on. */
  open(signal: Signal, few: readonly Subscription[], rest: () => Subscription[]): Opening {
    const decide = this.#decide(signal);
    const first = this.#plan(signal, few, decide);
    let known: (isInLedger: boolean) => void = () => {};
    const inLedger = new Promise<boolean>((resolve) => {
      known = resolve;
    });
    void this.#deps.activity.during(async () => {
      await nextTurn();
      await this.#chunks(signal, rest(), decide, inLedger);
    });
    this.#running += 1;
    const ended = (isInLedger: boolean): void => {
      this.#running -= 1;
      known(isInLedger);
    };
    return {
      write: this.#deps.store.alongside(signal, rowsOf(first.planned)),
      committed: (written) => {
        ended(true);
        this.#leave(signal, first);
        if (first.planned.length === 0) return;
        if (written) this.#committed(signal, first.planned);
        // What stood in the way is told by the ordinary way.
        else void this.#deps.activity.during(() => this.#write(signal, first.planned));
      },
      failed: () => {
        ended(false);
        this.#withdraw(first.planned);
      },
    };
  }

  #decide(signal: Signal): Decide {
    const { registry } = this.#shared;
    const { clock, surroundings } = this.#deps;
    return deciding(signal, clock.now(), { registry, surroundings });
  }

  async #chunks(
    signal: Signal,
    subscriptions: readonly Subscription[],
    decide: Decide,
    inLedger: Promise<boolean> = Promise.resolve(true),
  ): Promise<void> {
    const chunks: Promise<void>[] = [];
    this.#running += 1;
    try {
      for (let from = 0, size = CHUNK_FIRST; from < subscriptions.length; ) {
        const chunk = await this.#inSlices(signal, subscriptions.slice(from, from + size), decide);
        chunks.push(this.#chunk(signal, chunk, inLedger));
        from += size;
        size = Math.min(CHUNK_MOST, size * 2);
      }
      await Promise.all(chunks);
    } finally {
      this.#running -= 1;
    }
  }

  async #inSlices(
    signal: Signal,
    subscriptions: readonly Subscription[],
    decide: Decide,
  ): Promise<Chunk> {
    const slices: Chunk[] = [];
    for (let from = 0; from < subscriptions.length; from += SLICE) {
      slices.push(this.#plan(signal, subscriptions.slice(from, from + SLICE), decide));
      await nextTurn();
    }
    return {
      planned: slices.flatMap(({ planned }) => planned),
      left: slices.flatMap(({ left }) => left),
    };
  }

  async #chunk(signal: Signal, chunk: Chunk, inLedger: Promise<boolean>): Promise<void> {
    if (await inLedger) {
      this.#leave(signal, chunk);
      if (chunk.planned.length > 0) await this.#write(signal, chunk.planned);
    } else this.#withdraw(chunk.planned);
  }

  async #write(signal: Signal, planned: readonly Planned[]): Promise<void> {
    const early = !this.#deps.protections("ledger-before-send");
    if (early) this.#submit(planned);
    try {
      await this.#deps.store.writeDecisions(signal, rowsOf(planned));
    } catch (error) {
      this.#withdraw(planned);
      await this.#refused(signal, planned, error);
      return;
    }
    this.#committed(signal, planned, early);
  }

  #committed(signal: Signal, planned: readonly Planned[], sent = false): void {
    this.#deps.failpoints("CHUNK_COMMITTED");
    this.#written(signal, planned);
    if (!sent) this.#submit(planned);
    this.#told(signal, planned);
  }

  #plan(signal: Signal, subscriptions: readonly Subscription[], decide: Decide): Chunk {
    const left: Left[] = [];
    const planned = subscriptions.flatMap((subscription) => {
      // Dropped since: the place in its lane would be taken from whoever was read afresh.
      if (!this.#shared.registry.has(subscription)) return [];
      const one = this.#planned(signal, subscription, decide);
      if (one === null) left.push({ subscription, missed: null });
      else if (this.#learns(one)) left.push({ subscription, missed: one.row.decision });
      else return one;
      return [];
    });
    if (planned.length > 0) this.#deps.failpoints("FOLLOWER_PLANNED");
    return { planned, left };
  }

  #planned(signal: Signal, subscription: Subscription, decide: Decide): Planned | null {
    const { lanes } = this.#deps;
    const { partition } = subscription.account;
    const fence = this.#deps.fence(partition);
    if (fence === null) {
      // Too late to be sure of the lease: whoever owns it next, this process too, reads it again.
      this.#deps.stale([partition]);
      return null;
    }
    try {
      return plan(signal, subscription, { fence, decide, lanes });
    } catch (error) {
      this.#deps.fault(error, `deciding for subscription ${subscription.subscriptionId}`);
      return null;
    }
  }

  #leave(signal: Signal, { left }: Chunk): void {
    for (const { subscription, missed } of left) {
      this.#handBack(subscription, signal);
      if (missed === null) continue;
      const { account } = subscription;
      void this.#deps.activity.during(async () => {
        await this.#deps.learns?.(account, missed);
        this.#shared.pump(account);
      });
    }
  }

  /** Whether to wait for what it lacks: once, since what was asked for a moment ago is not again. */
  #learns({ subscription, row }: Planned): boolean {
    if (row.decision.reason === null) return false;
    return (this.#deps.learns?.(subscription.account, row.decision) ?? null) !== null;
  }

  #written(signal: Signal, planned: readonly Planned[]): void {
    for (const one of planned) {
      const { subscription, row } = one;
      this.#adoptTarget(signal, one);
      this.#adoptMirror(signal, one);
      rememberDecision(subscription, signal, row.decision, this.#deps.clock.now());
      if (!this.#shared.registry.has(subscription)) continue;
      // What goes to a lane is marked there before the claim is lifted.
      for (const { key, subscriptionId, position, symbol } of row.instructions) {
        subscription.account.unresolved.set(key, { subscriptionId, position, symbol });
      }
      unclaim(subscription, signal);
    }
  }

  /** The follower's own hand may have changed the position while the decision was being written. */
  #adoptTarget(signal: Signal, { subscription, row, before }: Planned): void {
    if (row.copied === null) return;
    const { position } = row.copied;
    const now = subscription.copied.get(position);
    if (now === undefined || now === before) {
      subscription.copied.set(position, row.copied);
      return;
    }
    const merged = retargeted(now, signal);
    subscription.copied.set(position, merged);
    this.#deps.changed(subscription.account, [merged]);
  }

  /** As it stands by now: a deal may have come while the decision was being written. */
  #adoptMirror(signal: Signal, { subscription, row }: Planned): void {
    const changed = afterDecision(subscription, signal, row.decision);
    if (changed.length > 0) this.#deps.changed(subscription.account, changed);
  }

  /** What was dropped meanwhile is sent by whoever reads it back from the ledger. */
  #submit(planned: readonly Planned[]): void {
    const now = planned.filter(({ row }) => row.decision.delayMs === undefined);
    this.#deps.lanes.submit(this.#served(now));
    for (const one of planned) if (one.row.decision.delayMs !== undefined) this.#submitLater(one);
  }

  /** Is unanswered in the ledger until then: should this process die, the next owner sends it. */
  #submitLater(one: Planned): void {
    void this.#deps.activity.during(async () => {
      await this.#deps.timers.sleep(one.row.decision.delayMs ?? 0);
      this.#deps.lanes.submit(this.#served([one]));
    });
  }

  #served(planned: readonly Planned[]): LedgerInstruction[] {
    return planned.flatMap(({ subscription, row }) =>
      this.#shared.registry.has(subscription) ? row.instructions : [],
    );
  }

  #withdraw(planned: readonly Planned[]): void {
    this.#deps.lanes.withdraw(this.#served(planned));
  }

  #told(signal: Signal, planned: readonly Planned[]): void {
    this.#deps.decided(signal, rowsOf(planned));
    for (const { subscription, row } of planned) {
      if (signal.kind === "close") subscription.ended.add(signal.position);
      if (row.instructions.length === 0 || subscription.waiting.length > 0) {
        this.#shared.pump(subscription.account);
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
      if (this.#shared.registry.has(subscription)) this.#shared.pump(subscription.account);
    }
  }

  /** Puts a claimed signal back to the front: it is decided later, or by the next owner. */
  #handBack(subscription: Subscription, signal: Signal): void {
    unclaim(subscription, signal);
    subscription.waiting.unshift(signal);
    subscription.waiting.sort((a, b) => a.sequence - b.sequence);
  }
}

const rowsOf = (planned: readonly Planned[]): DecisionRow[] => planned.map(({ row }) => row);

export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
