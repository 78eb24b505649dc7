/**
 * What a list of names or of magic numbers admits. Lists are compiled once per version of the
 * rules; asking costs a set look-up, and a walk along the name only where a glob was written.
 * Invariants: an empty include admits all; what is excluded is never admitted; of lists within a
 * list each must admit; names are compared without regard to case, because brokers and people
 * write them differently.
 */
export type Matcher<T> = { admits(value: T): boolean };

/** Include and exclude as they were written; lists within the include must all admit. */
export type TextLists = {
  readonly include: readonly (string | readonly string[])[];
  readonly exclude: readonly string[];
};

const MAGIC = /^(\d{1,15})(?:-(\d{1,15}))?$/;

export const admitsAll: Matcher<unknown> = { admits: () => true };

/** Names with `*` (any run of characters) and `?` (one character). */
export function matchNames(lists: TextLists): Matcher<string> {
  const match = compile(lists, anyName);
  return match === null ? admitsAll : { admits: (name) => match(name.toUpperCase()) };
}

/** Magic numbers and ranges of them; texts that are neither were refused by the schema. */
export function matchMagics(lists: TextLists): Matcher<number> {
  const match = compile(lists, anyMagic);
  return match === null ? admitsAll : { admits: match };
}

type Test<T> = (value: T) => boolean;

/** Null where all is admitted. */
function compile<T>(lists: TextLists, any: (texts: readonly string[]) => Test<T>): Test<T> | null {
  if (lists.include.length === 0 && lists.exclude.length === 0) return null;
  const included = includesOf(lists).map(any);
  const excluded = any(lists.exclude);
  const [only, ...others] = included;
  if (only === undefined) return (value) => !excluded(value);
  if (others.length === 0) return (value) => only(value) && !excluded(value);
  return (value) => included.every((one) => one(value)) && !excluded(value);
}

/** The lists that must each admit. */
export function includesOf({ include }: TextLists): readonly (readonly string[])[] {
  const own = include.filter((one) => typeof one === "string");
  const inner = include.filter((one) => typeof one !== "string");
  return own.length > 0 ? [own, ...inner] : inner;
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

function anyMagic(texts: readonly string[]): (magic: number) => boolean {
  const ranges = texts.map(magicRange).filter((range) => range !== null);
  return (magic) => ranges.some(([from, to]) => magic >= from && magic <= to);
}

/** Whether every name that the glob `inner` fits also fits `outer`; in doubt not. */
export function coversName(outer: string, inner: string): boolean {
  const [wide, narrow] = [outer.toUpperCase(), inner.toUpperCase()];
  // A `?` of the outer one must not stand for a `*` of the inner one, which may be many.
  return wide === narrow || ((!/[*]/.test(narrow) || !/[?]/.test(wide)) && fitsGlob(narrow, wide));
}

/** Whether the magic range `outer` holds all of `inner`. */
export function coversMagic(outer: string, inner: string): boolean {
  const [wide, narrow] = [magicRange(outer), magicRange(inner)];
  if (wide === null || narrow === null) return false;
  return wide[0] <= narrow[0] && wide[1] >= narrow[1];
}
