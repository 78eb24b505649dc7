/**
 * Watches the masters this process owns. Each master has one watcher: it takes events in order,
 * turns them into signals, commits them, and only then tells the followers.
 * A gap, a start or a reconnect means: snapshot first, then the events that came after it.
 */
import type { AccountRef } from "../domain/account.ts";
import { isLockstepError, LockstepError } from "../domain/errors.ts";
import { idOf, partitionOf } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import { unitsPerLot } from "../domain/symbol.ts";
import type { Deal } from "../domain/trade.ts";
import type { Gateway, GatewayEvent } from "../gateway/gateway.ts";
import type { BrokerMarket } from "../gateway/market.ts";
import type { Activity } from "../platform/activity.ts";
import type { Clock, Timers } from "../platform/clock.ts";
import type { Failpoints } from "../platform/failpoints.ts";
import type { Write } from "../platform/fenced.ts";
import type { Protections } from "../platform/protections.ts";
import { applied, type Draft, draftsOf, EMPTY_BOOK, type MasterBook } from "./book.ts";
import { catchUp } from "./catch-up.ts";
import type { Signal } from "./signal.ts";
import type { MasterStore } from "./store.ts";

export type MasterDeps = {
  readonly store: MasterStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly activity: Activity;
  readonly failpoints: Failpoints;
  readonly protections: Protections;
  fence(partition: number): number | null;
  /** Decisions that can be written with the signal; null where there are none. */
  opening(signal: Signal): Opening | null;
  /** Told of every committed signal, in order; must not wait for the followers. */
  committed(signals: readonly Signal[]): void;
  /** A write was refused, or the lease may have ended: the partition must be read again. */
  stale(partitions: readonly number[]): void;
  incident(account: AccountRef, code: string, facts: Record<string, string>): void;
  fault(error: unknown, doing: string): void;
};

export type MasterSeat = {
  readonly account: AccountRef;
  readonly gateway: Gateway;
  readonly market: BrokerMarket;
  readonly linkedAt: Instant;
};

/** Decisions that go into the ledger with their signal. */
export type Opening = {
  readonly write: Write;
  /** The signal is in the ledger; `written`: and the decisions are, too. */
  committed(written: boolean): void;
  /** Whether the signal is in the ledger is not known. */
  failed(): void;
};

type StreamEvent = Extract<GatewayEvent, { type: "event" }>;

/** Signals that a catch-up compares the broker's history with; more are known to be in it. */
const KNOWN_SIGNALS = 1_000;
const RETRY_MS = 250;

/** Memory holds at most this many unread events of a master; more is a gap. */
const PENDING_MAX = 10_000;

export class MasterWatcher {
  readonly #seat: MasterSeat;
  readonly #deps: MasterDeps;
  readonly #partition: number;
  #book: MasterBook = EMPTY_BOOK;
  #bookLoaded = false;
  /** The last event that is in the book, or null where only a snapshot can tell. */
  #eventSequence: number | null = null;
  #pending: StreamEvent[] = [];
  #running = false;
  #stopped = false;
  /** Counts what makes the stream unreliable: a snapshot from before it proves nothing. */
  #resyncs = 0;
  #wanted = false;

  constructor(seat: MasterSeat, deps: MasterDeps) {
    this.#seat = seat;
    this.#deps = deps;
    this.#partition = partitionOf(seat.account.accountId);
  }

  get account(): AccountRef {
    return this.#seat.account;
  }

  get book(): MasterBook {
    return this.#book;
  }

  stop(): void {
    this.#stopped = true;
    this.#pending = [];
  }

