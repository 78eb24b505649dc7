/**
 * The broker's state as a fold over its log. Live and after a restart the same `apply` runs, so
 * that what a log restores is what stood when it was written.
 * Invariants: an order and a deal number is given once; a key that has a deal has an outcome, even
 * where the answer was never written; so has a key that placed, changed or cancelled an order.
 */
import { LockstepError } from "../../domain/errors.ts";
import type { Fixed } from "../../domain/fixed.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Outcome } from "../../domain/instruction.ts";
import type { PendingOrder } from "../../domain/pending-order.ts";
import type { Deal } from "../../domain/trade.ts";
import { Account } from "./account.ts";
import type { Markets } from "./markets.ts";
import type { OpenPosition } from "./model.ts";
import type { DealRecord, LogRecord, OrderRecord } from "./records.ts";
import { RETCODE } from "./retcodes.ts";

export class BrokerState {
  readonly #markets: Markets;
  readonly #accounts = new Map<string, Account>();
  #inOrder: readonly Account[] = [];
  nextOrder = 1;
  nextDeal = 1;
  #nextExpiry: Instant | null = null;

  constructor(markets: Markets) {
    this.#markets = markets;
  }

  find(login: string): Account | undefined {
    return this.#accounts.get(login);
  }

  /** Throws UNKNOWN_ACCOUNT. */
  account(login: string): Account {
    const account = this.#accounts.get(login);
    if (account === undefined) throw new LockstepError("UNKNOWN_ACCOUNT", { login });
    return account;
  }

  /** By login, in code point order. */
  get accounts(): readonly Account[] {
    return this.#inOrder;
  }

  /** The first instant at which a pending order ends; Infinity where none does. */
  get nextExpiry(): Instant {
    this.#nextExpiry ??= firstExpiry(this.#inOrder);
    return this.#nextExpiry;
  }

  apply(record: LogRecord): void {
    if (record.type === "account") {
      this.#accounts.set(record.login, new Account(record, this.#markets));
      this.#inOrder = [...this.#accounts.values()].sort((a, b) =>
        a.terms.login < b.terms.login ? -1 : 1,
      );
      return;
    }
    const account = this.account(record.login);
    switch (record.type) {
      case "request":
        if (record.fence !== null && record.fence > account.fence) account.fence = record.fence;
        account.pending = record.key === null ? null : { key: record.key, volume: record.volume };
        return;
      case "deal":
        this.#applyDeal(account, record);
        return;
      case "close-by":
        account.sequence = record.sequence;
        account.setBalance(record.balance);
        for (const [index, deal] of record.deals.entries()) {
          this.#book(account, deal, record.positions[index] ?? null);
        }
        return;
      case "position":
        account.sequence = record.sequence;
        account.hold(record.position);
        this.#stopsChanged(record.position.symbol);
        return;
      case "order":
        this.#applyOrder(account, record);
        return;
      case "cash":
        account.sequence = record.sequence;
        account.setBalance(record.balance);
        account.setCredit(record.credit);
        account.cash.push(record.movement);
        this.nextDeal = Math.max(this.nextDeal, Number(record.movement.id) + 1);
        return;
      case "fence":
        account.fence = record.fence;
        return;
      case "answer":
        if (record.key !== null && isKept(record.outcome)) {
          account.outcomes.set(record.key, record.outcome);
        }
        return;
    }
  }

  #applyDeal(account: Account, record: DealRecord): void {
    const { deal } = record;
    account.sequence = record.sequence;
    account.setBalance(record.balance);
    this.#book(account, deal, record.position);
    if (record.order !== null) this.#orderFilled(account, record.order, deal.volume);
    // A pending order's key was answered when it was placed.
    if (deal.key === null || record.order !== null) return;
    account.outcomes.set(deal.key, outcomeOfDeal(account, record));
  }

  #book(account: Account, deal: Deal, position: OpenPosition | null): void {
    account.deals.push(deal);
    if (position === null) account.release(deal.positionId);
    else account.hold(position);
    this.#stopsChanged(deal.symbol);
    this.nextOrder = Math.max(this.nextOrder, Number(deal.orderId) + 1);
    this.nextDeal = Math.max(this.nextDeal, Number(deal.id) + 1);
  }

  #applyOrder(account: Account, record: OrderRecord): void {
    const { order, change, key } = record;
    account.sequence = record.sequence;
    if (change === "placed" || change === "changed") {
      account.orders.set(order.id, order);
      this.#ordersChanged(order.symbol);
    } else this.#orderGone(account, order);
    this.nextOrder = Math.max(this.nextOrder, Number(order.id) + 1);
    if (key !== null) account.outcomes.set(key, outcomeOfOrder(record));
  }

  /** What is left of it stands on, and fills at the next quote. */
  #orderFilled(account: Account, order: PendingOrder, filled: Fixed): void {
    const volume = order.volume - filled;
    if (volume <= 0n) this.#orderGone(account, order);
    else {
      account.orders.set(order.id, { ...order, volume });
      this.#ordersChanged(order.symbol);
    }
  }

  #orderGone(account: Account, { id, symbol }: PendingOrder): void {
    account.orders.delete(id);
    this.#ordersChanged(symbol);
  }

  #ordersChanged(symbol: string): void {
    this.#markets.get(symbol).orderLevels = null;
    this.#nextExpiry = null;
  }

  #stopsChanged(symbol: string): void {
    this.#markets.get(symbol).stopLevels = null;
  }
}

function firstExpiry(accounts: readonly Account[]): Instant {
  let first = Number.POSITIVE_INFINITY;
  for (const { orders } of accounts) {
    for (const { expiresAt } of orders.values()) {
      if (expiresAt !== null && expiresAt < first) first = expiresAt;
    }
  }
  return first;
}

function outcomeOfOrder({ order, at }: OrderRecord): Outcome {
  return {
    status: "done",
    code: null,
    brokerCode: RETCODE.DONE,
    orderId: order.id,
    positionId: null,
    filled: 0n,
    price: null,
    at,
  };
}

/** A newer owner may send a fenced key again, and an unknown one was never executed. */
function isKept(outcome: Outcome): boolean {
  return outcome.code !== "FENCED" && outcome.status !== "unknown";
}

/** Holds until the answer that follows the deal in the log, if a kill did not cut it off. */
function outcomeOfDeal(account: Account, { deal }: DealRecord): Outcome {
  const asked = account.pending?.key === deal.key ? (account.pending?.volume ?? null) : null;
  const whole = asked === null || deal.volume >= asked;
  return {
    status: whole ? "done" : "partial",
    code: null,
    brokerCode: whole ? RETCODE.DONE : RETCODE.DONE_PARTIAL,
    orderId: deal.orderId,
    positionId: deal.positionId,
    filled: deal.volume,
    price: deal.price,
    at: deal.at,
  };
}
