/**
 * JSON that says one thing only. Refused with words: nesting beyond reason, the same key twice,
 * NUL and half a surrogate pair in a text, a number beyond what a number can hold, and keys that
 * would reach into an object's prototype.
 */
import { ApiError, type Fault } from "./errors.ts";

export const DEPTH_MAX = 32;
const FAULTS_MAX = 20;
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:]/gs;
const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Throws MALFORMED where it is not JSON, INVALID with a pointer where it is not wholesome. */
export function parseStrictJson(text: string): unknown {
  const json = parsed(text);
  if (json === null) throw new ApiError("MALFORMED", "The body is not JSON.");
  const { value } = json;
  refuseDepthAndTwins(text);
  const faults: Fault[] = [];
  inspect(value, "", faults);
  if (faults.length > 0) throw new ApiError("INVALID", "The body has faults.", { faults });
  return value;
}

function parsed(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

/** The text is known to be JSON: its strings and brackets tell its shape. */
function refuseDepthAndTwins(text: string): void {
  const open: (Set<string> | null)[] = [];
  let last = "";
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") addKey(open.at(-1) ?? null, last);
    if (open.length > DEPTH_MAX) {
      throw new ApiError("MALFORMED", `The body nests deeper than ${DEPTH_MAX} levels.`);
    }
    last = token;
  }
}

function addKey(keys: Set<string> | null, token: string): void {
  const key = String(JSON.parse(token));
  if (keys?.has(key)) {
    const name = JSON.stringify(key.slice(0, 40));
    throw new ApiError("MALFORMED", `The key ${name} is there twice in one object.`);
  }
  keys?.add(key);
}

function inspect(value: unknown, pointer: string, faults: Fault[]): void {
  if (faults.length >= FAULTS_MAX) return;
  if (typeof value === "string") {
    const reason = textFault(value);
    if (reason !== null) faults.push({ pointer, code: "ILLEGAL_TEXT", detail: reason });
  } else if (typeof value === "number") {
    if (Number.isFinite(value)) return;
    faults.push({ pointer, code: "ILLEGAL_NUMBER", detail: "is beyond what a number can hold" });
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) inspect(item, `${pointer}/${index}`, faults);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) inspectField(key, item, { pointer, faults });
  }
}

function inspectField(
  key: string,
  item: unknown,
  { pointer, faults }: { readonly pointer: string; readonly faults: Fault[] },
): void {
  const place = `${pointer}/${escapedKey(key)}`;
  const reason = FORBIDDEN_KEYS.has(key) ? "is not a name that a field may have" : textFault(key);
  if (reason !== null) faults.push({ pointer: place, code: "ILLEGAL_KEY", detail: reason });
  inspect(item, place, faults);
}

/** Why a text from outside is refused; null where it is fine. */
export function textFault(text: string): string | null {
  if (text.includes("\0")) return "has a NUL character";
  if (LONE_SURROGATE.test(text)) return "has half a surrogate pair";
  return null;
}

/** A key in a JSON pointer (RFC 6901). */
export const escapedKey = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");
