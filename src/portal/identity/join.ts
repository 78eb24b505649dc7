/** Links that people come in by: the setup of the hub, an invitation, a new password, a sign-up. */
import { verifyEmail } from "../../identity/people/email.ts";
import {
  checkedEmail,
  findLink,
  join,
  type LinkKind,
  requestReset,
  requestSignUp,
  resetPassword,
} from "../../identity/people/links.ts";
import type { Fields } from "../fields.ts";
import type { Asked, Next, PageAnswer, Portal } from "../portal.ts";
import { faultWords, formPage, from, type IdentityParts, peopleOf } from "./parts.ts";

type Joined = "setup" | "invitation";

const TITLES: Readonly<Record<Joined | "reset" | "verify", string>> = {
  verify: "Verify your address",
  setup: "Set this hub up",
  invitation: "Join this hub",
  reset: "Set a new password",
};

export function addJoin(portal: Portal, parts: IdentityParts): void {
  for (const [path, kind] of [
    ["/setup/:token", "setup"],
    ["/join/:token", "invitation"],
  ] as const) {
    portal.page(path, "public", (asked) => joinPage(parts, kind, asked));
    portal.form(path, "public", (asked, fields) => joined(parts, kind, { asked, fields }));
  }
  portal.page("/reset/:token", "public", async (asked) => {
    await linkOf(parts, "reset", asked);
    return resetPage();
  });
  portal.form("/reset/:token", "public", (asked, fields) => resetDone(parts, asked, fields));
  portal.page("/verify/:token", "public", async (asked) =>
    verifyPage((await linkOf(parts, "verify", asked)).email),
  );
  portal.form("/verify/:token", "public", async (asked) => {
    await verifyEmail(peopleOf(parts), asked.param("token"), from(asked.context));
    return { to: "/security", say: "The address is verified: sign in with it from now on." };
  });
  for (const [path, what] of [
    ["/forgot", "reset"],
    ["/sign-up", "sign-up"],
  ] as const) {
    portal.page(path, "public", () => askPage(parts, what));
    portal.form(path, "public", (asked, fields) => askedFor(parts, what, { asked, fields }));
  }
}

const linkOf = (parts: IdentityParts, kind: LinkKind, { param }: Asked) =>
  findLink(peopleOf(parts), param("token"), kind);

type Typed = { readonly name?: string; readonly email?: string; readonly fault?: string };

async function joinPage(
  parts: IdentityParts,
  kind: Joined,
  asked: Asked,
  typed: Typed = {},
): Promise<PageAnswer> {
  const link = await linkOf(parts, kind, asked);
  const known = link.email !== null;
  return formPage(
    { page: "join", title: TITLES[kind] },
    {
      setup: kind === "setup",
      known,
      roles: link.roles.join(", "),
      ...typed,
      email: link.email ?? typed.email ?? "",
    },
  );
}

type Sent = { readonly asked: Asked; readonly fields: Fields };

async function joined(
  parts: IdentityParts,
  kind: Joined,
  { asked, fields }: Sent,
): Promise<PageAnswer | Next> {
  const [name, email, password] = [fields.get("name"), fields.get("email"), fields.get("password")];
  // What is no link is not found; what was typed is to be put right.
  await linkOf(parts, kind, asked);
  try {
    const link = { token: asked.param("token"), kind };
    const deps = peopleOf(parts);
    const opened = await join(deps, link, { name, email, password }, from(asked.context));
    parts.cookie.set(asked.context, opened.token);
    return { to: "/security", say: `Welcome, ${name}. Set a second factor up now.` };
  } catch (error) {
    return joinPage(parts, kind, asked, { name, email, fault: faultWords(error) });
  }
}

const verifyPage = (email: string | null): PageAnswer =>
  formPage({ page: "verify", title: TITLES.verify }, { email });

const resetPage = (fault?: string): PageAnswer =>
  formPage({ page: "reset", title: TITLES.reset }, fault === undefined ? {} : { fault });

async function resetDone(
  parts: IdentityParts,
  asked: Asked,
  fields: Fields,
): Promise<PageAnswer | Next> {
  await linkOf(parts, "reset", asked);
  try {
    const token = asked.param("token");
    await resetPassword(peopleOf(parts), token, fields.get("password"), from(asked.context));
    parts.cookie.clear(asked.context);
    return { to: "/sign-in", say: "The password is set, and every session has ended." };
  } catch (error) {
    return resetPage(faultWords(error));
  }
}

type Wanted = "reset" | "sign-up";

const ASKS: Readonly<Record<Wanted, { readonly title: string; readonly lead: string }>> = {
  reset: { title: "Forgot your password?", lead: "We send a link to set a new one." },
  "sign-up": { title: "Sign up", lead: "We send a link to your address; it makes your account." },
};

function askPage(parts: IdentityParts, what: Wanted, view: Typed & { done?: boolean } = {}) {
  const deps = parts.people();
  const closed = what === "sign-up" && deps?.signUp !== "open";
  const { title, lead } = ASKS[what];
  const open = deps !== null && deps.mail !== null && !closed;
  return formPage({ page: "ask", title }, { ...view, lead, open, closed, action: ACTIONS[what] });
}

const ACTIONS: Readonly<Record<Wanted, string>> = { reset: "/forgot", "sign-up": "/sign-up" };

/** Answers before anything is looked up: neither words nor time tell whether the address is known. */
async function askedFor(
  parts: IdentityParts,
  what: Wanted,
  { asked, fields }: Sent,
): Promise<PageAnswer> {
  const deps = peopleOf(parts);
  const email = fields.get("email");
  const { address } = from(asked.context);
  try {
    await deps.attempts.count(`${what} ${checkedEmail(email)}`, address);
  } catch (error) {
    return askPage(parts, what, { email, fault: faultWords(error) });
  }
  if (deps.mail !== null) {
    const work =
      what === "reset"
        ? requestReset(deps, email)
        : requestSignUp(deps, { tenantId: parts.tenantId, email });
    work.catch((error: unknown) => parts.fault(error, `sending a link to ${what}`));
  }
  return askPage(parts, what, { email, done: true });
}
