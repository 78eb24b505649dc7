/**
 * How an error is told: what we expect to happen in words and without a stack, one fault per line;
 * what we do not expect with its stack, since somebody has to find it.
 * Invariant: no URL is told with its credentials.
 */
import { ERROR_CODES, isLockstepError, type LockstepError } from "../domain/errors.ts";
import { formatFault, InputError } from "../domain/input-fault.ts";
import { scrub } from "../platform/logger.ts";

/** The lines for standard error. */
export function tell(error: unknown): readonly string[] {
  if (error instanceof InputError) return error.faults.map((fault) => scrub(formatFault(fault)));
  if (isLockstepError(error)) return [headline(error), ...factsOf(error)].map(scrub);
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return ["This is a fault of Lockstep:", ...scrub(text).split("\n")];
}

function headline(error: LockstepError): string {
  return `${error.code}: ${ERROR_CODES[error.code].words}`;
}

function factsOf(error: LockstepError): readonly string[] {
  return Object.entries(error.context).flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((each) => `  ${each}`) : [`  ${name}: ${String(value)}`],
  );
}
