/** Rules in force as sentences a trader would say. Pure; what has no sentence has its help and value. */
import { isJsonObject } from "../../follower/rules/json.ts";
import type { EffectiveSetting } from "../../follower/rules/layers.ts";

type Json = EffectiveSetting["value"];
type Say = (value: Json, all: ReadonlyMap<string, Json>) => string | null;

const text = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));
const list = (value: Json): readonly string[] => (Array.isArray(value) ? value.map(text) : []);
const times = (all: ReadonlyMap<string, Json>): string => {
  const factor = text(all.get("sizing.multiplier") ?? "1");
  return factor === "1" ? "" : `, times ${factor}`;
};

const SIZE_WORDS: Readonly<Record<string, Say>> = {
  "equity-ratio": (_, all) => `Each copy is sized in proportion to equity${times(all)}.`,
  "balance-ratio": (_, all) => `Each copy is sized in proportion to balance${times(all)}.`,
  "free-margin-ratio": (_, all) => `Each copy is sized in proportion to free margin${times(all)}.`,
  multiplier: (_, all) => `Each copy has the master's lots${times(all)}.`,
  "same-volume": (_, all) => `Each copy has the master's lots${times(all)}.`,
  "fixed-volume": (_, all) => `Each copy has ${text(all.get("sizing.volume") ?? "–")} lots.`,
  "risk-percent": (_, all) =>
    `Each copy risks ${text(all.get("sizing.riskPercent") ?? "–")} % of the equity by its stop-loss; without one it is skipped.`,
};

/** Said with the size. */
const WITH_SIZE = new Set(["sizing.multiplier", "sizing.volume", "sizing.riskPercent"]);

const WORDS: Readonly<Record<string, Say>> = {
  "sizing.mode": (value, all) => SIZE_WORDS[text(value)]?.(value, all) ?? null,
  "sizing.raiseToMinimum": (value) =>
    value === true
      ? "Where the size is under the symbol's smallest volume, the smallest is opened."
      : null,
  sides: (value) => `Only ${list(value).join(" and ")} trades are copied.`,
  "guards.maxVolume": (value) => `No copy has more than ${text(value)} lots.`,
  "guards.maxOpenPositions": (value) => `At most ${text(value)} positions are open at once.`,
  "guards.maxDeviationPoints": (value) =>
    `Nothing is opened at a price more than ${text(value)} points worse than the master's.`,
  "guards.maxSpreadPoints": (value) =>
    `Nothing is opened while the spread is wider than ${text(value)} points.`,
  "guards.maxRiskPerTradePercent": (value) =>
    `No copy risks more than ${text(value)} % of the equity; without a stop-loss nothing is opened.`,
  "guards.maxAgeMs": (value) =>
    `Nothing is opened more than ${Number(value) / 1_000} seconds after the master.`,
  symbols: symbolWords,
  reverse: (value) => (value === true ? "It trades the other side of the master." : null),
  copyExisting: (value) =>
    value === "all"
      ? "What the master holds already is copied now, at today's prices."
      : value === "better-price-only"
        ? "What the master holds already is copied where the price is as good or better."
        : null,
};

function symbolWords(value: Json): string | null {
  if (!isJsonObject(value)) return null;
  const only = list(value["include"] ?? []);
  const not = list(value["exclude"] ?? []);
  const parts = [
    only.length === 0 ? null : `Only ${only.join(", ")} are copied`,
    not.length === 0 ? null : `${not.join(", ")} are not copied`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : `${parts.join("; ")}.`;
}

const MEASURES: Readonly<Record<string, string>> = {
  "equity-from-peak": "its highest",
  "equity-from-equity": "what it began with",
  "equity-from-balance": "the balance it began with",
  "equity-from-higher": "the higher of balance and equity it began with",
};
const PERIODS: Readonly<Record<string, string>> = {
  lifetime: "",
  day: " in a day",
  week: " in a week",
  month: " in a month",
};
const ACTS: Readonly<Record<string, string>> = {
  "close-only": "it opens nothing more",
  "close-all-and-stop": "everything that it copied is closed, and it stops",
  alert: "you are told",
};

function limitWords(value: Json): string | null {
  if (!isJsonObject(value)) return null;
  const says = (name: string, usual = ""): string => text(value[name] ?? usual);
  const isProfit = says("kind", "loss") === "profit";
  const amount = value["relative"] ?? null;
  const much = amount === null ? says("absolute") : `${percentOf(text(amount))} %`;
  const from = MEASURES[says("measure")] ?? says("measure");
  const period = PERIODS[says("period")] ?? ` in a ${says("period")}`;
  const act = ACTS[says("action", "close-only")] ?? says("action");
  return `When the equity is ${much} ${isProfit ? "over" : "under"} ${from}${period}, ${act}.`;
}

const percentOf = (fraction: string): string => String(Number((Number(fraction) * 100).toFixed(4)));

export type PlainRule = { readonly words: string; readonly from: string };

/** `own`: how the layer is called that is the reader's own, so that only others are named. */
export function plainRules(
  settings: readonly EffectiveSetting[],
  own: string,
): readonly PlainRule[] {
  const all = new Map(settings.map(({ path, value }) => [path, value]));
  return settings
    .filter(({ path, from }) => path === "sizing.mode" || from.length > 0)
    .filter(({ path }) => !WITH_SIZE.has(path) && path !== "symbolMap.pairs")
    .flatMap((setting) => {
      const { path, value, help, from } = setting;
      const others = from.filter((layer) => layer !== own).join(", ");
      if (path === "limits" && Array.isArray(value)) {
        return value.flatMap((one) => ({ words: limitWords(one) ?? text(one), from: others }));
      }
      const words = WORDS[path]?.(value, all) ?? `${help} Here: ${text(value)}.`;
      return [{ words, from: others }];
    });
}
