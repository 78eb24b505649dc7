/**
 * How a setting is declared: its type, its default, its help in plain words and how layers merge
 * stand together, and the table that docs, API and forms read is walked from the schema itself.
 * Invariant: every setting has a help text and a default that parses.
 */
import { z } from "zod";
import { type Fixed, parseFixed } from "../../domain/fixed.ts";
import type { JsonValue } from "./json.ts";
import { type Merge, override } from "./merge.ts";

export type Setting = {
  /** Dotted, as in the JSON: `sizing.mode`. */
  readonly path: string;
  readonly help: string;
  readonly default: JsonValue;
  readonly merge: Merge;
};

type Facts = Omit<Setting, "path">;

const factsOf = new WeakMap<object, Facts>();

/** Declares a setting; absent is the same as its default. */
export function setting<T extends z.ZodType>(
  type: T,
  fallback: z.input<T> & JsonValue,
  help: string,
  merge: Merge = override,
): z.ZodPrefault<T> {
  const field = type.prefault(fallback);
  factsOf.set(field, { help, default: fallback, merge });
  return field;
}

/** A group of settings; absent, all of them have their defaults. */
export function section<S extends z.ZodRawShape>(shape: S) {
  // The schema fills every absent key itself, which TypeScript cannot see for an open shape.
  const empty: object = {};
  const type = z.strictObject(shape);
  return type.prefault(empty as z.input<typeof type>);
}

/** One of the words. */
export function oneOf<const T extends readonly string[]>(words: T) {
  return z.enum(words, { error: `must be one of ${words.join(", ")}` });
}

type Bounds = { readonly min?: string; readonly above?: string; readonly max?: string };

/** A decimal as text, within bounds (texts, inclusive unless `above`). */
export function decimal(bounds: Bounds) {
  return z
    .string({ error: 'must be a decimal as text, such as "0.10"' })
    .transform((text, context): Fixed => {
      const value = readDecimal(text);
      if (value !== null && isWithin(value, bounds)) return value;
      const wish = Object.entries(bounds).map(([name, bound]) => `${name} ${bound}`);
      context.addIssue({
        code: "custom",
        message: `must be a plain decimal of at most 8 places${wish.length ? `, ${wish.join(", ")}` : ""}`,
      });
      return z.NEVER;
    });
}

function readDecimal(text: string): Fixed | null {
  try {
    return parseFixed(text);
  } catch {
    return null;
  }
}

function isWithin(value: Fixed, bounds: Bounds): boolean {
  if (bounds.min !== undefined && value < parseFixed(bounds.min)) return false;
  if (bounds.above !== undefined && value <= parseFixed(bounds.above)) return false;
  return bounds.max === undefined || value <= parseFixed(bounds.max);
}

/** A whole number within bounds, inclusive: points, milliseconds. */
export function whole(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

/** Every setting under a schema, in the order of the JSON. */
export function settingsOf(schema: z.ZodObject, prefix = ""): Setting[] {
  return Object.entries(schema.shape).flatMap(([key, field]): Setting[] => {
    const path = `${prefix}${key}`;
    const facts = factsOf.get(field);
    if (facts !== undefined) return [{ path, ...facts }];
    const inner = field instanceof z.ZodPrefault ? field.unwrap() : field;
    return inner instanceof z.ZodObject ? settingsOf(inner, `${path}.`) : [];
  });
}
