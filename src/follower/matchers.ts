/**
 * What a list of names or of magic numbers admits. Lists are compiled once per version of the
 * rules; asking costs a set look-up, and a walk along the name only where a glob was written.
 * Invariants: an empty include admits all; what is excluded is never admitted; names are compared
 * without regard to case, because brokers and people write them differently.
 */
export type Matcher<T> = { admits(value: T): boolean };

/** Include and exclude as they were written. */
export type TextLists = {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
};

const MAGIC = /^(\d{1,15})(?:-(\d{1,15}))?$/;

const everything = { admits: (): boolean => true };

/** Names with `*` (any run of characters) and `?` (one character). */
export function matchNames(lists: TextLists): Matcher<string> {
  if (lists.include.length === 0 && lists.exclude.length === 0) return everything;
  const included = anyName(lists.include);
  const excluded = anyName(lists.exclude);
  const all = lists.include.length === 0;
  return {
    admits(name) {
      const folded = name.toUpperCase();
      return (all || included(folded)) && !excluded(folded);
    },
  };
}

function anyName(names: readonly string[]): (folded: string) => boolean {
  const folded = names.map((name) => name.toUpperCase());
  const exact = new Set(folded.filter((name) => !/[*?]/.test(name)));
  const globs = folded.filter((name) => /[*?]/.test(name));
  return (name) => exact.has(name) || globs.some((glob) => fitsGlob(name, glob));
}

/**
 * Whether a whole name fits a glob, in at most name × glob steps: only the last `*` is ever tried
 * again, so that no glob of a stranger can hold up the path of a trade as a regular expression can.
 */
function fitsGlob(name: string, glob: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let index = 0; index < name.length; ) {
    if (glob[at] === "*") {
      star = at;
      resume = index;
      at += 1;
    } else if (at < glob.length && (glob[at] === "?" || glob[at] === name[index])) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      resume += 1;
      index = resume;
      at = star + 1;
    } else {
      return false;
    }
  }
  while (glob[at] === "*") at += 1;
  return at === glob.length;
}

/** The bounds of "77" or "1010-1019", inclusive; null where it is neither. */
export function magicRange(text: string): readonly [number, number] | null {
  const match = MAGIC.exec(text);
  if (match === null) return null;
  const from = Number(match[1]);
  const to = match[2] === undefined ? from : Number(match[2]);
  return from <= to ? [from, to] : null;
}

/** Magic numbers and ranges of them; texts that are neither were refused by the schema. */
export function matchMagics(lists: TextLists): Matcher<number> {
  if (lists.include.length === 0 && lists.exclude.length === 0) return everything;
  const included = anyMagic(lists.include);
  const excluded = anyMagic(lists.exclude);
  const all = lists.include.length === 0;
  return { admits: (magic) => (all || included(magic)) && !excluded(magic) };
}

function anyMagic(texts: readonly string[]): (magic: number) => boolean {
  const ranges = texts.map(magicRange).filter((range) => range !== null);
  return (magic) => ranges.some(([from, to]) => magic >= from && magic <= to);
}
