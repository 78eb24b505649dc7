/** A symbol's facts as the ledger keeps them: decimals as text, whatever it lacks being unknown. */
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import type { SymbolSpec } from "../domain/symbol.ts";

export type StoredFacts = {
  readonly digits: number;
  readonly tickSize: string;
  readonly contractSize: string;
  readonly tickValue: string | null;
  readonly volumeMin: string;
  readonly volumeMax: string;
  readonly volumeStep: string;
  readonly baseCurrency: string;
  readonly profitCurrency: string;
  readonly stopLevelPoints: number;
  readonly freezeLevelPoints: number;
  readonly tradeMode: SymbolSpec["tradeMode"];
};

export function storedFacts(spec: SymbolSpec): StoredFacts {
  const { digits, baseCurrency, profitCurrency, stopLevelPoints, freezeLevelPoints } = spec;
  const { tickValue = null, tradeMode } = spec;
  return {
    ...{ digits, baseCurrency, profitCurrency, stopLevelPoints, freezeLevelPoints, tradeMode },
    tickSize: formatFixed(spec.tickSize),
    contractSize: formatFixed(spec.contractSize),
    tickValue: tickValue === null ? null : formatFixed(tickValue),
    volumeMin: formatFixed(spec.volumeMin),
    volumeMax: formatFixed(spec.volumeMax),
    volumeStep: formatFixed(spec.volumeStep),
  };
}

/** Null where they were written without: by hand, or by a version that knew less. */
export function specOf(name: string, facts: Partial<StoredFacts>): SymbolSpec | null {
  if (!isWhole(facts)) return null;
  return {
    ...{ ...facts, name },
    tickSize: parseFixed(facts.tickSize),
    contractSize: parseFixed(facts.contractSize),
    tickValue: facts.tickValue === null ? null : parseFixed(facts.tickValue),
    volumeMin: parseFixed(facts.volumeMin),
    volumeMax: parseFixed(facts.volumeMax),
    volumeStep: parseFixed(facts.volumeStep),
  };
}

const isWhole = (facts: Partial<StoredFacts>): facts is StoredFacts =>
  facts.volumeStep !== undefined && facts.contractSize !== undefined;
