/** Rules as JSON values, and how a dotted path reads and writes in them. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export type JsonObject = { readonly [key: string]: JsonValue };

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What stands at `sizing.mode`; undefined where nothing does. */
export function readPath(json: JsonValue | undefined, path: string): JsonValue | undefined {
  let at = json;
  for (const key of path.split(".")) {
    if (!isJsonObject(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return at;
}

/** The object with `value` at `path`; sections that are missing are made. */
export function withPath(json: JsonObject, path: string, value: JsonValue): JsonObject {
  const [key = "", ...rest] = path.split(".");
  if (rest.length === 0) return { ...json, [key]: value };
  const inner = json[key];
  return { ...json, [key]: withPath(isJsonObject(inner) ? inner : {}, rest.join("."), value) };
}
