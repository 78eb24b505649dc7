/** What the pages of identity share: the services, the cookie, and how a refusal is put in words. */
import type { Context } from "hono";
import { ERROR_CODES, LockstepError } from "../../domain/errors.ts";
import { fromOf } from "../../identity/address.ts";
import type { From, PeopleDeps } from "../../identity/people/deps.ts";
import { principalOfSession } from "../../identity/people/sessions.ts";
import type { Authenticate } from "../../identity/policy.ts";
import { isFresh, type Principal } from "../../identity/principal.ts";
import type { Asked, PageAnswer } from "../portal.ts";
import type { SessionCookie } from "./cookie.ts";

export type IdentityParts = {
  /** Null until the database is there. */
  readonly people: () => PeopleDeps | null;
  readonly cookie: SessionCookie;
  /** Whose hub it is: strangers who sign up come here. */
  readonly tenantId: string;
  /** Told when a message cannot be sent, or work after the answer fails. */
  readonly fault: (error: unknown, doing: string) => void;
};

export function peopleOf({ people }: IdentityParts): PeopleDeps {
  const deps = people();
  if (deps === null) throw new LockstepError("DATABASE_DOWN", { why: "the hub is starting" });
  return deps;
}

/** A session first; without one whom the demo lets in, if it does. */
export function sessionsFirst(parts: IdentityParts, visitor?: Authenticate): Authenticate {
  return async (context) => {
    const deps = parts.people();
    // A stylesheet looks the same for everybody.
    if (context.req.path.startsWith("/assets/")) return null;
    const token = parts.cookie.read(context);
    const { address } = fromOf(context);
    const found =
      deps === null || token === null ? null : await principalOfSession(deps, token, address);
    return found ?? (visitor === undefined ? null : visitor(context));
  };
}

export const from = (context: Context): From => fromOf(context);

/** FORBIDDEN for a key or a visitor: what is asked is a person's own. */
export function personOf({ principal }: Asked): Principal {
  if (principal.actor.kind !== "person") {
    throw new LockstepError("FORBIDDEN", { expected: "a person who has signed in" });
  }
  return principal;
}

/** STEP_UP_REQUIRED unless a factor was given within five minutes. */
export function freshPersonOf(asked: Asked): Principal {
  const person = personOf(asked);
  if (!isFresh(person, asked.now)) throw new LockstepError("STEP_UP_REQUIRED");
  return person;
}

/** What a form says beside itself: what somebody typed was not right, or came too often. */
export function faultWords(error: unknown): string {
  const isTheirs =
    error instanceof LockstepError &&
    ["BAD_INPUT", "UNAUTHENTICATED", "LIMIT_REACHED", "NOT_FOUND"].includes(error.code);
  if (!isTheirs) throw error;
  const { code, context } = error;
  const expected = String(context["expected"] ?? ERROR_CODES[code].words);
  const field = context["field"] === undefined ? "" : `${String(context["field"])}: `;
  const words = code === "UNAUTHENTICATED" ? `That was not right. Give ${expected}.` : expected;
  const sentence = `${field}${words}`;
  return sentence.slice(0, 1).toUpperCase() + sentence.slice(1);
}

type Form = { readonly page: string; readonly title: string; readonly lead?: string };

/** A form that is shown again keeps what was typed, except for secrets. */
export function formPage(
  { page, title, lead }: Form,
  view: Readonly<Record<string, unknown>>,
): PageAnswer {
  return {
    page,
    head: { title, ...(lead === undefined ? {} : { lead }), styles: ["identity.css"] },
    view,
    status: typeof view["fault"] === "string" ? 400 : 200,
  };
}
