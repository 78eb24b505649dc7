/**
 * What a broker's name for a symbol says: the instrument, and what the broker decorates it with.
 * Invariant: prefix + core + suffix is the name; a decoration that may change what is traded (an
 * expiry, "fut", digits, capitals without a separator) is never called plain.
 */
import { codeOf, instrumentOf } from "./instruments.ts";

export type SymbolName = {
  readonly name: string;
  /** pair: of two known codes; known: an index, an oil, by a name in the table; other: neither. */
  readonly kind: "pair" | "known" | "other";
  /** The instrument: "EURUSD" of "#eur/usd.vip"; of another name what is left, in capitals. */
  readonly instrument: string;
  /** The core as it stands in the name. */
  readonly core: string;
  readonly prefix: string;
  readonly suffix: string;
};

const CODE_LENGTHS = [6, 4, 3];
const SEPARATOR = /^[/_\-. ]/;

export function readName(name: string): SymbolName {
  const found = readPair(name) ?? readKnown(name);
  if (found !== null) return found;
  const [prefix = ""] = /^[^A-Za-z0-9]*/.exec(name) ?? [];
  const core = /^[A-Za-z0-9]+/.exec(name.slice(prefix.length))?.[0] ?? "";
  const suffix = name.slice(prefix.length + core.length);
  return { name, kind: "other", instrument: core.toUpperCase(), core, prefix, suffix };
}

/** The first place where two codes follow each other, "EUR" and "USD", in one case. */
function readPair(name: string): SymbolName | null {
  for (let start = 0; start <= Math.min(4, name.length - 6); start += 1) {
    const pair = pairAt(name, start);
    if (pair === null) continue;
    const prefix = name.slice(0, start);
    const suffix = name.slice(start + pair.core.length);
    return { name, kind: "pair", ...pair, prefix, suffix };
  }
  return null;
}

function pairAt(name: string, start: number): Pick<SymbolName, "instrument" | "core"> | null {
  for (const baseLength of CODE_LENGTHS) {
    const base = codeOf(name.slice(start, start + baseLength));
    if (base === null) continue;
    const afterBase = start + baseLength;
    const gap = SEPARATOR.test(name.slice(afterBase)) ? 1 : 0;
    for (const quoteLength of CODE_LENGTHS) {
      const end = afterBase + gap + quoteLength;
      const quote = codeOf(name.slice(afterBase + gap, end));
      const core = name.slice(start, end);
      if (quote === null || quote === base || !isOneCase(core)) continue;
      return { instrument: base + quote, core };
    }
  }
  return null;
}

/** Capitals throughout or none: "EURUSDc" ends before its c, and "eurusd" is a pair too. */
function isOneCase(text: string): boolean {
  return text === text.toUpperCase() || text === text.toLowerCase();
}

/** The longest run of the name that the table knows, with decorations around it. */
function readKnown(name: string): SymbolName | null {
  for (let length = name.length; length >= 3; length -= 1) {
    for (let start = 0; start <= Math.min(4, name.length - length); start += 1) {
      const core = name.slice(start, start + length);
      const instrument = isWhole(name, start, length) ? instrumentOf(core) : null;
      if (instrument === null) continue;
      const [prefix, suffix] = [name.slice(0, start), name.slice(start + length)];
      return { name, kind: "known", instrument, core, prefix, suffix };
    }
  }
  return null;
}

/** "US500" is not in "US5000", nor "WTI" in "WTIA": a number or a word is taken whole. */
function isWhole(name: string, start: number, length: number): boolean {
  const same = (a: string, b: string): boolean =>
    /\d\d/.test(a + b) || /[A-Z][A-Z]/.test(a + b) || /[a-z][a-z]/.test(a + b);
  const [before, first] = [name.charAt(start - 1), name.charAt(start)];
  const [last, after] = [name.charAt(start + length - 1), name.charAt(start + length)];
  return (start === 0 || !same(before, first)) && (after === "" || !same(last, after));
}

const MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec";
/** Another contract, an own price, or another unit: any number may be an expiry. */
const OTHER_CONTRACT = new RegExp(
  `\\d|${MONTHS}|fut|fwd|forw|perp|swap|syn|inv|opt|otc|week|wknd|basket|index|idx|test|demo|sim|gram|kilo|tael`,
  "i",
);
/** A future, or a metal by its weight. */
const OTHER_LETTERS = /^(?:ft?|k?g)$/i;

/** Whether a prefix or suffix may say that it is another contract, or another currency. */
export function mayBeOther(affix: string): boolean {
  const letters = affix.replace(/[^A-Za-z]/g, "");
  return OTHER_CONTRACT.test(affix) || OTHER_LETTERS.test(letters) || codeOf(letters) !== null;
}

/** Whether a prefix or suffix only says which kind of account the symbol is for. */
export function isPlain(affix: string): boolean {
  if (affix === "") return true;
  if (mayBeOther(affix)) return false;
  // Punctuation alone, small letters, or a word set off by punctuation on either side.
  return /^(?:[^A-Za-z0-9\s]{1,2}|[._\-+#!@^]?[a-z]{1,5}[._\-+#!]?|[._\-+#!@^][A-Za-z0-9]{1,6}[._\-+#!]?|[A-Za-z]{1,4}[._\-#:])$/.test(
    affix,
  );
}
