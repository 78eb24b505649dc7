/** The fields of a form as text: bounded, trimmed, and never a file. */
import type { Context } from "hono";
import { LockstepError } from "../domain/errors.ts";

export type Fields = {
  /** "" where the field is not there. */
  get(name: string): string;
  all(name: string): readonly string[];
  has(name: string): boolean;
};

const BODY_BYTES_MAX = 256 * 1_024;
const FIELDS_MAX = 5_000;
const FORM = "application/x-www-form-urlencoded";

export async function fieldsOf(context: Context): Promise<Fields> {
  const type = context.req.header("content-type")?.split(";")[0]?.trim() ?? FORM;
  if (type !== FORM) throw new LockstepError("BAD_INPUT", { expected: FORM });
  const body = await readText(context.req.raw);
  if (!isPlainText(body)) {
    throw new LockstepError("BAD_INPUT", { expected: "text, without NUL and in UTF-8" });
  }
  const params = new URLSearchParams(body);
  if (params.size > FIELDS_MAX) throw new LockstepError("BAD_INPUT", { fieldsMax: FIELDS_MAX });
  return fieldsFrom(params);
}

/** No more than is allowed, whatever length was announced. */
async function readText(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = Number(request.headers.get("content-length") ?? 0);
  if (bytes > BODY_BYTES_MAX) throw new LockstepError("BAD_INPUT", { bytesMax: BODY_BYTES_MAX });
  if (request.body === null) return "";
  bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) throw new LockstepError("BAD_INPUT", { bytesMax: BODY_BYTES_MAX });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Whether what is percent-encoded in an address or a form is text that can be kept. */
export function isPlainText(encoded: string): boolean {
  try {
    return !decodeURIComponent(encoded).includes("\0");
  } catch {
    return false;
  }
}

export function fieldsFrom(params: URLSearchParams): Fields {
  return {
    get: (name) => only(params, name).trim(),
    all: (name) => params.getAll(name).map((value) => value.trim()),
    has: (name) => params.has(name),
  };
}

/** BAD_INPUT where one field has two values: readers that take another one would be told otherwise. */
function only(params: URLSearchParams, name: string): string {
  const [value = "", ...others] = new Set(params.getAll(name));
  if (others.length === 0) return value;
  throw new LockstepError("BAD_INPUT", { field: name, expected: "one value" });
}

/** An address of this site to go back to; anything else leads to the first page. */
export function ownPath(path: string): string {
  const isOwn = /^\/(?![/\\])[^\s\\]*$/.test(path);
  return isOwn ? path : "/";
}
