/** All symbols of one simulated broker, by its own names, with the rates their quotes give. */
import { LockstepError } from "../../domain/errors.ts";
import type { Instant } from "../../domain/instant.ts";
import { isInSession } from "../../domain/sessions.ts";
import type { SymbolSpec } from "../../domain/symbol.ts";
import { Market } from "./market.ts";
import type { PriceQuote } from "./model.ts";
import { type Rate, RateBook } from "./rates.ts";

export class Markets {
  readonly #bySymbol = new Map<string, Market>();
  readonly #rates: RateBook;
  readonly #timed: readonly Market[];
  /** Rises with every quote: what was computed at an older one is old. */
  version = 0;

  constructor(specs: readonly SymbolSpec[]) {
    for (const spec of specs) this.#bySymbol.set(spec.name, new Market(spec));
    this.#timed = [...this.#bySymbol.values()].filter(({ spec }) => spec.sessions !== undefined);
    this.#rates = new RateBook(this.#bySymbol.values());
  }

  find(symbol: string): Market | undefined {
    return this.#bySymbol.get(symbol);
  }

  /** Throws UNKNOWN_SYMBOL. */
  get(symbol: string): Market {
    const market = this.#bySymbol.get(symbol);
    if (market === undefined) throw new LockstepError("UNKNOWN_SYMBOL", { symbol });
    return market;
  }

  all(): Iterable<Market> {
    return this.#bySymbol.values();
  }

  /** Opens and closes what has hours of its own. */
  keepSessions(at: Instant): void {
    for (const market of this.#timed) {
      const { sessions } = market.spec;
      market.inSession = sessions === undefined || isInSession(sessions, at);
    }
  }

  /** From the symbol's profit currency to the account's. */
  rate(market: Market, currency: string): Rate {
    const known = market.rates.get(currency);
    if (known !== undefined) return known;
    const rate = this.#rates.between(market.spec.profitCurrency, currency);
    market.rates.set(currency, rate);
    return rate;
  }

  /** Throws UNKNOWN_SYMBOL, and BAD_INPUT for a price that is not positive. */
  update(quote: PriceQuote, at: Instant): Market {
    const market = this.get(quote.symbol);
    if (quote.bid <= 0n || quote.ask <= 0n) {
      throw new LockstepError("BAD_INPUT", { symbol: quote.symbol, expected: "positive prices" });
    }
    const first = !market.quoted;
    this.version += 1;
    market.update(quote, at);
    this.#rates.quoted(market, first);
    return market;
  }
}
