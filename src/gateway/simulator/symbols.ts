/**
 * The facts of symbols by their base names, and how one broker offers them: under which names,
 * with which limits of volume and which stop level.
 */
import { type Fixed, ONE, parseFixed } from "../../domain/fixed.ts";
import type { Sessions } from "../../domain/sessions.ts";
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
  /** Of every symbol; always open unless told. */
  readonly sessions?: Sessions;
};

export const DEFAULT_VARIANT: BrokerVariant = {
  names: "plain",
  volumeMin: parseFixed("0.01"),
  volumeMax: parseFixed("100"),
  volumeStep: parseFixed("0.01"),
  stopLevelPoints: 0,
};

/** What the demo trades. */
export const BASE_SYMBOLS = ["EURUSD", "GBPUSD", "USDJPY", "NZDUSD", "XAUUSD", "EURGBP"] as const;

export type BaseSymbol = (typeof BASE_SYMBOLS)[number];

/** What prices can be made for besides: the other majors, silver, two indices and Bitcoin. */
export const MORE_SYMBOLS = [
  "USDCHF",
  "AUDUSD",
  "USDCAD",
  "EURJPY",
  "XAGUSD",
  "US500",
  "GER40",
  "BTCUSD",
] as const;

export type MoreSymbol = (typeof MORE_SYMBOLS)[number];

type Counting = Pick<SymbolSpec, "digits" | "contractSize">;

const CURRENCY_PAIR = /^([A-Z]{3})([A-Z]{3})$/;
const YEN: Counting = { digits: 3, contractSize: 100_000n * ONE };
const MONEY: Counting = { digits: 5, contractSize: 100_000n * ONE };
/** Bases that are not counted as money: ounces of metals, and coins. */
const THINGS: ReadonlyMap<string, Counting> = new Map([
  ["XAU", { digits: 3, contractSize: 100n * ONE }],
  ["XAG", { digits: 3, contractSize: 5_000n * ONE }],
  ["BTC", { digits: 2, contractSize: ONE }],
]);
/** Contracts for difference on indices: one lot earns one of the currency for each whole point. */
const INDICES: ReadonlyMap<string, string> = new Map([
  ["US500", "USD"],
  ["GER40", "EUR"],
]);

/** Facts of an index or of a pair of two currencies, metals and Bitcoin included; else null. */
export function factsOf(base: string): Facts | null {
  const currency = INDICES.get(base);
  if (currency !== undefined) {
    return { digits: 2, contractSize: ONE, baseCurrency: base, profitCurrency: currency };
  }
  const match = CURRENCY_PAIR.exec(base);
  if (match === null) return null;
  const [, baseCurrency = "", profitCurrency = ""] = match;
  const counted = THINGS.get(baseCurrency) ?? (profitCurrency === "JPY" ? YEN : MONEY);
  return { ...counted, baseCurrency, profitCurrency };
}

/** The broker's own name; only pairs have a slash. */
export function nameAt(base: string, names: NameStyle): string {
  if (names === "plain") return base;
  if (names !== "slash") return base + names.suffix;
  return CURRENCY_PAIR.test(base) ? `${base.slice(0, 3)}/${base.slice(3)}` : base;
}

/** A symbol as a broker offers it, or null where the base name is neither a pair nor an index. */
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

/** Every base name that is a pair or an index, as a broker offers it. */
export function symbolsOf(bases: readonly string[], variant = DEFAULT_VARIANT): SymbolSpec[] {
  return bases.map((base) => symbolSpec(base, variant)).filter((spec) => spec !== null);
}
