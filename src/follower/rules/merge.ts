/**
 * How layers that say something about the same setting come to one value.
 * override: the last layer that says anything holds. narrow: the strictest holds, so that no
 * layer ever widens what another has set. xor: two layers that turn a side around leave it.
 * multiply: factors along the layers. all: every layer's own holds beside the others.
 * Invariants: a value merged with itself alone is itself; the order of layers matters to override
 * only; null in a limit says "no limit of mine" and narrows nothing.
 */
import { formatFixed, multiply, ONE, parseFixed } from "../../domain/fixed.ts";
import { isJsonObject, type JsonValue } from "./json.ts";

export type MergeRule = "override" | "narrow" | "xor" | "multiply" | "all";

export type Merge = {
  readonly rule: MergeRule;
  /** Of the values that layers give, in order, at least one. */
  of(values: readonly JsonValue[]): JsonValue;
};

export const override: Merge = { rule: "override", of: (values) => values.at(-1) ?? null };

export const xor: Merge = {
  rule: "xor",
  of: (values) => values.filter((value) => value === true).length % 2 === 1,
};

export const multiplied: Merge = {
  rule: "multiply",
  of: (values) =>
    formatFixed(
      values
        .map(String)
        .map(parseFixed)
        .reduce((all, one) => multiply(all, one), ONE),
    ),
};

export const together: Merge = { rule: "all", of: (values) => values.flatMap(listOf) };

const narrow = (of: Merge["of"]): Merge => ({ rule: "narrow", of });

/** The lowest or highest of limits: numbers, or decimals as text. */
const extreme = (sign: 1n | -1n): Merge =>
  narrow((values) =>
    values.reduce((best, value) => {
      if (best === null || value === null) return best ?? value;
      return sign * (amountOf(value) - amountOf(best)) < 0n ? value : best;
    }, null),
  );

export const lowest = extreme(1n);
export const highest = extreme(-1n);

const amountOf = (value: JsonValue): bigint => parseFixed(String(value));

/** The strictest word of a list that begins with the loosest. */
export function strictestOf(words: readonly string[]): Merge {
  return narrow((values) =>
    values.reduce((best, value) =>
      words.indexOf(String(value)) > words.indexOf(String(best)) ? value : best,
    ),
  );
}

/** What every layer's list names, in the order of the first. */
export const common: Merge = narrow((values) =>
  values.reduce((kept, value) => listOf(kept).filter((one) => listOf(value).includes(one))),
);

/** Several of them where one does not hold the others: each of a list must be kept. */
export const eachOf: Merge = narrow((values) => {
  const set = distinct(values.flatMap((value) => (value === null ? [] : listOf(value))));
  return set.length <= 1 ? (set[0] ?? null) : set;
});

/** Included is what every list includes: lists within the list; excluded is what any excludes. */
export const narrowedLists: Merge = narrow((values) => {
  if (values.length === 1) return values[0] ?? null;
  const include = distinct(values.flatMap((value) => listsOf(part(value, "include"))));
  const exclude = distinct(values.flatMap((value) => listOf(part(value, "exclude"))));
  return { include: include.length === 1 ? listOf(include[0] ?? []) : include, exclude };
});

/** Include as a list of lists that must all admit. */
export function listsOf(include: JsonValue): readonly (readonly JsonValue[])[] {
  const own = listOf(include).filter((one) => !Array.isArray(one));
  const inner = listOf(include).filter((one) => Array.isArray(one));
  return [...(own.length > 0 ? [own] : []), ...inner];
}

/** Around economic releases: every impact that a layer names, the widest time, any early close. */
export const widestNews: Merge = narrow((values) => {
  const set = values.filter(isJsonObject);
  if (set.length <= 1) return set[0] ?? null;
  const most = (key: string): JsonValue => highest.of(set.map((one) => one[key] ?? 0));
  return {
    impact: distinct(set.flatMap((one) => listOf(part(one, "impact")))),
    beforeMinutes: most("beforeMinutes"),
    afterMinutes: most("afterMinutes"),
    closeBefore: set.some((one) => one["closeBefore"] === true),
  };
});

function part(value: JsonValue, key: string): JsonValue {
  return isJsonObject(value) ? (value[key] ?? []) : [];
}

function listOf(value: JsonValue): readonly JsonValue[] {
  return Array.isArray(value) ? value : [value];
}

function distinct<T extends JsonValue>(values: readonly T[]): T[] {
  const known = new Map(values.map((value) => [JSON.stringify(value), value]));
  return [...known.values()];
}
