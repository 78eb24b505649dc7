/** What a field of a line may hold. Each kind is the one place where that is checked. */
export type Kind<T extends string | number> = {
  readonly words: string;
  is(value: unknown): value is T;
};

export type Fields = Readonly<Record<string, Kind<string> | Kind<number>>>;

export type Of<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Kind<infer T> ? T : never;
};

const TEXT_MAX = 128;
const INTEGER_MAX = 999_999_999_999_999;
const DECIMAL = /^-?\d{1,15}(?:\.\d{1,8})?$/;

function pattern(words: string, shape: RegExp): Kind<string> {
  return { words, is: (value): value is string => typeof value === "string" && shape.test(value) };
}

function integer(words: string, min: number, max: number): Kind<number> {
  return {
    words,
    is: (value): value is number =>
      Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
  };
}

function hasControls(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/** One of these words; the empty one only where it is listed. */
export function oneOf<const T extends string>(...words: readonly T[]): Kind<T> {
  const set: ReadonlySet<unknown> = new Set(words);
  return { words: `one of ${words.join(", ")}`, is: (value): value is T => set.has(value) };
}

export const text: Kind<string> = {
  words: `text of at most ${TEXT_MAX} characters without control characters`,
  is: (value): value is string =>
    typeof value === "string" && value.length <= TEXT_MAX && !hasControls(value),
};
export const name: Kind<string> = {
  words: "text that is not empty",
  is: (value): value is string => text.is(value) && value !== "",
};
export const decimal = pattern("a plain decimal, such as -1.5", DECIMAL);
export const positive = pattern("a plain decimal without sign", /^\d{1,15}(?:\.\d{1,8})?$/);
export const maybePositive = pattern("a plain decimal or empty", /^(?:\d{1,15}(?:\.\d{1,8})?)?$/);
export const currency = pattern("three capital letters", /^[A-Z]{3}$/);
export const key = pattern("16 letters and digits", /^[0-9A-Za-z]{16}$/);
export const maybeKey = pattern("16 letters and digits, or empty", /^(?:[0-9A-Za-z]{16})?$/);
export const hex16 = pattern("16 hex digits", /^[0-9a-f]{16}$/);
export const hex64 = pattern("64 hex digits", /^[0-9a-f]{64}$/);
export const maybeHex64 = pattern("64 hex digits or empty", /^(?:[0-9a-f]{64})?$/);
export const deviceId = pattern("8 letters and digits, or empty", /^(?:[0-9A-Z]{8})?$/);
/** Minutes of a week, such as `1440-8640`, several joined by commas. */
export const sessions = pattern(
  "sessions such as 1440-8640, or empty",
  /^(?:(?!.{129})\d{1,5}-\d{1,5}(?:,\d{1,5}-\d{1,5})*)?$/,
);
export const integerOf = integer("a whole number", -INTEGER_MAX, INTEGER_MAX);
export const count = integer("a whole number from 0", 0, INTEGER_MAX);
export const ordinal = integer("a whole number from 1", 1, INTEGER_MAX);
export const flag = integer("0 or 1", 0, 1);
export const magic = integer("a whole number from 0 to 2147483647", 0, 0x7fff_ffff);
export const digits = integer("a whole number from 0 to 8", 0, 8);
export const side = oneOf("buy", "sell");
