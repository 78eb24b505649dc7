/**
 * The simulated broker: a synchronous, deterministic core. Quotes and orders go in; log records
 * and events come out, records first.
 * At one instant: swap is added; pending orders whose time is over expire; then quotes; then stop-outs (largest
 * loss first, looked at anew after each); then pending orders that the quotes trigger, and last the
 * stops that they touch, both filled at that quote; accounts by login, the oldest first. Time passes
 * with quotes, orders and `publish`.
 * Invariants: one order per key; an order under a fence lower than one seen is refused; the state
 * is what the log says; every event of an account bears the next sequence number.
 * Listeners are called in the middle of the work and must not throw.
 */

import type { CashMovement } from "../../domain/cash.ts";
import { LockstepError } from "../../domain/errors.ts";
import type { Fixed } from "../../domain/fixed.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Outcome } from "../../domain/instruction.ts";
import type { Quote, SymbolSpec } from "../../domain/symbol.ts";
import type { Deal, Position } from "../../domain/trade.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Account } from "./account.ts";
import type { BrokerLog } from "./broker-log.ts";
import { cashRecordOf, type Payment } from "./cash.ts";
import { closeBy, closeByOutcome, type Pair } from "./close-by.ts";
import { eventsOf, isEventful } from "./events.ts";
import { answerOrder, type NumberedDesk } from "./execution.ts";
import type { Market } from "./market.ts";
import { Markets } from "./markets.ts";
import {
  type AccountTerms,
  type BrokerEvent,
  type BrokerSnapshot,
  type Interference,
  type OpenPosition,
  type OrderRequest,
  type OrderTag,
  type PriceQuote,
  sameFigures,
  UNDISTURBED,
} from "./model.ts";
import { expireOrders, triggerOrders } from "./pending-sweep.ts";
import type { LogRecord } from "./records.ts";
import { rollOver } from "./rollover.ts";
import { BrokerState } from "./state.ts";
import type { SwapPlan } from "./swaps.ts";
import { enforceStopOuts, type Floor, touchStops } from "./sweep.ts";
import { floatingProfit } from "./valuation.ts";

export type BrokerOptions = {
  readonly brokerId: string;
  readonly symbols: readonly SymbolSpec[];
  readonly clock: Clock;
  readonly log: BrokerLog;
  /** Equity below this share of the margin closes positions; 50 unless told. */
  readonly stopOutPercent?: number;
  /** For each lot and side, in the account's currency; none unless told. */
  readonly commissionPerLot?: Fixed;
  /** No swap unless told. */
  readonly swaps?: SwapPlan;
  /** Lots of a triggered pending order that one quote fills; absent or null: all of them. */
  readonly partOf?: Floor["partOf"];
  /** What a log holds from before: the broker then stands where that log ends. */
  readonly history?: readonly LogRecord[];
};

export class SimulatedBroker {
  readonly brokerId: string;
  readonly #clock: Clock;
  readonly #log: BrokerLog;
  readonly #markets: Markets;
  readonly #state: BrokerState;
  readonly #commissionPerLot: Fixed;
  readonly #floor: Floor;
  readonly #swaps: SwapPlan | null;
  #nextRollover: Instant = Number.NEGATIVE_INFINITY;
  readonly #listeners = new Set<(event: BrokerEvent) => void>();

  constructor(options: BrokerOptions) {
    this.brokerId = options.brokerId;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#commissionPerLot = options.commissionPerLot ?? 0n;
    this.#swaps = options.swaps ?? null;
    this.#markets = new Markets(options.symbols);
    const state = new BrokerState(this.#markets);
    this.#state = state;
    for (const record of options.history ?? []) state.apply(record);
    this.#floor = {
      markets: this.#markets,
      stopOutPercent: options.stopOutPercent ?? 50,
      ...(options.partOf === undefined ? {} : { partOf: options.partOf }),
      get accounts() {
        return state.accounts;
      },
      desk: (account, at) => this.#desk(account, at),
      commit: (account, records) => this.#commit(account, records),
    };
  }

