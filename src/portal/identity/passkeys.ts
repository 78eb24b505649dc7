/**
 * Passkeys in the portal: one's own on the security page, signing in by one, and a fresh proof by one.
 * A page asks in a form, the browser's script answers in it (browser/passkey.ts): nothing is inline,
 * and nothing is fetched.
 */
import {
  addPasskey,
  askPasskey,
  beginPasskey,
  proveByPasskey,
  removePasskey,
  signInByPasskey,
} from "../../identity/people/passkeys.ts";
import { type Fields, ownPath } from "../fields.ts";
import type { Asked, Next, PageAnswer, Portal } from "../portal.ts";
import {
  faultWords,
  formPage,
  freshPersonOf,
  from,
  type IdentityParts,
  peopleOf,
  personOf,
} from "./parts.ts";

export function addPasskeys(portal: Portal, parts: IdentityParts): void {
  portal.form("/sign-in/passkey", "public", (asked, fields) => signInAsked(parts, asked, fields));
  portal.form("/sign-in/passkey/done", "public", (asked, fields) => signedIn(parts, asked, fields));
  portal.form("/confirm/passkey", "signed-in", (asked, fields) => proofAsked(parts, asked, fields));
  portal.form("/confirm/passkey/done", "signed-in", (asked, fields) =>
    proven(parts, asked, fields),
  );
  portal.form("/security/passkeys", "signed-in", (asked) => makingAsked(parts, asked));
  portal.form("/security/passkeys/done", "signed-in", (asked, fields) =>
    made(parts, asked, fields),
  );
  portal.form("/security/passkeys/remove", "signed-in", async (asked, fields) => {
    await removePasskey(peopleOf(parts), freshPersonOf(asked), fields.get("passkey"));
    return { to: "/security", say: "The passkey is removed." };
  });
}

type Ceremony = {
  readonly title: string;
  readonly words: string;
  readonly ceremony: "create" | "get";
  readonly options: object;
  readonly action: string;
  readonly back: string;
  readonly next?: string;
  readonly name?: string;
  readonly fault?: string;
};

const ceremonyPage = ({ title, options, ...view }: Ceremony): PageAnswer =>
  formPage(
    { page: "passkey", title },
    {
      ...view,
      options: JSON.stringify(options),
      // Where the person has nothing to say, and has not been refused just now.
      auto: view.ceremony === "get" && view.fault === undefined ? "yes" : "no",
      naming: view.ceremony === "create",
      button: view.ceremony === "create" ? "Make it" : "Use my passkey",
    },
  );

async function signInAsked(
  parts: IdentityParts,
  { context }: Asked,
  fields: Fields,
  fault?: string,
): Promise<PageAnswer> {
  const deps = peopleOf(parts);
  if (fault === undefined) await deps.attempts.count("passkey page", from(context).address);
  return ceremonyPage({
    ...{ title: "Sign in with a passkey", ceremony: "get", action: "/sign-in/passkey/done" },
    words: "Your browser asks for the passkey that you made here.",
    options: await askPasskey(deps, parts.tenantId, null),
    ...{ next: ownPath(fields.get("next")), back: "/sign-in" },
    ...(fault === undefined ? {} : { fault }),
  });
}

async function signedIn(
  parts: IdentityParts,
  asked: Asked,
  fields: Fields,
): Promise<PageAnswer | Next> {
  const { context } = asked;
  try {
    const given = { tenantId: parts.tenantId, response: fields.get("response") };
    const { token } = await signInByPasskey(peopleOf(parts), given, from(context));
    parts.cookie.set(context, token);
    return { to: ownPath(fields.get("next")) };
  } catch (error) {
    return signInAsked(parts, asked, fields, faultWords(error));
  }
}

async function proofAsked(
  parts: IdentityParts,
  asked: Asked,
  fields: Fields,
  fault?: string,
): Promise<PageAnswer> {
  const { tenantId, actor } = personOf(asked);
  return ceremonyPage({
    ...{ title: "Prove that it is you", ceremony: "get", action: "/confirm/passkey/done" },
    words: "Your browser asks for one of your passkeys. This counts for five minutes.",
    options: await askPasskey(peopleOf(parts), tenantId, actor.id),
    ...{ next: ownPath(fields.get("next")), back: "/confirm" },
    ...(fault === undefined ? {} : { fault }),
  });
}

async function proven(
  parts: IdentityParts,
  asked: Asked,
  fields: Fields,
): Promise<PageAnswer | Next> {
  const { context } = asked;
  try {
    const token = parts.cookie.read(context) ?? "";
    const response = fields.get("response");
    const opened = await proveByPasskey(peopleOf(parts), token, response, from(context));
    parts.cookie.set(context, opened.token);
    return { to: ownPath(fields.get("next")), say: "Confirmed, for five minutes." };
  } catch (error) {
    return proofAsked(parts, asked, fields, faultWords(error));
  }
}

async function makingAsked(
  parts: IdentityParts,
  asked: Asked,
  typed: { readonly name?: string; readonly fault?: string } = {},
): Promise<PageAnswer> {
  const options = await beginPasskey(peopleOf(parts), freshPersonOf(asked));
  return ceremonyPage({
    ...{ title: "Make a passkey", ceremony: "create", action: "/security/passkeys/done" },
    words: "It stays in your device or your password manager, and signs you in by itself.",
    ...{ options, back: "/security", name: "This device", ...typed },
  });
}

async function made(
  parts: IdentityParts,
  asked: Asked,
  fields: Fields,
): Promise<PageAnswer | Next> {
  const given = { response: fields.get("response"), name: fields.get("name") };
  try {
    await addPasskey(peopleOf(parts), personOf(asked), given);
    return { to: "/security", say: "The passkey is made: it signs you in from now on." };
  } catch (error) {
    return makingAsked(parts, asked, { name: given.name, fault: faultWords(error) });
  }
}
