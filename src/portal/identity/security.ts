/** One's own security: sessions, the second factor, recovery codes, a new password. */
import { requestEmail } from "../../identity/people/email.ts";
import { checkedEmail, resetToken } from "../../identity/people/links.ts";
import { findPerson } from "../../identity/people/manage.ts";
import { siteOf } from "../../identity/people/passkey-site.ts";
import type { Passkey } from "../../identity/people/passkey-store.ts";
import { listPasskeys } from "../../identity/people/passkeys.ts";
import { beginTotp, confirmTotp, endTotp } from "../../identity/people/second-factor.ts";
import {
  findSession,
  listSessions,
  revokeSession,
  type Session,
} from "../../identity/people/sessions.ts";
import type { Fields } from "../fields.ts";
import type { Asked, Next, PageAnswer, Portal } from "../portal.ts";
import { dateTime } from "../view/format.ts";
import { qrCode } from "../view/qr-code.ts";
import {
  faultWords,
  formPage,
  freshPersonOf,
  type IdentityParts,
  peopleOf,
  personOf,
} from "./parts.ts";

export function addSecurity(portal: Portal, parts: IdentityParts): void {
  portal.page("/security", "signed-in", (asked) => securityPage(parts, asked));
  portal.form("/security/sessions/end", "signed-in", async (asked, fields) => {
    await revokeSession(peopleOf(parts), personOf(asked), fields.get("session"));
    return { to: "/security", say: "The session has ended." };
  });
  portal.form("/security/password", "signed-in", async (asked) => {
    const { tenantId, actor } = freshPersonOf(asked);
    const deps = peopleOf(parts);
    const { email } = await findPerson(deps, tenantId, actor.id);
    const token = await resetToken(deps, { tenantId, email, by: actor.name });
    return { to: `/reset/${token ?? ""}` };
  });
  portal.form("/security/email", "signed-in", (asked, fields) => emailAsked(parts, asked, fields));
  portal.form("/security/totp", "signed-in", async (asked) => {
    const { seed, uri } = await beginTotp(peopleOf(parts), freshPersonOf(asked));
    return totpPage(seed, uri);
  });
  portal.form("/security/totp/confirm", "signed-in", (asked, fields) =>
    totpConfirmed(parts, asked, fields),
  );
  portal.form("/security/totp/end", "signed-in", async (asked) => {
    await endTotp(peopleOf(parts), freshPersonOf(asked));
    return { to: "/security", say: "The second factor is off." };
  });
}

async function securityPage(parts: IdentityParts, asked: Asked): Promise<PageAnswer> {
  if (asked.principal.actor.kind !== "person") {
    return formPage({ page: "security", title: "Security" }, { visitor: true });
  }
  const deps = peopleOf(parts);
  const { tenantId, actor } = asked.principal;
  const [person, sessions, passkeys, current] = await Promise.all([
    findPerson(deps, tenantId, actor.id),
    listSessions(deps, asked.principal),
    listPasskeys(deps, asked.principal),
    findSession(deps, parts.cookie.read(asked.context) ?? ""),
  ]);
  const own = current?.session.sessionId ?? null;
  return formPage(
    { page: "security", title: "Security", lead: "Where you are signed in, and how you prove it." },
    {
      ...{ email: person.email, hasTotp: person.hasTotp, sessions: sessions.map(rowOf(own)) },
      ...{ verified: person.emailVerifiedAt !== null, mails: deps.mail !== null },
      ...{ passkeysPossible: siteOf(deps.baseUrl) !== null, passkeys: passkeys.map(keyOf) },
    },
  );
}

const rowOf =
  (own: string | null) =>
  ({ sessionId, address, agent, createdAt, seenAt }: Session) => ({
    sessionId,
    address: address ?? "an unknown address",
    agent: agent ?? "an unknown program",
    since: dateTime(createdAt.getTime()),
    seen: dateTime(seenAt.getTime()),
    current: sessionId === own,
  });

const keyOf = ({ passkeyId, name, createdAt, lastUsedAt }: Passkey) => ({
  ...{ passkeyId, name, since: dateTime(createdAt.getTime()) },
  used: lastUsedAt === null ? null : dateTime(lastUsedAt.getTime()),
});

/** Says the same whoever has the address: who has it is told there. */
async function emailAsked(parts: IdentityParts, asked: Asked, fields: Fields): Promise<Next> {
  const deps = peopleOf(parts);
  const by = freshPersonOf(asked);
  const email = checkedEmail(fields.get("email"));
  await deps.attempts.count(`verify ${by.actor.id}`, by.address);
  await requestEmail(deps, by, email);
  return { to: "/security", say: `A link is on its way to ${email}.` };
}

const totpPage = (seed: string, uri: string, fault?: string): PageAnswer =>
  formPage(
    { page: "totp", title: "Set a second factor up" },
    {
      ...{ seed, uri, grouped: seed.replace(/(.{4})/g, "$1 ").trim() },
      ...(URL.canParse(uri) ? { qr: qrCode(uri) } : {}),
      ...(fault ? { fault } : {}),
    },
  );

async function totpConfirmed(
  parts: IdentityParts,
  asked: Asked,
  fields: Fields,
): Promise<PageAnswer | Next> {
  try {
    const codes = await confirmTotp(peopleOf(parts), personOf(asked), fields.get("code"));
    return formPage({ page: "recovery-codes", title: "Your recovery codes" }, { codes });
  } catch (error) {
    return totpPage(fields.get("seed"), fields.get("uri"), faultWords(error));
  }
}
