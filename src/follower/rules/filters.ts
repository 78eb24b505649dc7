/** Which of the master's opens a subscription wants at all: settings that only opens are asked by. */
import { z } from "zod";
import { isZoneName } from "../../domain/time-zone.ts";
import { compileWindows, parseTimeRange, WEEKDAYS } from "../../domain/weekly-windows.ts";
import { DAY_MS, LIST_MAX, MINUTES_MAX, SEVERAL_MAX } from "./bounds.ts";
import { magicRange, matchMagics, matchNames } from "./matchers.ts";
import {
  common,
  eachOf,
  highest,
  lowest,
  narrowedLists,
  strictestOf,
  widestNews,
} from "./merge.ts";
import { decimal, oneOf, section, setting, whole } from "./settings.ts";

const name = z.string().min(1).max(64);
const MAGIC_WORDS = 'must be a magic number or a range as text, such as "77" or "1010-1019"';
const magic = z
  .string({ error: MAGIC_WORDS })
  .refine((text) => magicRange(text) !== null, { error: MAGIC_WORDS });

/** A list; lists within it must all admit, which is how layers narrow each other. */
function lists<T extends z.ZodType<string>>(item: T, error: string) {
  const included = z.union([item, z.array(item).max(LIST_MAX)], { error });
  return z.strictObject({
    include: z.array(included).max(LIST_MAX).default([]),
    exclude: z.array(item).max(LIST_MAX).default([]),
  });
}

const NO_LISTS = { include: [], exclude: [] };
const NAME_WORDS = "must be a text of 1 to 64 characters";

const hours = z
  .string({ error: 'must be hours such as "07:00-21:00"' })
  .refine((text) => parseTimeRange(text) !== null, {
    error: 'must be hours such as "07:00-21:00", or "22:00-02:00" into the next day',
  });

const week = z
  .strictObject({
    timeZone: z
      .string()
      .refine(isZoneName, { error: 'must be the name of a time zone, such as "Europe/London"' }),
    weekdays: z.partialRecord(z.enum(WEEKDAYS), z.array(hours).max(48), {
      error: `must name hours by weekday: ${WEEKDAYS.join(", ")}`,
    }),
  })
  .refine(({ weekdays }) => Object.values(weekdays).some((ranges) => (ranges?.length ?? 0) > 0), {
    error: "never opens: give hours on one weekday at least",
    path: ["weekdays"],
  })
  .transform(({ timeZone, weekdays }) => ({
    timeZone,
    key: JSON.stringify([timeZone, weekdays]),
    ...compileWindows({
      timeZone,
      weekdays: Object.fromEntries(
        Object.entries(weekdays).map(([day, ranges]) => [day, ranges ?? []]),
      ),
    }),
  }));

/** One of them, or several that must each be kept. */
function oneOrSeveral<T extends z.ZodType>(item: T) {
  return z.preprocess(
    (value) => (value === null || Array.isArray(value) ? value : [value]),
    z
      .array(item)
      .max(SEVERAL_MAX)
      .nullable()
      .transform((list) => list ?? []),
  );
}

export const IMPACTS = ["low", "medium", "high"] as const;

const minutes = z
  .number({ error: `must be whole minutes from 0 to ${MINUTES_MAX}` })
  .int()
  .min(0)
  .max(MINUTES_MAX);

const news = z.strictObject({
  impact: z.array(oneOf(IMPACTS)).min(1, { error: "must name at least one impact" }),
  beforeMinutes: minutes.default(0),
  afterMinutes: minutes.default(0),
  closeBefore: z.boolean().default(false),
});

export const filters = {
  symbols: setting(
    lists(name, NAME_WORDS).transform(matchNames),
    NO_LISTS,
    "Which of the master's symbols are copied, by name or glob (XAU*); an empty include is all.",
    narrowedLists,
  ),
  sides: setting(
    z
      .array(oneOf(["buy", "sell"]))
      .transform((sides) => ({ buy: sides.includes("buy"), sell: sides.includes("sell") })),
    ["buy", "sell"],
    "Which sides of the master are copied.",
    common,
  ),
  magic: setting(
    lists(magic, MAGIC_WORDS).transform(matchMagics),
    NO_LISTS,
    "Which magic numbers are copied, singly or as ranges; an empty include is all.",
    narrowedLists,
  ),
  comment: setting(
    lists(name, NAME_WORDS).transform(matchNames),
    NO_LISTS,
    "Which comments of the master are copied, as texts or globs (test*); an empty include is all.",
    narrowedLists,
  ),
  masterVolume: section({
    min: setting(
      decimal({ min: "0" }).nullable(),
      null,
      "The master's smallest lots to copy.",
      highest,
    ),
    max: setting(
      decimal({ min: "0" }).nullable(),
      null,
      "The master's largest lots to copy.",
      lowest,
    ),
  }),
  masterDrawdown: section({
    below: setting(
      decimal({ above: "0", max: "1" }).nullable(),
      null,
      "Copy only while the master's equity is less than this fraction under its peak (0.2 is 20 %).",
      lowest,
    ),
    above: setting(
      decimal({ min: "0", max: "1" }).nullable(),
      null,
      "Copy only while the master's equity is more than this fraction under its peak.",
      highest,
    ),
  }),
  pendingOrders: setting(
    oneOf(["on-fill", "mirror", "off"]),
    "on-fill",
    "Pending orders of the master: on-fill copies one when it fills, as a market order under the guards; mirror places the follower's own at once and links the two; off does not copy what a pending order opened.",
    strictestOf(["mirror", "on-fill", "off"]),
  ),
  pendingGraceMs: setting(
    whole(0, DAY_MS),
    60_000,
    "How long a mirrored order may have filled before the master's does, in milliseconds; then what it opened is closed.",
    lowest,
  ),
  windows: setting(
    oneOrSeveral(week),
    null,
    "The hours in which positions are opened, by weekday in a named time zone; hours over midnight belong to the day they begin on, a weekday without hours has none, null is always.",
    eachOf,
  ),
  news: setting(
    news.nullable(),
    null,
    "Keep from opening around economic releases of the impacts named that concern a currency of the symbol; without a calendar nothing is opened. closeBefore also closes, beforeMinutes before it, what is open in such a symbol.",
    widestNews,
  ),
};
