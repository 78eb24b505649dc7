/**
 * The building blocks of every schema of the API. Ids, instants and decimals are codecs: a request
 * is decoded into the ledger's words, a ledger's row into the answer's.
 */
import { z } from "zod";
import { type IdKind, idPattern, idText, uuidsOf } from "../domain/prefixed-ids.ts";
import { textFault } from "./strict-json.ts";

const TEXT_MAX = 200;
const LIMIT_MAX = 100;
const LIMIT_DEFAULT = 20;
const CURSOR_MAX = 600;
const ANY_UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** What a spreadsheet would run as a formula. */
const FORMULA = /^[=+\-@\t\r]/;

const uuid = z.string().regex(ANY_UUID);

/** An id in a request: decoded into its UUID. */
export function idIn(kind: IdKind) {
  return z.codec(
    z
      .string()
      .regex(idPattern(kind), `is not an id of this kind`)
      .meta({
        examples: [exampleId(kind)],
      }),
    uuid,
    { decode: (id) => uuidsOf(id)[0] ?? "", encode: (value) => idText(kind, value) },
  );
}

/** A UUID of the ledger: decoded into the id that is answered. */
export function idOut(kind: IdKind) {
  return z.codec(
    uuid,
    z
      .string()
      .regex(idPattern(kind))
      .meta({ examples: [exampleId(kind)] }),
    { decode: (value) => idText(kind, value), encode: (id) => uuidsOf(id)[0] ?? "" },
  );
}

/** The same in every document. */
export function exampleId(kind: IdKind, last = 1): string {
  const tail = last.toString(16).padStart(12, "0");
  return idText(kind, `019ad7f4-7c00-7000-8000-${tail}`);
}

const RFC_3339 = /^(?:19[7-9]|2\d\d)\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
const EXAMPLE_INSTANT = "2026-11-24T09:30:00.000Z";
const instantText = (): z.ZodString =>
  z
    .string()
    .regex(RFC_3339, "is not an instant like 2026-11-24T09:30:00.000Z")
    .meta({ format: "date-time", examples: [EXAMPLE_INSTANT] });

/** An instant in a request. */
export const instantIn = () => instantText().refine(isOfCalendar, "is not a day of the calendar");

function isOfCalendar(text: string): boolean {
  const at = Date.parse(text);
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === text.slice(0, 10);
}

/** An instant of the ledger: UTC with milliseconds. */
export const instantOut = () =>
  z.codec(z.date(), instantText(), {
    decode: (at) => at.toISOString(),
    encode: (text) => new Date(text),
  });

const DECIMAL = /^-?(0|[1-9]\d{0,15})(\.\d{1,8})?$/;

/** A decimal of the ledger, without the zeros that its column adds. */
export const decimalOut = () =>
  z.codec(
    z.string(),
    z
      .string()
      .regex(DECIMAL)
      .meta({ examples: ["1.10235"] }),
    {
      decode: (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text),
      encode: (text) => text,
    },
  );

const POSITIVE = /^(?=.*[1-9])(0|[1-9]\d{0,15})(\.\d{1,8})?$/;

/** A decimal above 0 in a request. */
export const decimalIn = () =>
  z
    .string()
    .regex(POSITIVE, "is not a decimal above 0 with 8 places at most")
    .meta({ examples: ["1.5"] });

export const textIn = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => textFault(text) === null, "has characters that no text may have");

/** A name that people will see, also in a spreadsheet. */
export const nameIn = (max = TEXT_MAX) =>
  textIn(max)
    .refine((text) => text === text.trim(), "begins or ends with a space")
    .refine(
      (text) => !FORMULA.test(text),
      "begins with a sign that a spreadsheet takes as a formula",
    )
    .refine((text) => !/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u.test(text), "has control characters");

/** A word that is compared and not shown. */
export const wordIn = (max = TEXT_MAX) => textIn(max);

/** A whole number in a query. */
export function wholeIn(min: number, max: number) {
  const isWhole = (text: string): boolean =>
    /^\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max;
  return z.codec(
    z
      .string()
      .refine(isWhole, `is not a whole number from ${min} to ${max}`)
      .meta({ type: "integer", minimum: min, maximum: max }),
    z.int(),
    { decode: Number, encode: String },
  );
}

/** What every list takes. */
export const pageIn = {
  limit: wholeIn(1, LIMIT_MAX)
    .prefault(String(LIMIT_DEFAULT))
    .describe(`How many at most; ${LIMIT_DEFAULT} where it is not said.`),
  cursor: wordIn(CURSOR_MAX)
    .optional()
    .describe("The `next_cursor` of the page before; absent: the first page."),
};

/** What every list answers. */
export const pageOut = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    data: z.array(item),
    has_more: z.boolean(),
    next_cursor: z.string().nullable().describe("For the next page; null on the last."),
  });

export type PageQuery = { readonly limit: number; readonly cursor?: string | undefined };
