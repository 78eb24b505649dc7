/**
 * What no single setting can know: settings that need or exclude one another, and lists that
 * cancel out. `empty` faults make rules that admit nothing, which is an error in what one person
 * writes, and a legal outcome of layers that narrow each other.
 */

import { isJsonObject, type JsonValue, readPath } from "./json.ts";
import { coversMagic, coversName, includesOf, type TextLists } from "./matchers.ts";
import type { Parsed } from "./schema.ts";

export type Fault = { readonly setting: string; readonly reason: string; readonly empty?: true };

/** `json` is what was parsed: lists are compared as they were written. */
export function contradictions(rules: Parsed, json: JsonValue): Fault[] {
  return [
    ...sizingFaults(rules),
    ...rangeFaults(rules),
    ...waitFaults(rules),
    ...stopFaults(rules),
    ...listFaults(json),
    ...mapFaults(rules),
  ];
}

function sizingFaults({ sizing }: Parsed): Fault[] {
  const needs = {
    "risk-percent": "riskPercent",
    "fixed-volume": "volume",
    "equity-percent": "equityPercent",
    "fixed-leverage": "leverage",
  } as const;
  const { mode, table } = sizing;
  const faults: Fault[] = [];
  const need = mode in needs ? needs[mode as keyof typeof needs] : null;
  if (need !== null && sizing[need] === null) {
    faults.push({ setting: `sizing.${need}`, reason: `is needed by ${mode}` });
  }
  const names = table.map(({ symbol }) => symbol);
  if (mode === "custom" && !names.includes("*")) {
    faults.push({ setting: "sizing.table", reason: "needs a row for * (all others) in custom" });
  }
  const twice = firstRepeated(names.map((name) => name.toUpperCase()));
  if (twice !== null) faults.push({ setting: "sizing.table", reason: `names ${twice} twice` });
  return faults;
}

function rangeFaults(rules: Parsed): Fault[] {
  const { masterVolume, masterDrawdown, sides } = rules;
  const faults: Fault[] = [];
  const { min, max } = masterVolume;
  if (min !== null && max !== null && min > max) {
    faults.push({
      setting: "masterVolume.min",
      reason: "is above masterVolume.max",
      empty: true,
    });
  }
  const { above, below } = masterDrawdown;
  if (above !== null && below !== null && above >= below) {
    faults.push({
      setting: "masterDrawdown.above",
      reason: "is not under masterDrawdown.below: nothing lies between them",
      empty: true,
    });
  }
  if (!sides.buy && !sides.sell) {
    faults.push({ setting: "sides", reason: "must name at least one side", empty: true });
  }
  return faults;
}

/** What would always come too late. */
function waitFaults({ guards, waitForStopMs }: Parsed): Fault[] {
  const { delayMs, maxAgeMs } = guards;
  const late = (setting: string): Fault => ({
    setting,
    reason: "is not under guards.maxAgeMs: the open could only come too late",
    empty: true,
  });
  if (delayMs.min > delayMs.max) {
    return [{ setting: "guards.delayMs.min", reason: "is above guards.delayMs.max" }];
  }
  return [
    ...(delayMs.max > 0 && delayMs.max >= maxAgeMs ? [late("guards.delayMs.max")] : []),
    ...(waitForStopMs > 0 && waitForStopMs >= maxAgeMs ? [late("waitForStopMs")] : []),
  ];
}

function stopFaults({ stops }: Parsed): Fault[] {
  return (["stopLoss", "takeProfit"] as const).flatMap((name): Fault[] => {
    const { mode, points, offsetPoints } = stops[name];
    if (mode !== "fixed-points" || points + offsetPoints > 0) return [];
    const reason = "must come to more than 0 for fixed-points, offset included";
    return [{ setting: `stops.${name}.points`, reason }];
  });
}

function listFaults(json: JsonValue): Fault[] {
  const kinds = [
    ["symbols", coversName],
    ["magic", coversMagic],
    ["comment", coversName],
  ] as const;
  return kinds.flatMap(([setting, covers]): Fault[] => {
    const lists = listsAt(json, setting);
    const cancelled = includesOf(lists).some((list) =>
      list.every((one) => lists.exclude.some((out) => covers(out, one))),
    );
    if (!cancelled) return [];
    const reason = "names nothing that the exclude leaves: nothing would ever be copied";
    return [{ setting: `${setting}.include`, reason, empty: true }];
  });
}

function listsAt(json: JsonValue, setting: string): TextLists {
  const value = readPath(json, setting);
  const { include = [], exclude = [] } = isJsonObject(value) ? value : {};
  return { include: include as TextLists["include"], exclude: exclude as TextLists["exclude"] };
}

function mapFaults({ symbolMap }: Parsed): Fault[] {
  const twice = firstRepeated(symbolMap.pairs.map(({ from }) => from));
  return twice === null ? [] : [{ setting: "symbolMap.pairs", reason: `maps ${twice} twice` }];
}

function firstRepeated(names: readonly string[]): string | null {
  return names.find((name, index) => names.indexOf(name) !== index) ?? null;
}
