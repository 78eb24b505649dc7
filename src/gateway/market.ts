/**
 * What the hub knows of one broker's symbols: facts and last quotes, and rates between currencies
 * from them. Conversion uses the mid of the direct pair, else of the inverse, else through USD.
 */
import type { Instant } from "../domain/instant.ts";
import { over, type Ratio, ratio, times } from "../domain/ratio.ts";
import { isInSession } from "../domain/sessions.ts";
import type { Quote, SymbolSpec } from "../domain/symbol.ts";

const VIA = "USD";

export class BrokerMarket {
  readonly #specs = new Map<string, SymbolSpec>();
  readonly #quotes = new Map<string, Quote>();
  readonly #pairs = new Map<string, string>();
  readonly #rates = new Map<string, Ratio | null>();

  setSpecs(specs: readonly SymbolSpec[]): void {
    for (const spec of specs) {
      this.#specs.set(spec.name, spec);
      this.#pairs.set(spec.baseCurrency + spec.profitCurrency, spec.name);
    }
  }

  setQuote(quote: Quote): void {
    this.#quotes.set(quote.symbol, quote);
    this.#rates.clear();
  }

  get specs(): readonly SymbolSpec[] {
    return [...this.#specs.values()];
  }

  get quotes(): readonly Quote[] {
    return [...this.#quotes.values()];
  }

  spec(symbol: string): SymbolSpec | undefined {
    return this.#specs.get(symbol);
  }

  /** Whether the symbol is traded then; also where nobody has told its sessions. */
  isOpen(symbol: string, at: Instant): boolean {
    const sessions = this.#specs.get(symbol)?.sessions;
    return sessions === undefined || isInSession(sessions, at);
  }

  quote(symbol: string): Quote | undefined {
    return this.#quotes.get(symbol);
  }

  /** Units of `to` for one `from`, or null where no pair is quoted. */
  rate(from: string, to: string): Ratio | null {
    if (from === to) return { n: 1n, d: 1n };
    const pair = from + to;
    const known = this.#rates.get(pair);
    if (known !== undefined) return known;
    const found = this.#direct(from, to) ?? this.#through(from, to);
    this.#rates.set(pair, found);
    return found;
  }

  #direct(from: string, to: string): Ratio | null {
    const straight = this.#mid(from + to);
    if (straight !== null) return straight;
    const inverse = this.#mid(to + from);
    return inverse === null ? null : over({ n: 1n, d: 1n }, inverse);
  }

  #through(from: string, to: string): Ratio | null {
    if (from === VIA || to === VIA) return null;
    const first = this.#direct(from, VIA);
    const second = this.#direct(VIA, to);
    return first === null || second === null ? null : times(first, second);
  }

  #mid(pair: string): Ratio | null {
    const symbol = this.#pairs.get(pair);
    const quote = symbol === undefined ? undefined : this.#quotes.get(symbol);
    return quote === undefined ? null : ratio(quote.bid + quote.ask, 200_000_000n);
  }
}
