/**
 * One symbol at the simulated broker: its facts, its last quote, and which stops and orders that
 * quote could touch. Prices decide as Fixed; the cached doubles only serve to skip work that cannot matter.
 */
import type { Fixed } from "../../domain/fixed.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Quote, SymbolSpec } from "../../domain/symbol.ts";
import type { Side } from "../../domain/trade.ts";
import type { Levels } from "./levels.ts";
import type { PriceQuote } from "./model.ts";
import type { Rate } from "./rates.ts";

export class Market {
  readonly spec: SymbolSpec;
  bid: Fixed = 0n;
  ask: Fixed = 0n;
  at: Instant = 0;
  bidNumber = Number.NaN;
  askNumber = Number.NaN;
  /** Closed by hand, whatever its sessions say. */
  barred = false;
  /** Whether the symbol's own hours hold the time that has passed. */
  inSession = true;
  /** Whether the quote has changed since it was last published. */
  changed = false;
  /** The nearest stops of all accounts, or null where they must be gathered again. */
  stopLevels: Levels | null = null;
  /** The nearest pending orders, likewise. */
  orderLevels: Levels | null = null;
  /** Rates from its profit currency, by the currency they lead to. */
  readonly rates = new Map<string, Rate>();

  constructor(spec: SymbolSpec) {
    this.spec = spec;
  }

  /** No order and no stop is executed outside the session. */
  get open(): boolean {
    return this.inSession && !this.barred;
  }

  get quoted(): boolean {
    return this.bid > 0n;
  }

  update(quote: PriceQuote, at: Instant): void {
    this.bid = quote.bid;
    this.ask = quote.ask;
    this.at = at;
    this.bidNumber = Number(quote.bid) / 1e8;
    this.askNumber = Number(quote.ask) / 1e8;
    this.changed = true;
  }

  /** Where a new position of this side trades: buys at the ask. */
  entryPrice(side: Side): Fixed {
    return side === "buy" ? this.ask : this.bid;
  }

  /** Where a position of this side is closed: buys at the bid. */
  exitPrice(side: Side): Fixed {
    return side === "buy" ? this.bid : this.ask;
  }

  quote(): Quote {
    return { symbol: this.spec.name, bid: this.bid, ask: this.ask, at: this.at };
  }
}
