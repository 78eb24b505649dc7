/** Which failures say that the database could not be reached, or went away. */
import { isLockstepError, LockstepError } from "../domain/errors.ts";

/** Runs `act`; its failure to reach the database becomes DATABASE_DOWN, any other stays. */
export async function reachable<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw asDatabaseDown(error) ?? error;
  }
}

/** DATABASE_DOWN where the error says that the database could not be reached or went away. */
export function asDatabaseDown(cause: unknown): LockstepError | null {
  if (isLockstepError(cause, "DATABASE_DOWN")) return cause;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const isDown = DOWN_CODES.has(code) || code.startsWith("08");
  return isDown ? new LockstepError("DATABASE_DOWN", { reason: code }, { cause }) : null;
}

/** The system's, postgres.js's and the server's own words for "not here, not now". */
const DOWN_CODES: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
  "CONNECT_TIMEOUT",
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
  "53300", // too many connections
  "57P01", // ended by an administrator
  "57P02", // crashed
  "57P03", // starting up or shutting down
]);
