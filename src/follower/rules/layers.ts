/**
 * The rules that hold for one follower account, from everybody who may say something about them:
 * strategy → portfolio member → portfolio → subscription → follower account, each portfolio that
 * holds another adding its member and itself. Layers say only what they set; what none sets has
 * its default. How two layers that set the same come to one value stands with each setting.
 * Invariants: a layer more never admits, with a setting that narrows, what the others did not;
 * the effective rules read back as themselves; each value names the layers it came from.
 */

import { type AccountLayer, compileRules, type Rules } from "../rules.ts";
import type { Fault } from "./contradictions.ts";
import { isJsonObject, type JsonObject, type JsonValue, readPath, withPath } from "./json.ts";
import type { MergeRule } from "./merge.ts";
import { badRules, readRules } from "./parse.ts";
import { SETTINGS } from "./schema.ts";
import type { Setting } from "./settings.ts";

export const LAYER_KINDS = [
  "strategy",
  "portfolio member",
  "portfolio",
  "subscription",
  "follower account",
] as const;
export type LayerKind = (typeof LAYER_KINDS)[number];

export type Layer = {
  readonly kind: LayerKind;
  /** What people call it: "Trend EUR". */
  readonly name: string;
  /** What it sets, as JSON. */
  readonly rules: unknown;
};

export type EffectiveSetting = {
  readonly path: string;
  readonly help: string;
  readonly merge: MergeRule;
  readonly value: JsonValue;
  /** The layers that the value came from, as "portfolio Calm"; none where it is the default. */
  readonly from: readonly string[];
};

export type EffectiveRules = {
  readonly rules: Rules;
  /** What the layers come to, as JSON, without defaults. */
  readonly json: JsonObject;
  readonly settings: readonly EffectiveSetting[];
  /** Where layers have narrowed each other until nothing is admitted, in words. */
  readonly warnings: readonly string[];
};

/** Layers in the order of LAYER_KINDS; BAD_RULES with the faults of all of them at once. */
export function mergeLayers(layers: readonly Layer[]): EffectiveRules {
  const faults = layers.flatMap(faultsOfLayer);
  if (faults.length > 0) throw badRules(faults);
  const settings = SETTINGS.map((setting) => effective(setting, layers));
  const json = settings
    .filter(({ from }) => from.length > 0)
    .reduce<JsonObject>((all, { path, value }) => withPath(all, path, value), {});
  const { parsed, faults: merged } = readRules(json);
  const wrong = merged.filter(({ empty }) => empty !== true);
  if (parsed === null || wrong.length > 0) throw badRules(wrong);
  return {
    rules: compileRules(parsed, json, accountLayerOf(layers)),
    json,
    settings,
    warnings: merged.map(({ setting, reason }) => `${setting} ${reason}`),
  };
}

/** A layer need not be whole: what its mode needs may come from another one. */
function faultsOfLayer({ kind, name, rules }: Layer): Fault[] {
  const { parsed, faults } = readRules(rules);
  const wrong = parsed === null ? faults : faults.filter(({ empty }) => empty === true);
  return wrong.map(({ setting, reason }) => ({
    setting,
    reason: `${reason} (${kind} ${name})`,
  }));
}

function effective(setting: Setting, layers: readonly Layer[]): EffectiveSetting {
  const { path, help, merge } = setting;
  const said = layers.flatMap((layer) => {
    const value = readPath(layer.rules as JsonValue, path);
    return value === undefined ? [] : [{ value, name: `${layer.kind} ${layer.name}` }];
  });
  if (said.length === 0) return { path, help, merge: merge.rule, value: setting.default, from: [] };
  const value = merge.of(said.map((one) => one.value));
  return { path, help, merge: merge.rule, value, from: sourcesOf(value, said, merge.rule) };
}

type Said = { readonly value: JsonValue; readonly name: string };

/** Whose value it is, where it is one layer's own; else all that had a part in it. */
function sourcesOf(value: JsonValue, said: readonly Said[], rule: MergeRule): readonly string[] {
  if (rule === "override") return said.slice(-1).map(({ name }) => name);
  const same = said.filter((one) => JSON.stringify(one.value) === JSON.stringify(value));
  const own = rule === "narrow" && same.length > 0 ? same : said;
  return own.map(({ name }) => name);
}

function accountLayerOf(layers: readonly Layer[]): AccountLayer | null {
  const own = layers.findLast(({ kind }) => kind === "follower account");
  if (own === undefined || !isJsonObject(own.rules as JsonValue)) return null;
  const { parsed } = readRules(own.rules);
  if (parsed === null) return null;
  const { maxOpenPositions, maxVolumePerSymbol, maxTotalVolume, maxLeverage } = parsed.guards;
  const caps = { maxOpenPositions, maxVolumePerSymbol, maxTotalVolume, maxLeverage };
  const isCapped = Object.values(caps).some((cap) => cap !== null);
  return { caps: isCapped ? caps : null, limits: parsed.limits };
}
