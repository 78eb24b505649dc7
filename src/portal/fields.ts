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
const FORM = "application/x-www-form-urlencoded";

export async function fieldsOf(context: Context): Promise<Fields> {
  const type = context.req.header("content-type")?.split(";")[0]?.trim() ?? FORM;
  if (type !== FORM) throw new LockstepError("BAD_INPUT", { expected: FORM });
  const length = Number(context.req.header("content-length") ?? 0);
  if (length > BODY_BYTES_MAX) throw new LockstepError("BAD_INPUT", { bytesMax: BODY_BYTES_MAX });
  const body = await context.req.text();
  if (body.length > BODY_BYTES_MAX)
    throw new LockstepError("BAD_INPUT", { bytesMax: BODY_BYTES_MAX });
  return fieldsFrom(new URLSearchParams(body));
}

export function fieldsFrom(params: URLSearchParams): Fields {
  return {
    get: (name) => (params.get(name) ?? "").trim(),
    all: (name) => params.getAll(name).map((value) => value.trim()),
    has: (name) => params.has(name),
  };
}

/** An address of this site to go back to; anything else leads to the first page. */
export function ownPath(path: string): string {
  const isOwn = /^\/(?![/\\])[^\s\\]*$/.test(path);
  return isOwn ? path : "/";
}
