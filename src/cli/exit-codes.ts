/** The one table of how the process ends: for scripts, and for docs/, after sysexits.h. */
import { type ErrorCode, isLockstepError } from "../domain/errors.ts";

export const EXIT_CODES = {
  OK: { number: 0, words: "It did what it was asked to." },
  FAULT: { number: 1, words: "It ran and found a fault, which it reports." },
  USAGE: { number: 64, words: "The command line is wrong." },
  BAD_DATA: { number: 65, words: "An input has faults; nothing was written." },
  UNAVAILABLE: {
    number: 69,
    words: "The database, the queue, a broker or the port cannot be used now.",
  },
  INTERNAL: { number: 70, words: "A fault of Lockstep itself." },
  CONFIG: { number: 78, words: "The configuration, or the database's version, does not fit." },
} as const;

export type ExitName = keyof typeof EXIT_CODES;

/** How a command ends that ends with the error of this code. */
const BY_ERROR: Readonly<Record<ErrorCode, ExitName>> = {
  BAD_NUMBER: "BAD_DATA",
  BAD_CONFIG: "CONFIG",
  BAD_INPUT: "BAD_DATA",
  BAD_RULES: "BAD_DATA",
  BAD_MESSAGE: "INTERNAL",
  NOT_FOUND: "FAULT",
  SCHEMA_NEWER: "CONFIG",
  SCHEMA_CHANGED: "CONFIG",
  FENCE_STALE: "UNAVAILABLE",
  GATEWAY_DOWN: "UNAVAILABLE",
  UNKNOWN_ACCOUNT: "FAULT",
  UNKNOWN_SYMBOL: "FAULT",
  DATABASE_DOWN: "UNAVAILABLE",
  DATABASE_IN_USE: "UNAVAILABLE",
  EMBEDDED_FAILED: "UNAVAILABLE",
  MIGRATION_FAILED: "FAULT",
  QUEUE_DOWN: "UNAVAILABLE",
  ADDRESS_TAKEN: "UNAVAILABLE",
  PLAN_CHANGED: "FAULT",
  IN_USE: "FAULT",
  UNAUTHENTICATED: "FAULT",
  FORBIDDEN: "FAULT",
  STEP_UP_REQUIRED: "FAULT",
  LIMIT_REACHED: "UNAVAILABLE",
};

/** What is no error of ours is a fault of ours. */
export function exitOf(error: unknown): ExitName {
  return isLockstepError(error) ? BY_ERROR[error.code] : "INTERNAL";
}
