/**
 * Suggests which of the follower's symbols a master's symbol is, each with a score, its reasons and
 * what differs. A suggestion is never used until a person has confirmed it (mapping.ts).
 * Invariants: `certain` needs evidence of two kinds that agree, nothing against it, and no second
 * symbol that fits as well; a symbol that is not to be traded is not suggested.
 */
import type { Fixed } from "../domain/fixed.ts";
import { contractDifference } from "./contract.ts";
import { conventionOf, isUsual } from "./convention.ts";
import { currencyEvidence, type Evidence, type Named, unitEvidence } from "./evidence.ts";
import type { SymbolFacts } from "./facts.ts";
import { relatedTo } from "./instruments.ts";
import { isPlain, mayBeOther, readName } from "./name.ts";
import { nameEvidence } from "./name-evidence.ts";
import { powerOfTen, priceEvidence, priceRatio } from "./price-evidence.ts";

/** In falling trust; `certain` may be ticked beforehand in a form, the others never. */
export const GRADES = ["certain", "likely", "possible"] as const;
export type Grade = (typeof GRADES)[number];

export type Suggestion = {
  readonly from: string;
  readonly to: string;
  /** 1 to 100. */
  readonly score: number;
  readonly grade: Grade;
  readonly reasons: readonly string[];
  /** What is not the same and has to be known: contract size, digits. */
  readonly differences: readonly string[];
  /** The follower's price as a multiple of the master's, where it seems to be a power of ten. */
  readonly priceFactor: Fixed | null;
};

const SUGGESTIONS_MAX = 3;
const SCORE_MIN = 20;
const LIKELY_MIN = 60;
const CERTAIN_MIN = 95;
const UNCERTAIN_MAX = 90;

/** At most three a symbol, best first, in the order of the master's symbols. */
export function suggestSymbols(
  master: readonly SymbolFacts[],
  follower: readonly SymbolFacts[],
): readonly Suggestion[] {
  const tradable = candidates(named(follower.filter(({ tradeMode }) => tradeMode === "full")));
  return named(master).flatMap((from) => {
    const found = tradable(from)
      .map((to) => suggestion(from, to))
      .filter((one) => one !== null);
    const sorted = found.sort((a, b) => b.score - a.score || a.to.localeCompare(b.to));
    return withoutDoubt(sorted).slice(0, SUGGESTIONS_MAX);
  });
}

function named(list: readonly SymbolFacts[]): readonly Named[] {
  const usual = conventionOf(list.map(({ name }) => name));
  return list.map((facts) => {
    const name = readName(facts.name);
    const affixes = [name.prefix, name.suffix];
    // What most of a list carries tells nothing, but an expiry is one however many carry it.
    const isHabit = isUsual(name, usual) && !affixes.some(mayBeOther);
    return { facts, name, isPlain: isHabit || affixes.every(isPlain) };
  });
}

/** Those that can be the same at all, found without a walk over all: lists have thousands. */
function candidates(list: readonly Named[]): (from: Named) => readonly Named[] {
  const byKey = new Map<string, Named[]>();
  for (const one of list) {
    for (const key of [one.name.instrument, currenciesOf(one)]) {
      byKey.set(key, [...(byKey.get(key) ?? []), one]);
    }
  }
  return (from) => {
    const { instrument } = from.name;
    const keys = [instrument, relatedTo(instrument) ?? instrument, currenciesOf(from)];
    return [...new Set(keys.flatMap((key) => byKey.get(key) ?? []))];
  };
}

/** A key of its own where base and profit currency are the same and tell nothing. */
function currenciesOf({ facts, name }: Named): string {
  const { baseCurrency, profitCurrency } = facts;
  return baseCurrency === profitCurrency ? name.instrument : `${baseCurrency} in ${profitCurrency}`;
}

function suggestion(from: Named, to: Named): Suggestion | null {
  const name = nameEvidence(from, to);
  if (name === null) return null;
  const currency = currencyEvidence(from, to);
  const price = priceEvidence(from, to);
  const units = unitEvidence(from, to, price);
  const sum = name.score + currency.score + price.score + units.score;
  if (sum < SCORE_MIN) return null;
  const certain = units.says === "silent" && isCertain(name, currency, price);
  const contract = contractDifference(from.facts, to.facts);
  const ratio = priceRatio(from.facts, to.facts);
  const score = certain ? Math.max(CERTAIN_MIN, Math.min(100, sum)) : Math.min(UNCERTAIN_MAX, sum);
  return {
    from: from.facts.name,
    to: to.facts.name,
    score,
    grade: certain ? "certain" : sum >= LIKELY_MIN ? "likely" : "possible",
    reasons: [name, currency, price, units].map(({ words }) => words).filter(Boolean),
    differences: [...(contract === null ? [] : [contract.words]), ...digitsWords(from, to)],
    priceFactor: ratio === null ? null : powerOfTen(ratio),
  };
}

/**
 * A pair is certain by its name with its currencies or its price, anything else only by its name
 * with its price; and nothing with a piece of evidence that is weak or against it.
 */
function isCertain(name: Evidence, currency: Evidence, price: Evidence): boolean {
  if ([name, currency, price].some(({ says }) => says === "weak" || says === "against"))
    return false;
  return price.says === "agrees" || (name.says === "agrees" && currency.says === "agrees");
}

/** Two that fit as well as each other are a question, not an answer. */
function withoutDoubt(sorted: readonly Suggestion[]): readonly Suggestion[] {
  const certain = sorted.filter(({ grade }) => grade === "certain");
  if (certain.length < 2) return sorted;
  return sorted.map((one) => {
    if (one.grade !== "certain") return one;
    const others = certain.filter(({ to }) => to !== one.to).map(({ to }) => to);
    const reasons = [...one.reasons, `${others.join(" and ")} would fit as well`];
    return { ...one, grade: "likely", score: UNCERTAIN_MAX, reasons };
  });
}

function digitsWords(from: Named, to: Named): string[] {
  const [theirs, ours] = [from.facts.digits, to.facts.digits];
  if (theirs === ours) return [];
  return [`prices have ${theirs} digits there and ${ours} here: points are not the same`];
}
