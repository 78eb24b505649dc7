/**
 * What speaks for two symbols being the same thing, and what against it: names, prices, and here
 * currencies and units. Each piece is told in words, because a person decides by them.
 */
import { contractDifference } from "./contract.ts";
import type { SymbolFacts } from "./facts.ts";
import type { SymbolName } from "./name.ts";

/** A symbol with its name read. */
export type Named = {
  readonly facts: SymbolFacts;
  readonly name: SymbolName;
  /** Its decoration does not change what is traded, as far as anyone can tell. */
  readonly isPlain: boolean;
};

export type Evidence = {
  readonly score: number;
  readonly words: string;
  /** agrees: as strong as this piece can be; silent: says nothing; weak, against: not certain. */
  readonly says: "agrees" | "silent" | "weak" | "against";
};

export function currencyEvidence(master: Named, follower: Named): Evidence {
  const [from, to] = [master.facts, follower.facts];
  const all = [from.baseCurrency, from.profitCurrency, to.baseCurrency, to.profitCurrency];
  if (all.includes("")) return { score: 0, words: "a broker tells no currency", says: "silent" };
  if (from.profitCurrency !== to.profitCurrency) {
    const words = `one is in ${from.profitCurrency}, the other in ${to.profitCurrency}`;
    return { score: -40, words, says: "against" };
  }
  if (from.baseCurrency !== to.baseCurrency) {
    const words = `one is of ${from.baseCurrency}, the other of ${to.baseCurrency}`;
    return { score: -15, words, says: "against" };
  }
  // Oils and indices have no base of their own: brokers name the profit currency twice.
  if (from.baseCurrency === from.profitCurrency) {
    return { score: 20, words: `both are in ${from.profitCurrency}`, says: "silent" };
  }
  const { instrument, kind } = master.name;
  if (kind === "pair" && from.baseCurrency + from.profitCurrency !== instrument) {
    const words = `the names mean ${instrument}, and both brokers say otherwise`;
    return { score: -15, words, says: "weak" };
  }
  const words = `both are ${from.baseCurrency} in ${from.profitCurrency}`;
  return { score: 20, words, says: "agrees" };
}

/** The most by which two brokers' digits of one price differ: gold with 2, 3 or 4. */
const DIGITS_APART_MAX = 2;

/** Ounces against grams, or another scale of prices, show in lots and digits; prices outweigh it. */
export function unitEvidence(master: Named, follower: Named, price: Evidence): Evidence {
  const [from, to] = [master.facts, follower.facts];
  const contract = contractDifference(from, to);
  if (price.says === "agrees")
    return { score: contract === null ? 5 : 0, words: "", says: "silent" };
  const { n, d } = contract?.lotsPerLot ?? { n: 1n, d: 1n };
  const isMultiple = n === 1n || d === 1n;
  if (from.contractSize <= 0n || to.contractSize <= 0n || !isMultiple) {
    const words = "neither lot is a multiple of the other: they may count in other units";
    return { score: -15, words, says: "weak" };
  }
  if (Math.abs(from.digits - to.digits) > DIGITS_APART_MAX) {
    const words = `${from.digits} digits against ${to.digits}: prices may be on another scale`;
    return { score: -15, words, says: "weak" };
  }
  return { score: contract === null ? 5 : 0, words: "", says: "silent" };
}
