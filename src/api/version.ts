/** The API's dated version: changes that could break a client get a new date. */
import { ApiError } from "./errors.ts";

export const VERSION = "2026-11-24";
export const VERSION_HEADER = "Lockstep-Version";

export function versionOf(asked: string | undefined): string {
  if (asked === undefined || asked === VERSION) return VERSION;
  throw new ApiError("UNKNOWN_VERSION", `The version of this hub's API is ${VERSION}.`);
}
