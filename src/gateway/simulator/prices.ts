/**
 * Seeded prices for the demo's six symbols, and for more where they are wanted: geometric Brownian
 * motion whose volatility follows the trading sessions by UTC hour. Crosses are made of the two
 * dollar pairs, so triangles do not open.
 * Invariants: the same seed, symbols and calls give the same quotes; ask is never below bid, and
 * now and then (as on real feeds) equals it.
 */
import { FIXED_DIGITS, type Fixed } from "../../domain/fixed.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Random } from "../../platform/random.ts";
import type { PriceQuote } from "./model.ts";
import { BASE_SYMBOLS, type BaseSymbol, factsOf, type MoreSymbol } from "./symbols.ts";

type Motion = {
  readonly start: number;
  /** Standard deviation of a year's logarithmic return in the busiest hour. */
  readonly yearly: number;
  readonly spreadPoints: number;
};

type AnySymbol = BaseSymbol | MoreSymbol;

const MOTIONS: Readonly<Record<AnySymbol, Motion>> = {
  EURUSD: { start: 1.0842, yearly: 0.11, spreadPoints: 8 },
  GBPUSD: { start: 1.2715, yearly: 0.12, spreadPoints: 11 },
  USDJPY: { start: 151.26, yearly: 0.12, spreadPoints: 10 },
  NZDUSD: { start: 0.6021, yearly: 0.14, spreadPoints: 14 },
  XAUUSD: { start: 2318.4, yearly: 0.2, spreadPoints: 220 },
  EURGBP: { start: 1.0842 / 1.2715, yearly: 0, spreadPoints: 12 },
  USDCHF: { start: 0.9052, yearly: 0.11, spreadPoints: 12 },
  AUDUSD: { start: 0.6548, yearly: 0.13, spreadPoints: 10 },
  USDCAD: { start: 1.3661, yearly: 0.09, spreadPoints: 13 },
  EURJPY: { start: 1.0842 * 151.26, yearly: 0, spreadPoints: 16 },
  XAGUSD: { start: 27.35, yearly: 0.35, spreadPoints: 25 },
  US500: { start: 5204.5, yearly: 0.22, spreadPoints: 50 },
  GER40: { start: 18_322, yearly: 0.24, spreadPoints: 120 },
  BTCUSD: { start: 67_850, yearly: 0.7, spreadPoints: 1800 },
};

/** Prices that follow from two others. */
const CROSSES: ReadonlyMap<AnySymbol, (mid: (symbol: BaseSymbol) => number) => number> = new Map([
  ["EURGBP", (mid) => mid("EURUSD") / mid("GBPUSD")],
  ["EURJPY", (mid) => mid("EURUSD") * mid("USDJPY")],
]);

/** Asia is quiet, London wakes at 7, the overlap with New York (12–16) is the busiest. */
const ACTIVITY_BY_HOUR = [
  0.35, 0.4, 0.4, 0.35, 0.35, 0.4, 0.55, 0.8, 0.85, 0.8, 0.75, 0.75, 0.95, 1, 1, 0.95, 0.8, 0.65,
  0.55, 0.45, 0.35, 0.3, 0.25, 0.3,
] as const;

const YEAR_MS = 365.25 * 86_400_000;
const HOUR_MS = 3_600_000;
const LOCKED_SHARE = 0.01;

export class PriceProcess<More extends MoreSymbol = never> {
  readonly #random: Random;
  readonly #symbols: readonly (BaseSymbol | More)[];
  readonly #mids: Map<AnySymbol, number>;
  #at: Instant;

  /** `from` are the mids that an earlier process ended with; it goes on from them. */
  constructor(
    random: Random,
    at: Instant,
    from: Partial<Record<BaseSymbol | NoInfer<More>, number>> = {},
    more: readonly More[] = [],
  ) {
    this.#random = random;
    this.#at = at;
    this.#symbols = [...BASE_SYMBOLS, ...more];
    this.#mids = new Map(
      this.#symbols.map((symbol) => [symbol, from[symbol] ?? MOTIONS[symbol].start]),
    );
  }

  get mids(): Readonly<Record<BaseSymbol | More, number>> {
    return Object.fromEntries(this.#mids) as Record<BaseSymbol | More, number>;
  }

  /** Moves on to `at` and quotes all symbols, by their base names. */
  quotesAt(at: Instant): PriceQuote[] {
    const elapsed = Math.max(0, at - this.#at);
    this.#at = at;
    const activity = ACTIVITY_BY_HOUR[Math.floor(at / HOUR_MS) % 24] ?? 1;
    for (const symbol of this.#symbols) {
      if (CROSSES.has(symbol)) continue;
      this.#mids.set(symbol, this.#mid(symbol) * this.#growth(symbol, elapsed, activity));
    }
    for (const symbol of this.#symbols) {
      const cross = CROSSES.get(symbol);
      if (cross !== undefined)
        this.#mids.set(
          symbol,
          cross((leg) => this.#mid(leg)),
        );
    }
    return this.#symbols.map((symbol) => this.#quote(symbol, activity));
  }

  #mid(symbol: AnySymbol): number {
    return this.#mids.get(symbol) ?? MOTIONS[symbol].start;
  }

  #growth(symbol: AnySymbol, elapsedMs: number, activity: number): number {
    const variance = (MOTIONS[symbol].yearly * activity) ** 2 * (elapsedMs / YEAR_MS);
    return Math.exp(Math.sqrt(variance) * this.#normal() - variance / 2);
  }

  /** A standard normal by Box and Muller. */
  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#random.next()));
    return radius * Math.cos(2 * Math.PI * this.#random.next());
  }

  /** The spread narrows as the market wakes. */
  #quote(symbol: AnySymbol, activity: number): PriceQuote {
    const digits = factsOf(symbol)?.digits ?? 5;
    const usual = (MOTIONS[symbol].spreadPoints * (0.8 + 0.4 * this.#random.next())) / activity;
    const locked = this.#random.next() < LOCKED_SHARE;
    const points = locked ? 0 : Math.max(1, Math.round(usual));
    const bidPoints = Math.round(this.#mid(symbol) * 10 ** digits - points / 2);
    return {
      symbol,
      bid: fromPoints(bidPoints, digits),
      ask: fromPoints(bidPoints + points, digits),
    };
  }
}

function fromPoints(points: number, digits: number): Fixed {
  return BigInt(Math.max(1, points)) * 10n ** BigInt(FIXED_DIGITS - digits);
}
