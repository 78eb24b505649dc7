/**
 * The one table from code to status. `retry`: whether the same request may be sent again without
 * fear of doing something twice ("unknown": look first).
 */
import { ERROR_CODES, type ErrorCode, LockstepError } from "../domain/errors.ts";

type Entry = {
  readonly status: number;
  readonly retry: boolean | "unknown";
  readonly words: string;
};

const entry = (status: number, retry: Entry["retry"], words: string): Entry => ({
  status,
  retry,
  words,
});

/** Refusals that only requests can meet. */
export const API_CODES = {
  MALFORMED: entry(400, false, "The request could not be read."),
  UNKNOWN_VERSION: entry(400, false, "There is no such version of the API."),
  IDEMPOTENCY_KEY_NEEDED: entry(400, false, "This request needs an Idempotency-Key."),
  METHOD_NOT_ALLOWED: entry(405, false, "This address does not offer this method."),
  CONFLICT: entry(409, false, "The present state does not allow it."),
  IDEMPOTENCY_IN_FLIGHT: entry(409, true, "The same request is still being worked on."),
  IDEMPOTENCY_UNKNOWN: entry(409, "unknown", "The same request was begun and not answered."),
  PRECONDITION_FAILED: entry(412, false, "It has been changed since it was read."),
  BODY_TOO_LARGE: entry(413, false, "The body is too large."),
  UNSUPPORTED_MEDIA: entry(415, false, "The body must be JSON."),
  INVALID: entry(422, false, "The request has faults."),
  IDEMPOTENCY_MISMATCH: entry(422, false, "This Idempotency-Key was used for another request."),
  PRECONDITION_NEEDED: entry(428, false, "This change needs an If-Match header."),
  RATE_LIMITED: entry(429, true, "Too many requests in a short time."),
  INTERNAL: entry(500, "unknown", "The hub failed at this request."),
  UNAVAILABLE: entry(503, true, "The hub cannot answer this now."),
} as const satisfies Readonly<Record<string, Entry>>;

export type ApiCode = keyof typeof API_CODES;

/** What the hub's own refusals mean to who asked: the rest is a fault of ours. */
const STATUS_OF: Readonly<Partial<Record<ErrorCode, number>>> = {
  BAD_NUMBER: 422,
  BAD_INPUT: 422,
  BAD_RULES: 422,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  STEP_UP_REQUIRED: 401,
  NOT_FOUND: 404,
  PLAN_CHANGED: 409,
  IN_USE: 409,
  UNKNOWN_ACCOUNT: 404,
  UNKNOWN_SYMBOL: 422,
  FENCE_STALE: 503,
  GATEWAY_DOWN: 503,
  DATABASE_DOWN: 503,
  QUEUE_DOWN: 503,
  LIMIT_REACHED: 503,
};

type RefusalCode = ApiCode | "NOT_FOUND" | "FORBIDDEN";

export type Fault = { readonly pointer: string; readonly code: string; readonly detail: string };

export type Refusal = Entry & { readonly code: string };

export class ApiError extends Error {
  readonly code: RefusalCode;
  readonly detail: string;
  readonly faults: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: RefusalCode,
    detail: string,
    more: {
      readonly faults?: readonly Fault[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(`${code}: ${detail}`);
    this.name = "ApiError";
    this.code = code;
    this.detail = detail;
    this.faults = more.faults ?? [];
    this.headers = more.headers ?? {};
  }
}

export function notFound(what: string): ApiError {
  return new ApiError("NOT_FOUND", `There is no such ${what} that this key may see.`);
}

export function refusalOf(code: string): Refusal {
  if (Object.hasOwn(API_CODES, code)) return { code, ...API_CODES[code as ApiCode] };
  const status = STATUS_OF[code as ErrorCode];
  if (status === undefined) return { code: "INTERNAL", ...API_CODES.INTERNAL };
  const { retry, words } = ERROR_CODES[code as ErrorCode];
  return { code, status, retry, words };
}

/** Every code a problem can carry, for the reference. */
export function allRefusals(): readonly Refusal[] {
  const codes = [...Object.keys(API_CODES), ...Object.keys(STATUS_OF)];
  return codes.map(refusalOf).sort((a, b) => a.status - b.status || (a.code < b.code ? -1 : 1));
}

export type Problem = Refusal & {
  readonly detail: string;
  readonly faults: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;
};

const HEADERS: Readonly<Record<number, Record<string, string>>> = {
  401: { "WWW-Authenticate": 'Bearer realm="lockstep"' },
  503: { "Retry-After": "1" },
};

/** What is told of an error: of a fault of ours, nothing but that it is one. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) {
    const { detail, faults, headers } = error;
    return { ...refusalOf(error.code), detail, faults, headers };
  }
  const code = error instanceof LockstepError ? error.code : "INTERNAL";
  const refusal = refusalOf(code);
  const headers = HEADERS[refusal.status] ?? {};
  if (refusal.code === "INTERNAL" || !(error instanceof LockstepError)) {
    const detail = "Look up the request's id in the hub's log.";
    return { ...refusal, detail, faults: [], headers };
  }
  return { ...refusal, detail: detailOf(error), faults: faultsOf(error), headers };
}

/** The facts of a client's mistake are told; those of a fault of ours could give away too much. */
function detailOf(error: LockstepError): string {
  return refusalOf(error.code).status >= 500
    ? "Try again in a moment."
    : error.message.replace(/^[A-Z_]+: /, "");
}

function faultsOf({ code, context }: LockstepError): readonly Fault[] {
  const { settings, faults } = context;
  if (code !== "BAD_RULES" || !Array.isArray(settings) || !Array.isArray(faults)) return [];
  return settings.map((setting, index) => ({
    pointer: `/${String(setting).replaceAll(".", "/")}`,
    code: "BAD_RULES",
    detail: String(faults[index]),
  }));
}
