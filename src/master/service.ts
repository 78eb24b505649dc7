/**
 * Watches the masters this process owns. Each master has one watcher: it takes events in order,
 * turns them into signals, commits them, and only then tells the followers.
 * A gap, a start or a reconnect means: snapshot first, then the events that came after it.
 */
import type { AccountRef } from "../domain/account.ts";
import { isLockstepError, LockstepError } from "../domain/errors.ts";
import { idOf, partitionOf } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { Deal } from "../domain/trade.ts";
import type { Gateway, GatewayEvent } from "../gateway/gateway.ts";
import type { BrokerMarket } from "../gateway/market.ts";
import type { Activity } from "../platform/activity.ts";
import type { Clock, Timers } from "../platform/clock.ts";
import type { Failpoints } from "../platform/failpoints.ts";
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
  /** Told of every committed signal, in order; must not wait for the followers. */
  committed(signals: readonly Signal[]): void;
  incident(account: AccountRef, code: string, facts: Record<string, string>): void;
  fault(error: unknown, doing: string): void;
};

export type MasterSeat = {
  readonly account: AccountRef;
  readonly gateway: Gateway;
  readonly market: BrokerMarket;
  readonly linkedAt: Instant;
};

type StreamEvent = Extract<GatewayEvent, { type: "event" }>;

const KNOWN_KEYS = 10_000;
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
    else this.#eventSequence = null;
    this.#wake();
  }

  /** Forgets where the stream stood: the next step is a snapshot. */
  resync(): void {
    this.#eventSequence = null;
    this.#wake();
  }

  #wake(): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    void this.#deps.activity
      .during(() => this.#run())
      .finally(() => {
        this.#running = false;
        if (!this.#stopped && this.#pending.length > 0) this.#wake();
      });
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        if (!(await this.#step())) return;
      } catch (error) {
        if (isLockstepError(error, "FENCE_STALE")) return this.stop();
        this.#deps.fault(error, "reading a master");
        this.#bookLoaded = false;
        this.#eventSequence = null;
        if (isLockstepError(error, "GATEWAY_DOWN")) return;
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
    const snapshot = await gateway.snapshot(account);
    const known = await this.#deps.store.knownKeys(account, KNOWN_KEYS);
    const deals: Deal[] = [];
    if (gateway.deals !== undefined) {
      for await (const deal of gateway.deals(account, linkedAt, snapshot.asOf)) deals.push(deal);
    }
    const found = catchUp(this.#book, snapshot, { deals, known, linkedAt });
    if (this.#deps.protections("closing-deal-required")) {
      for (const position of found.unexplained) {
        this.#deps.incident(account, "CLOSING_DEAL_MISSING", { position });
      }
    }
    await this.#commit(found.drafts);
    this.#eventSequence = snapshot.sequence;
    this.#pending = this.#pending.filter((event) => event.sequence > snapshot.sequence);
  }

  async #commit(drafts: readonly Draft[]): Promise<void> {
    if (drafts.length === 0) return;
    const fence = this.#deps.fence(this.#partition);
    if (fence === null) throw new LockstepError("FENCE_STALE", { partition: this.#partition });
    const signals = drafts.map((draft, index) => this.#signalOf(draft, index + 1));
    await this.#deps.store.commit(signals, { partition: this.#partition, fence });
    for (const signal of signals) this.#book = applied(this.#book, signal);
    this.#deps.failpoints("SIGNAL_COMMITTED");
    this.#deps.committed(signals);
  }

  #signalOf(draft: Draft & { readonly seen?: Instant }, offset: number): Signal {
    const { account, market } = this.#seat;
    const { figures, seen, ...rest } = draft;
    const spec = market.spec(draft.symbol);
    if (spec === undefined) throw new LockstepError("UNKNOWN_SYMBOL", { symbol: draft.symbol });
    const receivedAt = this.#deps.clock.now();
    return {
      ...rest,
      tenantId: account.tenantId,
      id: idOf("signal", account.accountId, draft.sourceKey),
      masterId: account.accountId,
      sequence: this.#book.sequence + offset,
      contractSize: spec.contractSize,
      digits: spec.digits,
      figures: {
        currency: figures.currency,
        balance: figures.balance,
        equity: figures.equity,
        freeMargin: figures.freeMargin,
      },
      receivedAt,
      ageAtReceiptMs: Math.max(0, (seen ?? receivedAt) - draft.at),
    };
  }
}
