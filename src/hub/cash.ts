/**
 * What was paid into and out of the accounts that this process serves, so that limits take neither
 * for profit or loss.
 * Invariants: a payment counts once, by its id, and only once it is in the ledger; while the stream
 * had a hole that the broker's history has not filled yet, or a payment is being written, nothing is
 * measured. What was paid before the hub first saw an account is in its first figures, and no flow.
 */
import { bookedOf, type CashMovement, flowOf } from "../domain/cash.ts";
import { isLockstepError } from "../domain/errors.ts";
import type { Fixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { Deal, Snapshot } from "../domain/trade.ts";
import type { AccountState } from "../follower/state.ts";
import { type Explained, heard, judged, NOTHING_EXPLAINED, rebased } from "../risk/explained.ts";
import type { Hub } from "./hub.ts";

/** What the ledger knows of an account's payments. */
export type KnownCash = {
  /** Deposits less withdrawals. */
  readonly paidIn: Fixed;
  /** Of the newest payments, all that a later reading of the history may find again. */
  readonly ids: readonly string[];
  readonly lastAt: Instant | null;
  /** When the hub first knew figures of the account; null: never yet. */
  readonly seenSince: Instant | null;
};

export const NO_CASH: KnownCash = { paidIn: 0n, ids: [], lastAt: null, seenSince: null };

/** Payments this much older than the last look are read again: a broker's history may lag. */
export const CASH_LAG_MS = 60_000;

type Book = {
  paidIn: Fixed;
  readonly ids: Set<string>;
  /** Up to here the history has been read; null: the account was never seen. */
  through: Instant | null;
  /** Counts the holes of the stream; `read` is the one that the last reading filled. */
  holes: number;
  read: number;
  unwritten: CashMovement[];
  writing: boolean;
  explained: Explained;
};

export class CashWatch {
  readonly #hub: Hub;
  readonly #books = new WeakMap<AccountState, Book>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** As the ledger knows it. */
  enter(account: AccountState, { paidIn, ids, lastAt, seenSince }: KnownCash): void {
    const through = seenSince === null ? null : Math.max(seenSince, (lastAt ?? 0) - CASH_LAG_MS);
    this.#books.set(account, {
      ...{ paidIn, ids: new Set(ids), through, holes: 1, read: 0 },
      ...{ unwritten: [], writing: false, explained: NOTHING_EXPLAINED },
    });
  }

  /** Something may have been missed. */
  lost(account: AccountState): void {
    const book = this.#books.get(account);
    if (book !== undefined) book.holes += 1;
  }

  /** A payment that the broker told. */
  hear(account: AccountState, movement: CashMovement): void {
    const book = this.#books.get(account);
    if (book === undefined || book.ids.has(movement.id)) return;
    book.ids.add(movement.id);
    book.unwritten.push(movement);
    this.#write(account, book);
  }

  dealt(account: AccountState, { profit, commission, swap }: Deal): void {
    this.#explain(account, profit + commission + swap);
  }

  paid(account: AccountState, movement: CashMovement): void {
    this.#explain(account, bookedOf(movement));
  }

  #explain(account: AccountState, booked: Fixed): void {
    const book = this.#books.get(account);
    if (book !== undefined) book.explained = heard(book.explained, booked);
  }

  /** Deposits less withdrawals that are in this balance; null where that is not certain yet. */
  paidIn(account: AccountState, balance: Fixed, now: Instant): Fixed | null {
    const book = this.#books.get(account);
    if (book === undefined || book.read !== book.holes) return null;
    if (book.unwritten.length > 0) {
      this.#write(account, book);
      return null;
    }
    const { explained, isTaken } = judged(book.explained, balance, now);
    book.explained = explained;
    return isTaken ? book.paidIn : null;
  }

  /** A snapshot was taken; `isUnbroken`: it holds nothing that the stream did not tell. */
  looked(account: AccountState, snapshot: Snapshot, isUnbroken: boolean): void {
    const book = this.#books.get(account);
    if (book === undefined) return;
    const { asOf, figures } = snapshot;
    const { holes } = book;
    if (book.through === null) {
      book.through = asOf;
      book.read = holes;
      // From now on there is a point that says what the account began with.
      this.#hub.reconciler.recorder.figures({ account: account.account, figures });
      return;
    }
    if (isUnbroken && book.read === holes) {
      book.through = Math.max(book.through, asOf - CASH_LAG_MS);
      return;
    }
    void this.#hub.deps.activity.during(() => this.#readHistory(account, asOf, holes));
  }

  /** The balance that a snapshot shows stands, whatever led to it. */
  rebase(account: AccountState, balance: Fixed): void {
    const book = this.#books.get(account);
    if (book !== undefined) book.explained = rebased(balance);
  }

  async #readHistory(account: AccountState, asOf: Instant, holes: number): Promise<void> {
    const book = this.#books.get(account);
    if (book?.through === undefined || book.through === null) return;
    const since = book.through;
    try {
      const gateway = this.#hub.gatewayOf(account);
      for await (const one of gateway.cash?.(account.account, since, asOf) ?? []) {
        if (one.at > since) this.hear(account, one);
      }
      book.through = Math.max(since, asOf - CASH_LAG_MS);
      book.read = holes;
      this.#hub.limits.hear(account);
    } catch (error) {
      // The next look reads it again, and nothing is measured until then.
      if (!isLockstepError(error, "GATEWAY_DOWN")) this.#hub.fault(error, "reading payments");
    }
  }

  #write(account: AccountState, book: Book): void {
    if (book.writing) return;
    book.writing = true;
    void this.#hub.deps.activity.during(() => this.#writeAll(account, book));
  }

  async #writeAll(account: AccountState, book: Book): Promise<void> {
    const { account: ref } = account;
    try {
      while (book.unwritten.length > 0) {
        // What comes meanwhile is of the next batch.
        const batch = [...book.unwritten];
        const list = batch.map((movement) => ({ account: ref, movement }));
        await this.#hub.deps.stores.reconcile.recordCash(ref.tenantId, list);
        book.unwritten = book.unwritten.slice(batch.length);
        for (const movement of batch) book.paidIn += flowOf(movement);
      }
    } catch (error) {
      this.#hub.fault(error, "writing payments");
      return;
    } finally {
      book.writing = false;
    }
    this.#hub.limits.hear(account);
  }
}
