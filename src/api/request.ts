/** Reads a request against a route's schemas: everything that is wrong with it is told at once. */
import { isUtf8 } from "node:buffer";
import type { z } from "zod";
import { ApiError, type Fault, notFound } from "./errors.ts";
import type { Route } from "./route.ts";
import { escapedKey, parseStrictJson, textFault } from "./strict-json.ts";

export const BODY_BYTES_MAX = 256 * 1_024;
const QUERY_LENGTH_MAX = 4_096;
const JSON_TYPE = /^application\/(json|[\w.+-]+\+json)\s*(;\s*charset="?utf-8"?\s*)?$/i;

/** What stands in the path; an id of another kind names nothing that is here. */
export function readParams(route: Route, params: Readonly<Record<string, string>>): unknown {
  if (route.params === undefined) return {};
  const result = route.params.safeParse(params);
  if (!result.success) throw notFound(route.tag.toLowerCase());
  return result.data;
}

export function readQuery(route: Route, url: string): unknown {
  const { search, searchParams } = new URL(url);
  if (search.length > QUERY_LENGTH_MAX) throw new ApiError("MALFORMED", "The query is too long.");
  const fields = new Map<string, string>();
  for (const [name, value] of searchParams) {
    if (fields.has(name)) throw inQuery(name, "is given twice");
    const reason = textFault(value);
    if (reason !== null) throw inQuery(name, reason);
    fields.set(name, value);
  }
  const given = Object.fromEntries(fields);
  if (route.query === undefined) {
    const [name] = fields.keys();
    if (name !== undefined) throw inQuery(name, "is not known here");
    return {};
  }
  return parsed(route.query, given, { code: "MALFORMED", what: "The query has faults." });
}

const inQuery = (name: string, detail: string): ApiError =>
  new ApiError("MALFORMED", "The query has faults.", {
    faults: [{ pointer: `/${escapedKey(name)}`, code: "ILLEGAL_QUERY", detail }],
  });

/** The body's bytes as text; empty where there is none. */
export async function readBody(request: Request): Promise<string> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > BODY_BYTES_MAX) throw tooLarge();
  if (request.body === null) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) throw tooLarge();
    chunks.push(chunk);
  }
  const all = Buffer.concat(chunks);
  if (!isUtf8(all)) throw new ApiError("MALFORMED", "The body is not UTF-8.");
  return all.toString();
}

const tooLarge = (): ApiError =>
  new ApiError("BODY_TOO_LARGE", `A body may have ${BODY_BYTES_MAX} bytes.`);

export function checkBody(route: Route, text: string, type: string | undefined): unknown {
  if (route.body === undefined) {
    if (text.trim() !== "" && text.trim() !== "{}") {
      throw new ApiError("INVALID", "This request takes no body.");
    }
    return undefined;
  }
  if (!JSON_TYPE.test(type ?? "")) {
    throw new ApiError("UNSUPPORTED_MEDIA", "Send it with Content-Type: application/json.");
  }
  return parsed(route.body, parseStrictJson(text), {
    code: "INVALID",
    what: "The body has faults.",
  });
}

function parsed(
  schema: z.ZodType,
  value: unknown,
  { code, what }: { readonly code: "MALFORMED" | "INVALID"; readonly what: string },
): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ApiError(code, what, { faults: result.error.issues.flatMap(faultsOfIssue) });
}

function faultsOfIssue(issue: z.core.$ZodIssue): Fault[] {
  const pointer = issue.path.map((part) => `/${escapedKey(String(part))}`).join("");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      pointer: `${pointer}/${escapedKey(key)}`,
      code: "UNKNOWN_FIELD",
      detail: "is not known here",
    }));
  }
  return [{ pointer, code: issue.code.toUpperCase(), detail: issue.message }];
}
