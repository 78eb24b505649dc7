/**
 * How a broker decorates its names: what stands before and after most of its pairs.
 * A decoration that most of a list carries says nothing about the single symbol.
 */
import { readName, type SymbolName } from "./name.ts";

export type Affixes = { readonly prefix: string; readonly suffix: string };

export const NO_AFFIXES: Affixes = { prefix: "", suffix: "" };

const SHARE_MIN = 0.5;
const COUNT_MIN = 4;

/** What at least half of the pairs, and four of them, carry; else none. */
export function conventionOf(names: readonly string[]): Affixes {
  const pairs = names.map(readName).filter(({ kind }) => kind === "pair");
  const counts = new Map<string, { readonly affixes: Affixes; readonly count: number }>();
  for (const { prefix, suffix } of pairs) {
    const key = JSON.stringify([prefix, suffix]);
    const count = (counts.get(key)?.count ?? 0) + 1;
    counts.set(key, { affixes: { prefix, suffix }, count });
  }
  const [most] = [...counts.values()].sort((a, b) => b.count - a.count);
  if (most === undefined || most.count < COUNT_MIN) return NO_AFFIXES;
  return most.count >= SHARE_MIN * pairs.length ? most.affixes : NO_AFFIXES;
}

/** How a broker writes its names: "#EUR/USD.vip" has the prefix #, the separator / and .vip. */
export type NameRule = Affixes & { readonly separator: string };

/** The rule that most of a list follows, to be proposed to a person. */
export function proposedRule(names: readonly string[]): NameRule {
  const usual = conventionOf(names);
  const pairs = names.map(readName).filter((name) => name.kind === "pair" && isUsual(name, usual));
  const separators = pairs.map(({ core }) => core.replace(/[A-Za-z]/g, ""));
  const [first = ""] = separators;
  return { ...usual, separator: separators.every((one) => one === first) ? first : "" };
}

/** Whether a name is decorated as its broker decorates most. */
export function isUsual(name: SymbolName, usual: Affixes): boolean {
  return name.prefix === usual.prefix && name.suffix === usual.suffix;
}
