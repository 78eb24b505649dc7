/**
 * The rules in force, worded for people: each setting with its value and the layer it came from.
 * What `explain`, the API's effective rules and the portal show is made here.
 */
import { isLockstepError } from "../domain/errors.ts";
import { type EffectiveSetting, type Layer, mergeLayers } from "../follower/rules/layers.ts";
import type { Origins } from "./words.ts";

export type WordedSetting = EffectiveSetting & {
  /** "guards.maxVolume is "0.25" (from portfolio Calm: the strictest holds)" */
  readonly words: string;
};

const HOW: Readonly<Record<EffectiveSetting["merge"], string>> = {
  override: "the last layer holds",
  narrow: "the strictest holds",
  xor: "two reversals cancel out",
  multiply: "factors multiply",
  all: "all hold",
};

export function effectiveRules(layers: readonly Layer[]): readonly WordedSetting[] {
  return mergeLayers(layers).settings.map((one) => ({ ...one, words: wordsOf(one) }));
}

function wordsOf({ path, value, from, merge }: EffectiveSetting): string {
  const written = `${path} is ${JSON.stringify(value)}`;
  if (from.length === 0) return `${written} (the default)`;
  return `${written} (from ${from.join(" and ")}: ${HOW[merge]})`;
}

/** By path; empty where the rules of an earlier version of the hub would be refused today. */
export function originsOf(layers: readonly Layer[]): Origins {
  try {
    return Object.fromEntries(effectiveRules(layers).map(({ path, from }) => [path, from]));
  } catch (error) {
    if (isLockstepError(error, "BAD_RULES")) return {};
    throw error;
  }
}
