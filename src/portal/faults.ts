/** What a reader sees of a refusal: the status, what went wrong, what is safe, and where to go. */
import { HTTPException } from "hono/http-exception";
import { ERROR_CODES, type ErrorCode, LockstepError } from "../domain/errors.ts";
import { PERMISSIONS, type Permission } from "../identity/permissions.ts";
import type { Link } from "./shell.ts";

export type FaultPage = {
  readonly status: 400 | 401 | 403 | 404 | 409 | 429 | 500 | 503;
  readonly title: string;
  readonly words: string;
  readonly next: Link;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
};

const HOME: Link = { href: "/", label: "Open the live page" };
const NOTHING_DONE = "Nothing was traded or changed by asking for it.";

const STATUS: Readonly<Partial<Record<ErrorCode, FaultPage["status"]>>> = {
  BAD_INPUT: 400,
  BAD_NUMBER: 400,
  BAD_RULES: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  STEP_UP_REQUIRED: 403,
  NOT_FOUND: 404,
  UNKNOWN_ACCOUNT: 404,
  PLAN_CHANGED: 409,
  LIMIT_REACHED: 429,
  DATABASE_DOWN: 503,
  GATEWAY_DOWN: 503,
  QUEUE_DOWN: 503,
  FENCE_STALE: 503,
};

/** What the guard against forged forms answers. */
const FOREIGN: FaultPage = {
  status: 403,
  title: "This form came from elsewhere",
  words: `It was not sent by a page of this hub. ${NOTHING_DONE}`,
  next: HOME,
  facts: [],
};

/** What a form answers whose page is older than the session it is sent in. */
const stale = (page: string): FaultPage => ({
  status: 403,
  title: "This page is older than your sign-in",
  words: `You have signed in or proven who you are since it was loaded. ${NOTHING_DONE} Load it anew.`,
  next: { href: page, label: "Load the page anew" },
  facts: [],
});

/** `page`: where the reader was. Null for what is no refusal of ours: its insides are nobody's business. */
export function faultPage(error: unknown, page = "/"): FaultPage | null {
  if (error instanceof HTTPException && error.status === 403) return FOREIGN;
  if (!(error instanceof LockstepError)) return null;
  if (error.context["form"] === "stale") return stale(page);
  const status = STATUS[error.code];
  if (status === undefined) return null;
  return { status, ...wordsOf(error, page), facts: factsOf(error) };
}

function wordsOf(
  { code, context }: LockstepError,
  page: string,
): Pick<FaultPage, "title" | "words" | "next"> {
  const next = `?next=${encodeURIComponent(page)}`;
  switch (code) {
    case "UNAUTHENTICATED":
      return {
        title: "Sign in first",
        words: "This page is for people who have signed in.",
        next: { href: `/sign-in${next}`, label: "Sign in" },
      };
    case "FORBIDDEN":
      return { title: "Not for your role", words: deniedWords(context["permission"]), next: HOME };
    case "STEP_UP_REQUIRED":
      return {
        title: "Prove that it is you",
        words: `${ERROR_CODES[code].words} Nothing was changed. Confirm, then try again.`,
        next: { href: `/confirm${next}`, label: "Confirm" },
      };
    case "NOT_FOUND":
      return {
        title: "Not found",
        words: "There is nothing at this address, or it is not yours to see.",
        next: HOME,
      };
    default:
      return {
        title: "That did not work",
        words: `${ERROR_CODES[code].words} ${NOTHING_DONE}`,
        next: HOME,
      };
  }
}

function deniedWords(permission: unknown): string {
  if (typeof permission !== "string" || !(permission in PERMISSIONS))
    return "Your roles do not allow it.";
  const { words, roles } = PERMISSIONS[permission as Permission];
  return `Your roles do not allow you to ${words}. It takes one of: ${roles.join(", ")}.`;
}

/** Codes that a reader can do something about say what; others keep their facts to the log. */
const TELLING: ReadonlySet<ErrorCode> = new Set([
  "BAD_INPUT",
  "BAD_NUMBER",
  "BAD_RULES",
  "LIMIT_REACHED",
]);

function factsOf({ code, context }: LockstepError): FaultPage["facts"] {
  if (!TELLING.has(code)) return [];
  return Object.entries(context).map(([name, value]) => ({ name, value: String(value) }));
}
