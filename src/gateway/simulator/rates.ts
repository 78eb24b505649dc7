/**
 * Conversion between currencies at the broker's own mids: the direct pair, else its inverse, else
 * through USD. Where none is quoted there is no rate, and what needs one is refused: never a guess.
 * Invariant: `value` (a double) is for skipping work, `exact` is what amounts are booked with.
 */
import type { Ratio } from "../../domain/ratio.ts";
import type { Market } from "./market.ts";

const VIA = "USD";
/** A mid is (bid + ask) / 2, each in units of 1e-8. */
const TWO: bigint = 200_000_000n;

type Leg = { readonly market: Market; readonly inverse: boolean };

/** Units of one currency for one of another, kept current by its RateBook. */
export class Rate {
  /** The pairs to go through; null where some are not quoted. */
  legs: readonly Leg[] | null = null;
  value = Number.NaN;

  refresh(): void {
    if (this.legs === null) {
      this.value = Number.NaN;
      return;
    }
    let value = 1;
    for (const { market, inverse } of this.legs) {
      const mid = (market.bidNumber + market.askNumber) / 2;
      value *= inverse ? 1 / mid : mid;
    }
    this.value = value;
  }

  /** Not in lowest terms, with a positive denominator; null where it is not quoted. */
  exact(): Ratio | null {
    if (this.legs === null) return null;
    let n = 1n;
    let d = 1n;
    for (const { market, inverse } of this.legs) {
      const sum = market.bid + market.ask;
      n *= inverse ? TWO : sum;
      d *= inverse ? sum : TWO;
    }
    return { n, d };
  }
}

export class RateBook {
  readonly #pairs = new Map<string, Market>();
  readonly #rates = new Map<string, { readonly from: string; readonly to: string; rate: Rate }>();
  #dependents = new Map<Market, Rate[]>();

  constructor(markets: Iterable<Market>) {
    for (const market of markets) {
      const pair = market.spec.baseCurrency + market.spec.profitCurrency;
      if (!this.#pairs.has(pair)) this.#pairs.set(pair, market);
    }
  }

  /** The same object for the same two currencies, for as long as the broker lives. */
  between(from: string, to: string): Rate {
    const known = this.#rates.get(from + to);
    if (known !== undefined) return known.rate;
    const entry = { from, to, rate: new Rate() };
    this.#rates.set(from + to, entry);
    this.#resolve();
    return entry.rate;
  }

  /** Called after each new quote; `first` where the symbol had none before. */
  quoted(market: Market, first: boolean): void {
    if (first) this.#resolve();
    else for (const rate of this.#dependents.get(market) ?? []) rate.refresh();
  }

  #resolve(): void {
    this.#dependents = new Map();
    for (const { from, to, rate } of this.#rates.values()) {
      rate.legs = this.#path(from, to);
      rate.refresh();
      for (const { market } of rate.legs ?? []) {
        const dependents = this.#dependents.get(market);
        if (dependents === undefined) this.#dependents.set(market, [rate]);
        else dependents.push(rate);
      }
    }
  }

  #path(from: string, to: string): readonly Leg[] | null {
    if (from === to) return [];
    const direct = this.#leg(from, to);
    if (direct !== null) return [direct];
    if (from === VIA || to === VIA) return null;
    const first = this.#leg(from, VIA);
    const second = this.#leg(VIA, to);
    return first === null || second === null ? null : [first, second];
  }

  #leg(from: string, to: string): Leg | null {
    const direct = this.#pairs.get(from + to);
    if (direct?.quoted) return { market: direct, inverse: false };
    const inverse = this.#pairs.get(to + from);
    return inverse?.quoted ? { market: inverse, inverse: true } : null;
  }
}
