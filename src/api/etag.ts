/** A state's tag: a hash of how it is written out. */
import { hash } from "node:crypto";
import { ApiError } from "./errors.ts";

export function etagOf(json: string): string {
  return `"${hash("sha256", json, "base64url").slice(0, 22)}"`;
}

/** Whether a list of tags as in If-Match names this one; weak tags name nothing that is changed. */
export function names(header: string, etag: string): boolean {
  return header.split(",").some((one) => one.trim() === etag || one.trim() === "*");
}

export function refuseOther(header: string | undefined, etag: string): void {
  if (header === undefined) {
    throw new ApiError("PRECONDITION_NEEDED", "Read it first, and send its ETag as If-Match.");
  }
  if (names(header, etag)) return;
  throw new ApiError("PRECONDITION_FAILED", "Read it again, and change what it is now.");
}
