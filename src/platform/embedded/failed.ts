/** EMBEDDED_FAILED, said in one way wherever the embedded database cannot be run. */
import { type ErrorContext, LockstepError } from "../../domain/errors.ts";

export function embeddedFailed(context: ErrorContext, cause?: unknown): LockstepError {
  return new LockstepError("EMBEDDED_FAILED", context, { cause });
}

/** The system's code of an error (`EACCES`), or null. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && "code" in error ? String(error.code) : null;
}
