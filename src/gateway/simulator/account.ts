/** One account at the simulated broker, as the fold over its records left it. */
import type { Figures } from "../../domain/account.ts";
import type { CashMovement } from "../../domain/cash.ts";
import type { Fixed } from "../../domain/fixed.ts";
import type { Outcome } from "../../domain/instruction.ts";
import type { PendingOrder } from "../../domain/pending-order.ts";
import type { Deal } from "../../domain/trade.ts";
import type { Markets } from "./markets.ts";
import type { AccountTerms, OpenPosition } from "./model.ts";
import { Prefilter } from "./prefilter.ts";
import { figuresOf, freeMarginAfter, type Valued } from "./valuation.ts";

export class Account {
  readonly terms: AccountTerms;
  readonly #markets: Markets;
  readonly #valued: Valued;
  balance: Fixed;
  credit: Fixed;
  /** The number of the last event. */
  sequence = 0;
  /** The highest fence that was seen. */
  fence = 0;
  /** Oldest first. */
  readonly positions = new Map<string, OpenPosition>();
  /** Pending orders that stand, oldest first. */
  readonly orders = new Map<string, PendingOrder>();
  readonly deals: Deal[] = [];
  /** Oldest first. */
  readonly cash: CashMovement[] = [];
  /** What became of each key; a key that is not here was never executed. */
  readonly outcomes = new Map<string, Outcome>();
  /** The last request that bears a key: a deal whose answer a kill cut off belongs to it. */
  pending: { readonly key: string; readonly volume: Fixed | null } | null = null;
  /** The figures that were last published. */
  published: Figures | null = null;
  #prefilter: Prefilter | null = null;
  #figures: Figures | null = null;
  #figuresVersion = -1;

  constructor(terms: AccountTerms, markets: Markets) {
    this.terms = terms;
    this.balance = terms.balance;
    this.credit = terms.credit;
    this.#markets = markets;
    this.#valued = { terms, markets };
  }

  /** A new leg is a new position, and so the youngest. */
  hold(position: OpenPosition): void {
    if (this.positions.get(position.id)?.leg !== position.leg) this.positions.delete(position.id);
    this.positions.set(position.id, position);
    this.#forget();
  }

  release(positionId: string): void {
    this.positions.delete(positionId);
    this.#forget();
  }

  setBalance(balance: Fixed): void {
    this.balance = balance;
    this.#forget();
  }

  setCredit(credit: Fixed): void {
    this.credit = credit;
    this.#forget();
  }

  /** The figures at the last quotes, or null where a position cannot be valued. */
  figures(): Figures | null {
    if (this.#figuresVersion !== this.#markets.version) {
      this.#figures = figuresOf(this.#valued, this, this.positions);
      this.#figuresVersion = this.#markets.version;
    }
    return this.#figures;
  }

  /** The free margin once `after` has replaced what bears its id, and `booked` is on the balance. */
  freeMarginWith(after: OpenPosition, booked: Fixed): Fixed | null {
    const figures = this.figures();
    if (figures === null) return null;
    const now = { account: this.#valued, figures, held: this.held() };
    return freeMarginAfter(now, { before: this.positions.get(after.id), after }, booked);
  }

  held(): IterableIterator<OpenPosition> {
    return this.positions.values();
  }

  /** All of equity that does not depend on quotes. */
  #funds(): Fixed {
    let funds = this.balance + this.credit;
    for (const { swap } of this.held()) funds += swap;
    return funds;
  }

  #forget(): void {
    this.#prefilter = null;
    this.#figuresVersion = -1;
  }

  /** True where equity is surely at least `level` times the margin, at little cost. */
  isClear(level: number): boolean {
    this.#prefilter ??= new Prefilter(
      {
        currency: this.terms.currency,
        leverage: Number(this.terms.leverage) / 1e8,
        funds: Number(this.#funds()) / 1e8,
      },
      this.held(),
      this.#markets,
    );
    return this.#prefilter.isClear(level);
  }
}
