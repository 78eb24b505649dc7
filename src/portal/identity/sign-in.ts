/** Signing in and out, the second factor, and a fresh proof before what is dangerous. */
import { siteOf } from "../../identity/people/passkey-site.ts";
import { listPasskeys } from "../../identity/people/passkeys.ts";
import { endSession, findSession } from "../../identity/people/sessions.ts";
import { giveSecondFactor, signIn, stepUp } from "../../identity/people/sign-in.ts";
import { type Fields, ownPath } from "../fields.ts";
import type { Asked, Next, PageAnswer, Portal } from "../portal.ts";
import { faultWords, formPage, from, type IdentityParts, peopleOf } from "./parts.ts";

export function addSignIn(portal: Portal, parts: IdentityParts): void {
  portal.page("/sign-in", "public", ({ query }) => signInPage(parts, { next: query("next") }));
  portal.form("/sign-in", "public", (asked, fields) => signedIn(parts, asked, fields));
  portal.page("/sign-in/code", "public", ({ query }) => codePage({ next: query("next") }));
  portal.form("/sign-in/code", "public", (asked, fields) => codeGiven(parts, asked, fields));
  portal.page("/confirm", "signed-in", (asked) =>
    confirmPage(parts, asked, { next: asked.query("next") }),
  );
  portal.form("/confirm", "signed-in", (asked, fields) => confirmed(parts, asked, fields));
  portal.page("/sign-out", "signed-in", () =>
    formPage({ page: "sign-out", title: "Sign out" }, {}),
  );
  portal.form("/sign-out", "public", async ({ context }) => {
    const token = parts.cookie.read(context);
    if (token !== null) await endSession(peopleOf(parts), token);
    parts.cookie.clear(context);
    return { to: "/sign-in" };
  });
}

type View = { readonly next: string; readonly email?: string; readonly fault?: string };

function signInPage(parts: IdentityParts, { next, ...view }: View): PageAnswer {
  const deps = parts.people();
  const open = deps?.signUp === "open";
  const passkeys = deps !== null && siteOf(deps.baseUrl) !== null;
  const shown = { ...view, next: ownPath(next), open, passkeys };
  return formPage({ page: "sign-in", title: "Sign in" }, shown);
}

const codePage = ({ next, ...view }: View): PageAnswer =>
  formPage(
    { page: "sign-in-code", title: "Your second factor" },
    { ...view, next: ownPath(next), action: "/sign-in/code" },
  );

async function signedIn(
  parts: IdentityParts,
  { context }: Asked,
  fields: Fields,
): Promise<PageAnswer | Next> {
  const [email, next] = [fields.get("email"), fields.get("next")];
  try {
    const credentials = { email, password: fields.get("password") };
    const { token, session } = await signIn(peopleOf(parts), credentials, from(context));
    parts.cookie.set(context, token);
    const to = ownPath(next);
    return { to: session.isFull ? to : `/sign-in/code?next=${encodeURIComponent(to)}` };
  } catch (error) {
    return signInPage(parts, { next, email, fault: faultWords(error) });
  }
}

async function codeGiven(
  parts: IdentityParts,
  { context }: Asked,
  fields: Fields,
): Promise<PageAnswer | Next> {
  const next = fields.get("next");
  try {
    const token = parts.cookie.read(context) ?? "";
    const code = fields.get("code");
    const opened = await giveSecondFactor(peopleOf(parts), token, code, from(context));
    parts.cookie.set(context, opened.token);
    return { to: ownPath(next) };
  } catch (error) {
    return codePage({ next, fault: faultWords(error) });
  }
}

/** Asks for the code where there is a second factor, otherwise for the password; or for a passkey. */
async function confirmPage(
  parts: IdentityParts,
  { context, principal }: Asked,
  { next, ...view }: View,
): Promise<PageAnswer> {
  const token = parts.cookie.read(context);
  const found = token === null ? null : await findSession(peopleOf(parts), token);
  const hasCode = found?.person.hasTotp ?? false;
  const hasPasskey = found !== null && (await listPasskeys(peopleOf(parts), principal)).length > 0;
  return formPage(
    { page: "confirm", title: "Prove that it is you" },
    { ...view, next: ownPath(next), hasCode, hasPasskey },
  );
}

async function confirmed(
  parts: IdentityParts,
  asked: Asked,
  fields: Fields,
): Promise<PageAnswer | Next> {
  const { context } = asked;
  const next = fields.get("next");
  try {
    const token = parts.cookie.read(context) ?? "";
    const proof = { password: fields.get("password"), code: fields.get("code") };
    const opened = await stepUp(peopleOf(parts), token, proof, from(context));
    parts.cookie.set(context, opened.token);
    return { to: ownPath(next), say: "Confirmed, for five minutes." };
  } catch (error) {
    return confirmPage(parts, asked, { next, fault: faultWords(error) });
  }
}
