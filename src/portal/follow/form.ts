/**
 * What was typed into the steps of following, as rules. Pure. Every field travels in the address, so
 * that going back loses nothing; a field that was left empty sets nothing.
 */
import type { FollowFacts as Recorded } from "../../records/follow.ts";
import { type Fields, fieldsFrom } from "../fields.ts";

export type FollowFacts = Recorded & {
  /** Of the account's broker, as it names them; none where it is not connected. */
  readonly ownSymbols: readonly string[];
};

/** How a size is said, before and after its number; the number's field has the mode's name. */
export const SIZES = {
  "equity-ratio": ["In proportion to equity, times", "", "1"],
  "balance-ratio": ["In proportion to balance, times", "", "1"],
  multiplier: ["The master's lots, times", "", "1"],
  "fixed-volume": ["Always", "lots", "0.10"],
  "risk-percent": ["Risk", "% of the equity, by the stop-loss", "1"],
} as const;

export type SizeMode = keyof typeof SIZES;

const HINTS: Readonly<Record<SizeMode, string>> = {
  "equity-ratio": "With half of the master's equity a copy has half of the lots.",
  "balance-ratio": "As above, and open profit does not change the size.",
  multiplier: "0.5 copies half of the master's lots, whatever either account holds.",
  "fixed-volume": "The same for each signal, whatever the master trades.",
  "risk-percent": "A signal without a stop-loss is skipped.",
};

export const ACTIONS = {
  "close-only": "stop opening",
  "close-all-and-stop": "close everything and stop",
  alert: "only tell me",
} as const;

export const EXISTING = {
  none: "leave them: copy from the master's next trade on",
  "better-price-only": "copy those that can be had at the master's price or better",
  all: "copy them all now, at today's prices",
} as const;

/** By the step that asks for them. */
const FIELDS_OF_STEP = [
  ["account"],
  ["mode", ...Object.keys(SIZES), "raise", "existing"],
  [
    ...["sides", "only", "except", "maxVolume", "maxPositions", "deviation", "spread", "reverse"],
    ...["maxRisk", "dayLoss", "dayLossAction", "drawdown", "drawdownAction", "profit"],
  ],
  ["begin"],
] as const;

export const FIELD_NAMES: readonly string[] = FIELDS_OF_STEP.flat();
export const STEPS = ["Account", "Size", "Limits", "Look and begin"] as const;
const LIMITS_STEP = 3;

export const fieldsAt = (step: number): readonly string[] => FIELDS_OF_STEP[step - 1] ?? [];

/** What was typed, and what stands for what was not asked yet. */
export function typed(params: URLSearchParams): Fields {
  const known = new URLSearchParams();
  for (const name of FIELD_NAMES) {
    const value = params.get(name);
    if (value !== null) known.set(name, value.slice(0, 200));
  }
  if (!known.has("mode")) known.set("mode", "equity-ratio");
  for (const [mode, [, , usual]] of Object.entries(SIZES)) {
    if (!known.has(mode)) known.set(mode, usual);
  }
  return fieldsFrom(known);
}

/** As the rules' schema takes them: it is what judges them. */
export function rulesFrom(fields: Fields, facts: FollowFacts): Readonly<Record<string, unknown>> {
  const sides = fields.get("sides");
  const existing = fields.get("existing");
  const pairs = pairsOf(facts).flatMap(({ from, to }) =>
    to === null || to === from ? [] : [{ from, to }],
  );
  const symbols = { include: namesIn(fields.get("only")), exclude: namesIn(fields.get("except")) };
  const named = symbols.include.length + symbols.exclude.length > 0;
  const guards = guardsFrom(fields);
  const limits = limitsFrom(fields);
  return {
    sizing: sizingFrom(fields),
    ...(named ? { symbols } : {}),
    ...(sides === "buy" || sides === "sell" ? { sides: [sides] } : {}),
    ...(fields.get("reverse") === "1" ? { reverse: true } : {}),
    ...(existing === "" || existing === "none" ? {} : { copyExisting: existing }),
    ...(Object.keys(guards).length === 0 ? {} : { guards }),
    ...(limits.length === 0 ? {} : { limits }),
    ...(facts.sameBroker || pairs.length === 0 ? {} : { symbolMap: { pairs } }),
  };
}

