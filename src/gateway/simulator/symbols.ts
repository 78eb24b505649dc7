/**
 * The facts of symbols by their base names, and how one broker offers them: under which names,
 * with which limits of volume and which stop level.
 */
import { type Fixed, ONE, parseFixed } from "../../domain/fixed.ts";
import { pointSize, type SymbolSpec } from "../../domain/symbol.ts";

type Facts = Pick<SymbolSpec, "digits" | "contractSize" | "baseCurrency" | "profitCurrency">;

/** plain: EURUSD; slash: EUR/USD; or what the names end with: { suffix: ".a" } for EURUSD.a. */
export type NameStyle = "plain" | "slash" | { readonly suffix: string };

export type BrokerVariant = {
  readonly names: NameStyle;
  readonly volumeMin: Fixed;
  readonly volumeMax: Fixed;
  readonly volumeStep: Fixed;
  readonly stopLevelPoints: number;
  /** None unless told. */
  readonly freezeLevelPoints?: number;
};

export const DEFAULT_VARIANT: BrokerVariant = {
  names: "plain",
  volumeMin: parseFixed("0.01"),
  volumeMax: parseFixed("100"),
  volumeStep: parseFixed("0.01"),
  stopLevelPoints: 0,
};

export const BASE_SYMBOLS = ["EURUSD", "GBPUSD", "USDJPY", "NZDUSD", "XAUUSD", "EURGBP"] as const;

export type BaseSymbol = (typeof BASE_SYMBOLS)[number];

const OUNCES_PER_LOT = 100n * ONE;
const UNITS_PER_LOT = 100_000n * ONE;
const CURRENCY_PAIR = /^([A-Z]{3})([A-Z]{3})$/;

/** Gold counts ounces in 3 digits; other pairs have 5 digits, or 3 against the yen; else null. */
export function factsOf(base: string): Facts | null {
  const match = CURRENCY_PAIR.exec(base);
  if (match === null) return null;
  const [, baseCurrency = "", profitCurrency = ""] = match;
  const gold = baseCurrency === "XAU";
  return {
    digits: gold || profitCurrency === "JPY" ? 3 : 5,
    contractSize: gold ? OUNCES_PER_LOT : UNITS_PER_LOT,
    baseCurrency,
    profitCurrency,
  };
}

/** The broker's own name for a six-letter pair. */
export function nameAt(base: string, names: NameStyle): string {
  if (names === "plain") return base;
  return names === "slash" ? `${base.slice(0, 3)}/${base.slice(3)}` : base + names.suffix;
}

/** A symbol as a broker offers it, or null where the base name is no pair of currencies. */
export function symbolSpec(base: string, variant: BrokerVariant): SymbolSpec | null {
  const facts = factsOf(base);
  if (facts === null) return null;
  const { names, freezeLevelPoints = 0, ...limits } = variant;
  return {
    ...facts,
    ...limits,
    name: nameAt(base, names),
    tickSize: pointSize(facts),
    freezeLevelPoints,
    tradeMode: "full",
  };
}

/** Every base name that is a pair, as a broker offers it. */
export function symbolsOf(bases: readonly string[], variant = DEFAULT_VARIANT): SymbolSpec[] {
  return bases.map((base) => symbolSpec(base, variant)).filter((spec) => spec !== null);
}
