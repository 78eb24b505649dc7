/**
 * A subscription's rules as the deciders read them: parsed once per version, with every default
 * filled in, decimals exact and lists compiled. Rules that contradict themselves are BAD_RULES.
 */
import type { z } from "zod";
import { LockstepError } from "../domain/errors.ts";
import { RULES_SCHEMA } from "./rules-schema.ts";
import { type Setting, settingsOf } from "./settings.ts";

type Parsed = z.output<typeof RULES_SCHEMA>;

export type Rules = Readonly<
  Pick<
    Parsed,
    | "sizing"
    | "symbols"
    | "sides"
    | "magic"
    | "masterVolume"
    | "guards"
    | "stops"
    | "symbolMap"
    | "mode"
  > & {
    /** The same text for the same `stops`, so that a signal's stops are placed once for all. */
    stopsKey: string;
  }
>;
export type StopRule = Rules["stops"]["stopLoss"];

/** Every documented setting: path, help in plain words, default, and whether it is built yet. */
export const SETTINGS: readonly Setting[] = settingsOf(RULES_SCHEMA);

type Fault = { readonly setting: string; readonly reason: string };

/**
 * Reads rules as JSON values. All faults are told at once: `settings` are their paths and
 * `faults` the same with the reasons.
 */
export function parseRules(json: unknown): Rules {
  const result = RULES_SCHEMA.safeParse(json);
  const faults = result.success
    ? contradictions(result.data)
    : result.error.issues.flatMap(faultsOfIssue);
  if (result.success && faults.length === 0) {
    return { ...result.data, stopsKey: JSON.stringify(result.data.stops) };
  }
  throw new LockstepError("BAD_RULES", {
    settings: faults.map(({ setting }) => setting),
    faults: faults.map(({ setting, reason }) => `${setting}: ${reason}`),
  });
}

function faultsOfIssue(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      setting: [...path, key].join("."),
      reason: "is not a setting",
    }));
  }
  return [{ setting: path.join(".") || "rules", reason: issue.message }];
}

/** What no single setting can know: settings that need or exclude one another. */
function contradictions(rules: Parsed): Fault[] {
  const { sizing, masterVolume, stops, symbolMap } = rules;
  const faults: Fault[] = [];
  if (sizing.mode === "risk-percent" && sizing.riskPercent === null) {
    faults.push({ setting: "sizing.riskPercent", reason: "is needed by risk-percent" });
  }
  if (sizing.mode === "fixed-volume" && sizing.volume === null) {
    faults.push({ setting: "sizing.volume", reason: "is needed by fixed-volume" });
  }
  const { min, max } = masterVolume;
  if (min !== null && max !== null && min > max) {
    faults.push({ setting: "masterVolume.min", reason: "is above masterVolume.max" });
  }
  for (const name of ["stopLoss", "takeProfit"] as const) {
    const { mode, points, offsetPoints } = stops[name];
    if (mode === "fixed-points" && points + offsetPoints <= 0) {
      faults.push({
        setting: `stops.${name}.points`,
        reason: "must come to more than 0 for fixed-points, offset included",
      });
    }
  }
  const twice = firstRepeated(symbolMap.pairs.map(({ from }) => from));
  if (twice !== null) {
    faults.push({ setting: "symbolMap.pairs", reason: `maps ${twice} twice` });
  }
  return faults;
}

function firstRepeated(names: readonly string[]): string | null {
  return names.find((name, index) => names.indexOf(name) !== index) ?? null;
}

export const defaultRules: Rules = parseRules({});