  /** Opening the same account again changes nothing; on other terms it is BAD_INPUT. */
  openAccount(terms: AccountTerms): void {
    const standing = this.#state.find(terms.login)?.terms;
    if (standing === undefined) {
      const record: LogRecord = { type: "account", at: this.#clock.now(), ...terms };
      this.#log.append([record]);
      this.#state.apply(record);
    } else if (
      standing.currency !== terms.currency ||
      standing.positionMode !== terms.positionMode ||
      standing.leverage !== terms.leverage
    ) {
      throw new LockstepError("BAD_INPUT", { login: terms.login, expected: "the same terms" });
    }
  }

  /** Calls `listener` for every event until the returned function is called. */
  subscribe(listener: (event: BrokerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Quotes of one instant, together. Throws UNKNOWN_SYMBOL, and BAD_INPUT for a price ≤ 0. */
  applyQuotes(quotes: readonly PriceQuote[], at: Instant): void {
    this.#passTime(at);
    const touched: Market[] = [];
    for (const quote of quotes) {
      const market = this.#markets.update(quote, at);
      if (!touched.includes(market)) touched.push(market);
    }
    enforceStopOuts(this.#floor, at);
    for (const market of touched) triggerOrders(this.#floor, market, at);
    for (const market of touched) touchStops(this.#floor, market, at);
  }

  /** What the clock alone brings. */
  #passTime(at: Instant): void {
    this.#markets.keepSessions(at);
    if (this.#swaps !== null && at >= this.#nextRollover) {
      this.#nextRollover = rollOver(this.#floor, this.#swaps, at);
    }
    if (at >= this.#state.nextExpiry) expireOrders(this.#floor, at);
  }

  /** Outside the session nothing is executed. Throws UNKNOWN_SYMBOL. */
  setSession(symbol: string, open: boolean): void {
    this.#markets.get(symbol).barred = !open;
  }

  /** Executes an order now; `tag` is null for a hand at the terminal. Throws UNKNOWN_ACCOUNT. */
  trade(
    login: string,
    order: OrderRequest,
    tag: OrderTag | null = null,
    interference: Interference = UNDISTURBED,
  ): Outcome {
    const account = this.#state.account(login);
    const at = this.#clock.now();
    this.#passTime(at);
    const desk = this.#desk(account, at);
    const { records, outcome } = answerOrder(desk, { order, tag, interference });
    this.#commit(account, records);
    return outcome;
  }

  /** Closes two opposite positions by each other, by hand. Throws UNKNOWN_ACCOUNT. */
  closeBy(login: string, pair: Pair): Outcome {
    const account = this.#state.account(login);
    const at = this.#clock.now();
    this.#passTime(at);
    const made = closeBy(this.#desk(account, at), pair);
    if (made.type === "close-by") this.#commit(account, [made]);
    return closeByOutcome(made, pair, at);
  }

  /** Pays in or out, or gives or takes credit. Throws UNKNOWN_ACCOUNT, and BAD_INPUT. */
  pay(login: string, payment: Payment): CashMovement {
    const account = this.#state.account(login);
    const at = this.#clock.now();
    this.#passTime(at);
    const made = cashRecordOf(this.#desk(account, at), payment);
    this.#commit(account, [made]);
    return made.movement;
  }

  /** What was paid from `from` up to and including `to`, oldest first. Throws UNKNOWN_ACCOUNT. */
  cash(login: string, from: Instant, to: Instant): readonly CashMovement[] {
    return this.#state.account(login).cash.filter(({ at }) => at >= from && at <= to);
  }

  /** What became of a key, or null where it was never executed. Throws UNKNOWN_ACCOUNT. */
  outcome(login: string, key: string): Outcome | null {
    return this.#state.account(login).outcomes.get(key) ?? null;
  }

  /** Under a fence lower than one seen, false; a higher one is kept. Throws UNKNOWN_ACCOUNT. */
  sees(login: string, fence: number): boolean {
    const account = this.#state.account(login);
    if (fence > account.fence) {
      this.#commit(account, [{ type: "fence", at: this.#clock.now(), login, fence }]);
    }
    return fence >= account.fence;
  }

  get logins(): readonly string[] {
    return this.#state.accounts.map((account) => account.terms.login);
  }

  /** Throws UNKNOWN_ACCOUNT. */
  terms(login: string): AccountTerms {
    return this.#state.account(login).terms;
  }

  /** Throws UNKNOWN_ACCOUNT, and GATEWAY_DOWN where a position cannot be valued yet. */
  snapshot(login: string): BrokerSnapshot {
    const account = this.#state.account(login);
    const figures = account.figures();
    if (figures === null) {
      throw new LockstepError("GATEWAY_DOWN", { login, cause: "no quotes yet" });
    }
    const asOf = this.#clock.now();
    return {
      figures: { ...figures, asOf },
      positions: [...account.held()].map((position) => this.#valued(account, position)),
      orders: [...account.orders.values()],
      asOf,
      sequence: account.sequence,
    };
  }

  /** Deals from `from` up to and including `to`, oldest first. Throws UNKNOWN_ACCOUNT. */
  deals(login: string, from: Instant, to: Instant): readonly Deal[] {
    return this.#state.account(login).deals.filter(({ at }) => at >= from && at <= to);
  }

  get symbols(): readonly SymbolSpec[] {
    return [...this.#markets.all()].map((market) => market.spec);
  }

  /** Null before the first quote. Throws UNKNOWN_SYMBOL. */
  quote(symbol: string): Quote | null {
    const market = this.#markets.get(symbol);
    return market.quoted ? market.quote() : null;
  }

  /** Tells the quotes and the accounts' figures that have changed since the last time. */
  publish(): void {
    this.#passTime(this.#clock.now());
    for (const market of this.#markets.all()) {
      if (!market.changed) continue;
      market.changed = false;
      this.#tell({ type: "quote", quote: market.quote() });
    }
    for (const account of this.#state.accounts) this.#publishFigures(account);
  }

  #publishFigures(account: Account): void {
    const funds = account.balance + account.credit;
    const last = account.published;
    if (account.positions.size === 0 && last?.margin === 0n && last.equity === funds) return;
    const figures = account.figures();
    if (figures === null) return;
    if (last !== null && sameFigures(last, figures)) return;
    account.published = figures;
    const { login } = account.terms;
    this.#tell({ type: "figures", login, figures: { ...figures, asOf: this.#clock.now() } });
  }

  #desk(account: Account, at: Instant): NumberedDesk {
    const { nextOrder, nextDeal } = this.#state;
    const commissionPerLot = this.#commissionPerLot;
    return { account, markets: this.#markets, commissionPerLot, at, nextOrder, nextDeal };
  }

  #valued(account: Account, position: OpenPosition): Position {
    const profit = floatingProfit(position, this.#markets, account.terms.currency) ?? 0n;
    const { swapAt: _, ...told } = position;
    return { ...told, profit };
  }

  /** Logged first, then true, then told. */
  #commit(account: Account, records: readonly LogRecord[]): void {
    const figures = records.some(isEventful) ? account.figures() : null;
    this.#log.append(records);
    for (const record of records) this.#state.apply(record);
    if (figures === null) return;
    const valued = (position: OpenPosition): Position => this.#valued(account, position);
    for (const record of records.filter(isEventful)) {
      const both = { figures, after: account.figures() ?? figures };
      for (const event of eventsOf(record, both, valued)) this.#tell(event);
    }
    // What an order leaves behind is known at once: the next size is taken from it.
    this.#publishFigures(account);
  }

  #tell(event: BrokerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
