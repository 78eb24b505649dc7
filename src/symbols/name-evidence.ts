/** What two names say of each other. null: nothing connects them, not even the currencies. */
import type { Evidence, Named } from "./evidence.ts";
import { relatedTo } from "./instruments.ts";

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
