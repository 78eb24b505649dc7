/** What is known of a symbol at one broker, as far as it tells whether two are the same thing. */
import type { Fixed } from "../domain/fixed.ts";
import type { SymbolSpec } from "../domain/symbol.ts";

export type SymbolFacts = Pick<
  SymbolSpec,
  "name" | "baseCurrency" | "profitCurrency" | "contractSize" | "digits" | "tradeMode"
> & {
  /** The middle of bid and ask, taken at the same time at both brokers; null: not quoted. */
  readonly mid: Fixed | null;
};
