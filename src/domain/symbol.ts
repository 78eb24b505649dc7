/** A symbol as one broker offers it: what its prices and volumes are counted in, and its quote. */
import type { Fixed } from "./fixed.ts";
import type { Instant } from "./instant.ts";

export type TradeMode = "full" | "close-only" | "disabled";

export type SymbolSpec = {
  /** The broker's own name, suffix included. */
  readonly name: string;
  readonly digits: number;
  /** Smallest change of price. */
  readonly tickSize: Fixed;
  /** Units of the base in one lot. */
  readonly contractSize: Fixed;
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
