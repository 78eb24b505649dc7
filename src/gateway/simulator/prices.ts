/**
 * Seeded prices for six symbols: geometric Brownian motion whose volatility follows the trading
 * sessions by UTC hour. EURGBP is the cross of the two dollar pairs, so triangles do not open.
 * Invariants: the same seed and the same calls give the same quotes; ask is never below bid, and
 * now and then (as on real feeds) equals it.
 */
import { FIXED_DIGITS, type Fixed } from "../../domain/fixed.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Random } from "../../platform/random.ts";
import type { PriceQuote } from "./model.ts";
import { BASE_SYMBOLS, type BaseSymbol, factsOf } from "./symbols.ts";

type Motion = {
  readonly start: number;
  /** Standard deviation of a year's logarithmic return in the busiest hour. */
  readonly yearly: number;
  readonly spreadPoints: number;
};

const MOTIONS: Readonly<Record<BaseSymbol, Motion>> = {
  EURUSD: { start: 1.0842, yearly: 0.11, spreadPoints: 8 },
  GBPUSD: { start: 1.2715, yearly: 0.12, spreadPoints: 11 },
  USDJPY: { start: 151.26, yearly: 0.12, spreadPoints: 10 },
  NZDUSD: { start: 0.6021, yearly: 0.14, spreadPoints: 14 },
  XAUUSD: { start: 2318.4, yearly: 0.2, spreadPoints: 220 },
  EURGBP: { start: 1.0842 / 1.2715, yearly: 0, spreadPoints: 12 },
};

/** Asia is quiet, London wakes at 7, the overlap with New York (12–16) is the busiest. */
const ACTIVITY_BY_HOUR = [
  0.35, 0.4, 0.4, 0.35, 0.35, 0.4, 0.55, 0.8, 0.85, 0.8, 0.75, 0.75, 0.95, 1, 1, 0.95, 0.8, 0.65,
  0.55, 0.45, 0.35, 0.3, 0.25, 0.3,
] as const;

const YEAR_MS = 365.25 * 86_400_000;
const HOUR_MS = 3_600_000;
const LOCKED_SHARE = 0.01;

export class PriceProcess {
  readonly #random: Random;
  readonly #mids: Record<BaseSymbol, number>;
  #at: Instant;

  /** `from` are the mids that an earlier process ended with; it goes on from them. */
  constructor(random: Random, at: Instant, from: Partial<Record<BaseSymbol, number>> = {}) {
    this.#random = random;
    this.#at = at;
    this.#mids = {
      EURUSD: from.EURUSD ?? MOTIONS.EURUSD.start,
      GBPUSD: from.GBPUSD ?? MOTIONS.GBPUSD.start,
      USDJPY: from.USDJPY ?? MOTIONS.USDJPY.start,
      NZDUSD: from.NZDUSD ?? MOTIONS.NZDUSD.start,
      XAUUSD: from.XAUUSD ?? MOTIONS.XAUUSD.start,
      EURGBP: from.EURGBP ?? MOTIONS.EURGBP.start,
    };
  }

  get mids(): Readonly<Record<BaseSymbol, number>> {
    return { ...this.#mids };
  }

  /** Moves on to `at` and quotes all symbols, by their base names. */
  quotesAt(at: Instant): PriceQuote[] {
    const elapsed = Math.max(0, at - this.#at);
    this.#at = at;
    const activity = ACTIVITY_BY_HOUR[Math.floor(at / HOUR_MS) % 24] ?? 1;
    for (const symbol of BASE_SYMBOLS) {
      if (symbol !== "EURGBP") this.#mids[symbol] *= this.#growth(symbol, elapsed, activity);
    }
    this.#mids.EURGBP = this.#mids.EURUSD / this.#mids.GBPUSD;
    return BASE_SYMBOLS.map((symbol) => this.#quote(symbol, activity));
  }

  #growth(symbol: BaseSymbol, elapsedMs: number, activity: number): number {
    const variance = (MOTIONS[symbol].yearly * activity) ** 2 * (elapsedMs / YEAR_MS);
    return Math.exp(Math.sqrt(variance) * this.#normal() - variance / 2);
  }

  /** A standard normal by Box and Muller. */
  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#random.next()));
    return radius * Math.cos(2 * Math.PI * this.#random.next());
  }

  /** The spread narrows as the market wakes. */
  #quote(symbol: BaseSymbol, activity: number): PriceQuote {
    const digits = factsOf(symbol)?.digits ?? 5;
    const usual = (MOTIONS[symbol].spreadPoints * (0.8 + 0.4 * this.#random.next())) / activity;
    const locked = this.#random.next() < LOCKED_SHARE;
    const points = locked ? 0 : Math.max(1, Math.round(usual));
    const bidPoints = Math.round(this.#mids[symbol] * 10 ** digits - points / 2);
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