  receive(event: StreamEvent): void {
    if (this.#stopped) return;
    this.#deps.failpoints("MASTER_EVENT");
    if (this.#pending.length < PENDING_MAX) this.#pending.push(event);
    else this.#lose();
    this.#wake();
  }

  /** Forgets where the stream stood: the next step is a snapshot. */
  resync(): void {
    this.#lose();
    this.#wanted = true;
    this.#wake();
  }

  #lose(): void {
    this.#resyncs += 1;
    this.#eventSequence = null;
  }

  #wake(): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    this.#wanted = false;
    void this.#deps.activity
      .during(() => this.#run())
      .finally(() => {
        this.#running = false;
        if (this.#wanted || this.#pending.length > 0) this.#wake();
      });
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        if (!(await this.#step())) return;
      } catch (error) {
        if (isLockstepError(error, "FENCE_STALE")) {
          // Whoever owns the master now, this process if it still does, reads it afresh.
          this.stop();
          return this.#deps.stale([this.#partition]);
        }
        this.#bookLoaded = false;
        this.#lose();
        if (isLockstepError(error, "GATEWAY_DOWN")) {
          // The snapshot that follows the link's return contains what waits here.
          this.#pending = [];
          return;
        }
        this.#deps.fault(error, "reading a master");
        await this.#deps.timers.sleep(RETRY_MS);
      }
    }
  }

  /** One step of the stream; false where there is nothing to do. */
  async #step(): Promise<boolean> {
    if (!this.#bookLoaded) {
      this.#book = await this.#deps.store.loadBook(this.#seat.account);
      this.#bookLoaded = true;
    }
    if (this.#eventSequence === null) {
      await this.#catchUp();
      return true;
    }
    const events = this.#pending;
    this.#pending = [];
    let book = this.#book;
    const drafts: Draft[] = [];
    for (const event of events) {
      if (event.sequence <= this.#eventSequence) continue;
      if (this.#isGap(event)) {
        this.#eventSequence = null;
        break;
      }
      this.#eventSequence = event.sequence;
      const found = draftsOf(book, event.event).map((draft) => ({ ...draft, seen: event.at }));
      for (const draft of found) {
        drafts.push(draft);
        book = applied(book, { ...draft, sequence: book.sequence + 1 });
      }
    }
    await this.#commit(drafts);
    return this.#pending.length > 0 || this.#eventSequence === null;
  }

  #isGap(event: StreamEvent): boolean {
    if (!this.#deps.protections("gap-means-snapshot")) return false;
    return this.#eventSequence !== null && event.sequence > this.#eventSequence + 1;
  }

  async #catchUp(): Promise<void> {
    const { account, gateway, linkedAt } = this.#seat;
    const resyncs = this.#resyncs;
    const snapshot = await gateway.snapshot(account);
    const { keys, since } = await this.#deps.store.known(account, KNOWN_SIGNALS);
    const deals: Deal[] = [];
    if (gateway.deals !== undefined) {
      const from = Math.max(linkedAt, since ?? 0);
      for await (const deal of gateway.deals(account, from, snapshot.asOf)) deals.push(deal);
    }
    const later = this.#dealsAfter(snapshot.sequence);
    const required = this.#deps.protections("closing-deal-required");
    const found = catchUp(this.#book, snapshot, {
      deals: deals.filter((deal) => !later.has(deal.id)),
      known: this.#deps.protections("signal-deduplicated") ? keys : new Set(),
      linkedAt,
      vanishedIsClosed: !required,
    });
    for (const position of required ? found.unexplained : []) {
      this.#deps.incident(account, "CLOSING_DEAL_MISSING", { position });
    }
    await this.#commit(found.drafts);
    if (resyncs !== this.#resyncs) return;
    this.#eventSequence = snapshot.sequence;
    this.#pending = this.#pending.filter((event) => event.sequence > snapshot.sequence);
  }

  /** Deals that history may hold already, but that the stream will tell after the snapshot. */
  #dealsAfter(sequence: number): ReadonlySet<string> {
    return new Set(
      this.#pending.flatMap(({ sequence: at, event }) =>
        at > sequence && event.type === "deal" ? [event.deal.id] : [],
      ),
    );
  }

  async #commit(drafts: readonly Draft[]): Promise<void> {
    if (drafts.length === 0) return;
    const fence = this.#deps.fence(this.#partition);
    if (fence === null) throw new LockstepError("FENCE_STALE", { partition: this.#partition });
    await this.#learnSymbols(drafts);
    const signals = drafts.map((draft, index) => this.#signalOf(draft, index + 1));
    await this.#write(signals, fence);
    for (const signal of signals) this.#book = applied(this.#book, signal);
    this.#deps.failpoints("SIGNAL_COMMITTED");
    this.#deps.committed(signals);
  }

  /** A single signal takes the decisions along that are ready. */
  async #write(signals: readonly Signal[], fence: number): Promise<void> {
    const [first, ...more] = signals;
    const held = { partition: this.#partition, fence };
    const opening = more.length > 0 || first === undefined ? null : this.#deps.opening(first);
    if (first === undefined || opening === null) return this.#deps.store.commit(signals, held);
    let written: boolean;
    try {
      written = await this.#deps.store.commitWith(first, held, opening.write);
    } catch (error) {
      opening.failed();
      throw error;
    }
    opening.committed(written);
  }

  /** Symbols that the broker has added since its facts were read, or shows to who names them only. */
  async #learnSymbols(drafts: readonly Draft[]): Promise<void> {
    const { account, gateway, market } = this.#seat;
    const names = new Set(drafts.map(({ symbol }) => symbol));
    for (const name of names) {
      if (market.spec(name) === undefined) market.setSpecs(await gateway.symbols(account, name));
    }
  }

  #signalOf(draft: Draft & { readonly seen?: Instant }, offset: number): Signal {
    const { account, market } = this.#seat;
    const { figures, seen, ...rest } = draft;
    const spec = market.spec(draft.symbol);
    if (spec === undefined) throw new LockstepError("UNKNOWN_SYMBOL", { symbol: draft.symbol });
    const receivedAt = this.#deps.clock.now();
    const sequence = this.#book.sequence + offset;
    // Without the protection the same event twice would be two signals.
    const known = this.#deps.protections("signal-deduplicated");
    const sourceKey = known ? draft.sourceKey : `${draft.sourceKey}#${sequence}`;
    return {
      ...rest,
      sourceKey,
      tenantId: account.tenantId,
      id: idOf("signal", account.accountId, sourceKey),
      masterId: account.accountId,
      sequence,
      contractSize: unitsPerLot(spec),
      digits: spec.digits,
      figures: {
        currency: figures.currency,
        balance: figures.balance,
        // Credit is the broker's money: nobody is sized by it.
        equity: figures.equity - figures.credit,
        freeMargin: figures.freeMargin - figures.credit,
      },
      receivedAt,
      ageAtReceiptMs: Math.max(0, (seen ?? receivedAt) - draft.at),
    };
  }
}
