/**
 * The broker's state as a fold over its log. Live and after a restart the same `apply` runs, so
 * that what a log restores is what stood when it was written.
 * Invariants: an order and a deal number is given once; a key that has a deal has an outcome, even
 * where the answer was never written.
 */
import { LockstepError } from "../../domain/errors.ts";
import type { Outcome } from "../../domain/instruction.ts";
import { Account } from "./account.ts";
import type { Markets } from "./markets.ts";
import type { DealRecord, LogRecord } from "./records.ts";
import { RETCODE } from "./retcodes.ts";

export class BrokerState {
  readonly #markets: Markets;
  readonly #accounts = new Map<string, Account>();
  #inOrder: readonly Account[] = [];
  nextOrder = 1;
  nextDeal = 1;

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
      case "position":
        account.sequence = record.sequence;
        account.hold(record.position);
        this.#stopsChanged(record.position.symbol);
        return;
      case "answer":
        if (record.key !== null && isKept(record.outcome)) {
          account.outcomes.set(record.key, record.outcome);
        }
        return;
    }
  }

  #applyDeal(account: Account, record: DealRecord): void {
    const { deal, position } = record;
    account.sequence = record.sequence;
    account.deals.push(deal);
    account.setBalance(record.balance);
    if (position === null) account.release(deal.positionId);
    else account.hold(position);
    this.#stopsChanged(deal.symbol);
    this.nextOrder = Math.max(this.nextOrder, Number(deal.orderId) + 1);
    this.nextDeal = Math.max(this.nextDeal, Number(deal.id) + 1);
    if (deal.key !== null) account.outcomes.set(deal.key, outcomeOfDeal(account, record));
  }

  #stopsChanged(symbol: string): void {
    this.#markets.get(symbol).triggers = null;
  }
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
