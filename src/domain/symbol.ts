/** A symbol as one broker offers it: what its prices and volumes are counted in, and its quote. */
import { divideHalfEven, type Fixed, ONE } from "./fixed.ts";
import type { Instant } from "./instant.ts";
import type { Sessions } from "./sessions.ts";

export type TradeMode = "full" | "close-only" | "disabled";

export type SymbolSpec = {
  /** The broker's own name, suffix included. */
  readonly name: string;
  readonly digits: number;
  /** Smallest change of price. */
  readonly tickSize: Fixed;
  /** Units of the base in one lot. */
  readonly contractSize: Fixed;
  /**
   * What one lot loses by one tick, in the profit currency, where the contract size does not say it
   * (futures); absent where it does.
   */
  readonly tickValue?: Fixed | null;
  readonly volumeMin: Fixed;
  readonly volumeMax: Fixed;
  readonly volumeStep: Fixed;
  readonly baseCurrency: string;
  readonly profitCurrency: string;
  /** Least distance of a stop from the market, in points. */
  readonly stopLevelPoints: number;
  /** Within this distance, in points, a stop may no longer be changed. */
  readonly freezeLevelPoints: number;
  readonly tradeMode: TradeMode;
  /** When it is traded; absent where the broker does not tell. */
  readonly sessions?: Sessions;
};

export type Quote = {
  readonly symbol: string;
  readonly bid: Fixed;
  readonly ask: Fixed;
  readonly at: Instant;
};

/** The price of one point: 10^-digits. */
export function pointSize(spec: Pick<SymbolSpec, "digits">): Fixed {
  return 10n ** BigInt(8 - spec.digits);
}

/**
 * What one lot gains when the price rises by one, in the profit currency: the contract size, or for
 * futures tick value / tick size, rounded half-even to 1e-8.
 */
export function unitsPerLot({ contractSize, tickValue, tickSize }: SymbolSpec): Fixed {
  if (tickValue === undefined || tickValue === null) return contractSize;
  return divideHalfEven(tickValue * ONE, tickSize);
}