const namesIn = (text: string): readonly string[] =>
  text.split(/[\s,;]+/).filter((name) => name !== "");

const isSize = (mode: string): mode is SizeMode => Object.hasOwn(SIZES, mode);

function sizingFrom(fields: Fields): Readonly<Record<string, unknown>> {
  const mode = fields.get("mode");
  const raise = fields.get("raise") === "1" ? { raiseToMinimum: true } : {};
  if (!isSize(mode)) return { mode, ...raise };
  const amount = fields.get(mode);
  const name =
    mode === "fixed-volume" ? "volume" : mode === "risk-percent" ? "riskPercent" : "multiplier";
  return { mode, [name]: amount, ...raise };
}

/** A whole number where it is one; the schema says what is wrong with anything else. */
const whole = (text: string): number | string => (/^\d{1,9}$/.test(text) ? Number(text) : text);

function guardsFrom(fields: Fields): Readonly<Record<string, unknown>> {
  const given = {
    maxVolume: fields.get("maxVolume"),
    maxOpenPositions: whole(fields.get("maxPositions")),
    maxDeviationPoints: whole(fields.get("deviation")),
    maxSpreadPoints: whole(fields.get("spread")),
    maxRiskPerTradePercent: fields.get("maxRisk"),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
}

/** Per cent as the rules' fraction; what is no number stays as it is, to be refused. */
export function share(percent: string): string {
  const match = /^(\d{1,6})(?:[.,](\d{1,4}))?$/.exec(percent);
  if (match === null) return percent;
  const digits = `${match[1]}`.padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}${match[2] ?? ""}`;
}

function limitsFrom(fields: Fields): readonly object[] {
  const loss = (field: string, measure: string, period: string) => {
    const relative = fields.get(field);
    const action = fields.get(`${field}Action`) || "close-only";
    return relative === "" ? [] : [{ measure, period, relative: share(relative), action }];
  };
  const target = fields.get("profit");
  return [
    ...loss("dayLoss", "equity-from-equity", "day"),
    ...loss("drawdown", "equity-from-peak", "lifetime"),
    ...(target === ""
      ? []
      : [
          {
            ...{ measure: "equity-from-equity", kind: "profit", period: "lifetime" },
            ...{ relative: share(target), action: "close-only" },
          },
        ]),
  ];
}

export type Pair = { readonly from: string; readonly to: string | null };

/** The account's name of each symbol that the master trades; null where there is none, or several. */
export function pairsOf({ masterSymbols, ownSymbols, sameBroker }: FollowFacts): readonly Pair[] {
  const letters = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, "");
  return masterSymbols.map((from) => {
    if (sameBroker || ownSymbols.includes(from)) return { from, to: from };
    const base = letters(from).slice(0, 6);
    const like = ownSymbols.filter((name) => letters(name).startsWith(base));
    return { from, to: like.length === 1 ? (like[0] ?? null) : null };
  });
}

const LABELS: readonly (readonly [RegExp, string, number])[] = [
  [/^sizing/, "The size", 2],
  [/^copyExisting/, "What is open already", 2],
  [/^symbols/, "Symbols", LIMITS_STEP],
  [/^guards\.maxVolume$/, "Most lots in one copy", LIMITS_STEP],
  [/^guards\.maxOpenPositions/, "Most positions at once", LIMITS_STEP],
  [/^guards\.maxDeviationPoints/, "Most points worse than the master's price", LIMITS_STEP],
  [/^guards\.maxSpreadPoints/, "Widest spread", LIMITS_STEP],
  [/^guards\.maxRisk/, "Most risk in one copy", LIMITS_STEP],
  [/^limits/, "Protection of the equity", LIMITS_STEP],
];

/** "guards.maxVolume: must be …" as the label of the field, and the step that asks for it. */
export function faultIn(text: string): { readonly words: string; readonly step: number } {
  const [path = "", ...rest] = text.split(": ");
  const [, label, step] = LABELS.find(([pattern]) => pattern.test(path)) ?? [null, path, 3];
  return { words: `${label}: ${rest.join(": ")}`, step };
}

export function sizesOf(fields: Fields) {
  return Object.entries(SIZES).map(([value, [before, after]]) => ({
    ...{ value, before, after, hint: HINTS[value as SizeMode] },
    amount: fields.get(value),
    selected: fields.get("mode") === value,
  }));
}
