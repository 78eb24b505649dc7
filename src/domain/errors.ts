/**
 * Every refusal of the hub itself is one of these codes with the facts that led to it.
 * What a broker or a rule answers is not an error: see codes.ts.
 */
export const ERROR_CODES = {
  BAD_NUMBER: { retry: false, words: "A number could not be read." },
  BAD_CONFIG: { retry: false, words: "The configuration has faults." },
  BAD_INPUT: { retry: false, words: "An input has faults." },
  BAD_RULES: { retry: false, words: "The rules of a subscription have faults." },
  BAD_MESSAGE: { retry: false, words: "A stored message has an unknown shape." },
  NOT_FOUND: { retry: false, words: "There is no such thing here." },
  SCHEMA_NEWER: { retry: false, words: "The database was migrated by a newer version." },
  SCHEMA_CHANGED: { retry: false, words: "A migration that was applied has been edited since." },
  FENCE_STALE: { retry: false, words: "Another process owns this account now." },
  GATEWAY_DOWN: { retry: true, words: "The broker cannot be reached." },
  UNKNOWN_ACCOUNT: { retry: false, words: "The broker does not know this account." },
  UNKNOWN_SYMBOL: { retry: false, words: "The broker does not know this symbol." },
  DATABASE_DOWN: { retry: true, words: "The database cannot be reached." },
  DATABASE_IN_USE: { retry: true, words: "Another process still uses this database." },
  EMBEDDED_FAILED: { retry: false, words: "The embedded database could not be run." },
  MIGRATION_FAILED: { retry: false, words: "A migration could not be applied." },
  QUEUE_DOWN: { retry: true, words: "The queue cannot be reached." },
  ADDRESS_TAKEN: { retry: true, words: "The address of the page cannot be had." },
  PLAN_CHANGED: { retry: false, words: "It is no longer what was looked at: look again." },
  IN_USE: { retry: false, words: "It is still used by something else." },
  UNAUTHENTICATED: { retry: false, words: "Nobody is signed in, or the key is no good." },
  FORBIDDEN: { retry: false, words: "The roles do not allow this." },
  STEP_UP_REQUIRED: { retry: false, words: "This asks for a fresh proof of who you are." },
  LIMIT_REACHED: { retry: true, words: "A limit of the hub is reached." },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export type ErrorContext = Readonly<Record<string, unknown>>;

export class LockstepError extends Error {
  readonly code: ErrorCode;
  readonly context: ErrorContext;

  constructor(code: ErrorCode, context: ErrorContext = {}, options?: ErrorOptions) {
    const facts = Object.entries(context).map(([name, value]) => `${name}=${String(value)}`);
    super(
      `${code}: ${ERROR_CODES[code].words}${facts.length ? ` (${facts.join(", ")})` : ""}`,
      options,
    );
    this.name = "LockstepError";
    this.code = code;
    this.context = context;
  }

  get retry(): boolean {
    return ERROR_CODES[this.code].retry;
  }
}

/** For people: without a stack, and without what a fault of ours would give away. */
export const errorWords = (error: unknown): string =>
  error instanceof LockstepError ? error.message : "a fault of the hub: its log tells more";

export function isLockstepError(error: unknown, code?: ErrorCode): error is LockstepError {
  return error instanceof LockstepError && (code === undefined || error.code === code);
}
