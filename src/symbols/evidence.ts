/**
 * What speaks for two symbols being the same thing, and what against it: names, currencies, prices.
 * Each piece is told in words, because a person decides by them.
 */
import {
  absFixed,
  divideHalfEven,
  type Fixed,
  formatFixed,
  ONE,
  roundHalfEven,
} from "../domain/fixed.ts";
import type { SymbolFacts } from "./facts.ts";
import { relatedTo } from "./instruments.ts";
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

export function nameEvidence(master: Named, follower: Named): Evidence | null {
  const [from, to] = [master.name, follower.name];
  if (from.kind === "other" || to.kind === "other") return otherNames(master, follower);
  if (from.instrument !== to.instrument) {
    if (relatedTo(from.instrument) !== to.instrument) return null;
    const words = `${from.instrument} and ${to.instrument} follow each other, and are not the same`;
    return { score: 20, words, says: "weak" };
  }
  const undecided = [master, follower].find(({ isPlain }) => !isPlain);
  if (undecided !== undefined) {
    const words = `${undecided.name.name} may be another contract of ${from.instrument}`;
    return { score: 25, words, says: "weak" };
  }
  const isPair = from.kind === "pair" && to.kind === "pair";
  const words = `both names mean ${from.instrument}`;
  return isPair ? { score: 55, words, says: "agrees" } : { score: 40, words, says: "silent" };
}

/** Tickers and names that the table does not know: the same letters are a hint, no more. */
function otherNames(master: Named, follower: Named): Evidence | null {
  const [from, to] = [master.name, follower.name];
  if (from.instrument !== to.instrument) return factsOnly(master, follower);
  const isSame = from.name === to.name;
  const isSameMarket = from.suffix.toUpperCase() === to.suffix.toUpperCase();
  if (isSame) return { score: 40, words: `both are called ${from.name}`, says: "silent" };
  const words = `${from.name} and ${to.name} begin with the same ${from.instrument}`;
  return { score: isSameMarket ? 35 : 25, words, says: "weak" };
}

/** "Spot Metal 1" and XAUUSD: only the currencies tell. */
function factsOnly(master: Named, follower: Named): Evidence | null {
  const [from, to] = [master.facts, follower.facts];
  const isPair = from.baseCurrency !== from.profitCurrency && from.baseCurrency !== "";
  if (!isPair || from.baseCurrency !== to.baseCurrency) return null;
  if (from.profitCurrency !== to.profitCurrency) return null;
  const words = `the names say nothing, but both are ${from.baseCurrency} in ${from.profitCurrency}`;
  return { score: 15, words, says: "weak" };
}

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

/** A future and its index are further apart than this most of the time; two brokers are not. */
const AGREE_MAX: Fixed = ONE / 1_000n;
/** Half a percent, where the decider too would refuse to copy without a price factor. */
const NEAR_MAX: Fixed = ONE / 200n;
/** Further apart than this, it is most likely something else. */
const FAR_MIN: Fixed = ONE / 20n;

/** The follower's price over the master's; null where one is not quoted. */
export function priceRatio(master: SymbolFacts, follower: SymbolFacts): Fixed | null {
  if (master.mid === null || follower.mid === null) return null;
  if (master.mid <= 0n || follower.mid <= 0n) return null;
  return divideHalfEven(follower.mid * ONE, master.mid);
}

export function priceEvidence(master: Named, follower: Named): Evidence {
  const ratio = priceRatio(master.facts, follower.facts);
  if (ratio === null) return { score: 0, words: "no price to compare", says: "silent" };
  const off = absFixed(ratio - ONE);
  const percent = formatFixed(roundHalfEven(off * 100n, 2), 2);
  if (off <= AGREE_MAX) {
    return { score: 25, words: `the prices agree to ${percent} %`, says: "agrees" };
  }
  if (off <= NEAR_MAX) {
    return { score: 15, words: `the prices differ by ${percent} %`, says: "silent" };
  }
  const factor = powerOfTen(ratio);
  if (factor !== null) {
    const words = `the follower's price is ${formatFixed(factor)} times the master's`;
    return { score: 5, words, says: "weak" };
  }
  return {
    score: off < FAR_MIN ? -10 : -40,
    words: `the prices differ by ${percent} %`,
    says: "against",
  };
}

/** A factor of 10, 100, 1000 or one over it that the ratio is within half a percent of. */
export function powerOfTen(ratio: Fixed): Fixed | null {
  const factors = [10n, 100n, 1000n].flatMap((power) => [ONE * power, ONE / power]);
  return factors.find((factor) => absFixed(ratio - factor) <= factor / 200n) ?? null;
}
