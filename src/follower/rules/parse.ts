/** Reads rules as JSON values against the schema; every fault is told with its setting. */
import type { z } from "zod";
import { LockstepError } from "../../domain/errors.ts";
import { contradictions, type Fault } from "./contradictions.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { type Parsed, RULES_SCHEMA } from "./schema.ts";

export type Reading = { readonly parsed: Parsed | null; readonly faults: readonly Fault[] };

/** `parsed` is null where a setting by itself is wrong. */
export function readRules(json: unknown): Reading {
  const result = RULES_SCHEMA.safeParse(json);
  if (result.success) {
    return { parsed: result.data, faults: contradictions(result.data, json as JsonValue) };
  }
  const faults = result.error.issues.flatMap((issue) => faultsOfIssue(issue, json));
  return { parsed: null, faults: [...faults, ...otherFaults(json, faults)] };
}

/** What the settings that can be read contradict, so that nobody has to ask twice. */
function otherFaults(json: unknown, known: readonly Fault[]): Fault[] {
  if (!isJsonObject(json as JsonValue)) return [];
  const rest = known.reduce<JsonObject>(
    (all, { setting }) => without(all, setting),
    json as JsonObject,
  );
  const { data } = RULES_SCHEMA.safeParse(rest);
  if (data === undefined) return [];
  return contradictions(data, rest).filter(
    ({ setting }) => !known.some((one) => one.setting.startsWith(setting)),
  );
}

/** Rules without the value at a path; a list goes whole. */
function without(json: JsonObject, path: string): JsonObject {
  const [key = "", ...rest] = path.split(".");
  const inner = json[key];
  if (inner === undefined) return json;
  const { [key]: _, ...others } = json;
  if (rest.length === 0 || !isJsonObject(inner)) return others;
  return { ...others, [key]: without(inner, rest.join(".")) };
}

function faultsOfIssue(issue: z.core.$ZodIssue, json: unknown): Fault[] {
  const path = writtenPath(issue.path.map(String), json);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      setting: [...path, key].join("."),
      reason: "is not a setting",
    }));
  }
  return [{ setting: path.join(".") || "rules", reason: issue.message }];
}

/** A single value is read as a list of one: its path is told as it was written. */
function writtenPath(path: readonly string[], json: unknown): string[] {
  let at = json;
  return path.filter((key) => {
    if (key === "0" && !Array.isArray(at)) return false;
    at = Object(at)[key];
    return true;
  });
}

/** BAD_RULES with all faults at once: `settings` are their paths, `faults` the same with reasons. */
export function badRules(faults: readonly Fault[]): LockstepError {
  return new LockstepError("BAD_RULES", {
    settings: faults.map(({ setting }) => setting),
    faults: faults.map(({ setting, reason }) => `${setting}: ${reason}`),
  });
}
