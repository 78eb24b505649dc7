/**
 * What is sent to people to act on once: the setup of a hub, an invitation, a verification of an
 * address, a password to be set anew.
 * Invariants: a link counts once and for a while; asking for one never tells whether an address is
 * known; a new password ends every session and leaves the second factor in place.
 */
import { LockstepError } from "../../domain/errors.ts";
import { inTenant, type Queries } from "../../platform/postgres.ts";
import { recordAudit } from "../audit/record.ts";
import { plainName } from "../name.ts";
import type { Principal, Role } from "../principal.ts";
import type { From, PeopleDeps } from "./deps.ts";
import { hashPassword, newToken, refuseWeak, sha256 } from "./secrets.ts";
import { endAllSessions, type Opened, openSession } from "./sessions.ts";
import { emailOf } from "./sign-in.ts";
import { insertPerson, listOf, readPeople, tenantsOfEmail } from "./store.ts";

export type LinkKind = "setup" | "invitation" | "verify" | "reset";

const LASTS_MS: Readonly<Record<LinkKind, number>> = {
  setup: 24 * 3_600_000,
  invitation: 7 * 24 * 3_600_000,
  verify: 24 * 3_600_000,
  reset: 3_600_000,
};

export type Link = {
  readonly tenantId: string;
  readonly linkId: string;
  readonly kind: LinkKind;
  readonly email: string | null;
  readonly roles: readonly Role[];
  /** Whose address it verifies; null for every other kind. */
  readonly personId: string | null;
};

type NewLink = Omit<Link, "linkId" | "personId"> & {
  readonly by: string;
  readonly personId?: string;
};

/** The token, which is kept nowhere. */
export async function makeLink(tx: Queries, deps: PeopleDeps, link: NewLink): Promise<string> {
  const token = newToken(deps.random);
  const at = deps.now();
  await tx`
    insert into links (tenant_id, link_id, kind, token_sha256, email, roles, by_whom, created_at,
      expires_at, person_id)
    values (${link.tenantId}, ${deps.newId()}, ${link.kind}, ${sha256(token)}, ${link.email},
      ${listOf(link.roles)}::text::text[], ${link.by}, ${new Date(at)},
      ${new Date(at + LASTS_MS[link.kind])}, ${link.personId ?? null})`;
  return token;
}

/** NOT_FOUND, whatever is wrong with it. */
export async function findLink(deps: PeopleDeps, token: string, kind: LinkKind): Promise<Link> {
  const hash = sha256(token);
  const [row] = await deps.sql<{ id: string | null }[]>`select link_tenant(${hash}) as id`;
  const tenantId = row?.id ?? null;
  const link =
    tenantId === null
      ? undefined
      : await inTenant(deps.sql, tenantId, (tx) => readLink(tx, deps, { tenantId, hash }));
  if (link === undefined || link.kind !== kind) {
    throw new LockstepError("NOT_FOUND", {
      expected: "a link that was not used and is not too old",
    });
  }
  return link;
}

type Asked = { readonly tenantId: string; readonly hash: Buffer };

async function readLink(tx: Queries, deps: PeopleDeps, { tenantId, hash }: Asked) {
  const [row] = await tx<Omit<Link, "tenantId">[]>`
    select link_id as "linkId", kind, email, to_json(roles) as roles, person_id as "personId"
    from links
    where token_sha256 = ${hash} and used_at is null and expires_at > ${new Date(deps.now())}`;
  return row === undefined ? undefined : { tenantId, ...row };
}

/** Of two that use it at once one is refused. */
export async function useUp(tx: Queries, deps: PeopleDeps, { linkId }: Link): Promise<void> {
  const used = await tx`update links set used_at = ${new Date(deps.now())}
    where link_id = ${linkId} and used_at is null returning 1`;
  if (used.length === 0) {
    throw new LockstepError("NOT_FOUND", {
      expected: "a link that was not used and is not too old",
    });
  }
}

export function hasAdmin({ sql }: PeopleDeps, tenantId: string): Promise<boolean> {
  return inTenant(sql, tenantId, isSetUp);
}

async function isSetUp(tx: Queries): Promise<boolean> {
  const rows = await tx`select 1 from people where 'admin' = any(roles) and disabled_at is null`;
  return rows.length > 0;
}

/** The token of a link that makes the first admin; null where there is an admin already. */
export async function setupToken(deps: PeopleDeps, tenantId: string): Promise<string | null> {
  return inTenant(deps.sql, tenantId, async (tx) => {
    if (await isSetUp(tx)) return null;
    // Only the newest opens anything.
    await tx`update links set used_at = ${new Date(deps.now())}
      where kind = 'setup' and used_at is null`;
    const link = { tenantId, kind: "setup" as const, email: null, roles: ["admin" as const] };
    return makeLink(tx, deps, { ...link, by: "Lockstep" });
  });
}

/** The address to pass on; it is mailed as well where mail is set up. */
export async function invite(
  deps: PeopleDeps,
  by: Principal,
  { email: text, roles }: { readonly email: string; readonly roles: readonly Role[] },
): Promise<string> {
  const email = checkedEmail(text);
  if (roles.length === 0) {
    throw new LockstepError("BAD_INPUT", { field: "roles", expected: "at least one role" });
  }
  const token = await inTenant(deps.sql, by.tenantId, async (tx) => {
    const { tenantId, actor, address } = by;
    const link = { tenantId, kind: "invitation" as const, email, roles };
    const made = await makeLink(tx, deps, { ...link, by: actor.name });
    const entry = { tenantId, by: actor.name, address, action: "invite", subject: email };
    await recordAudit(tx, { ...entry, after: { roles } });
    return made;
  });
  const url = `${deps.baseUrl}/join/${token}`;
  const text_ = `${by.actor.name} invites you to Lockstep: ${url}\nThe link works once, for a week.`;
  await deps.mail?.({ to: email, subject: "Your invitation to Lockstep", text: text_ });
  return url;
}

export type Joining = {
  readonly name: string;
  readonly password: string;
  /** Where the link does not say it already. */
  readonly email?: string;
};

/** Makes a person of a setup link or an invitation, and signs them in. */
export async function join(
  deps: PeopleDeps,
  { token, kind }: { readonly token: string; readonly kind: "setup" | "invitation" },
  joining: Joining,
  from: From,
): Promise<Opened> {
  const link = await findLink(deps, token, kind);
  const email = checkedEmail(link.email ?? joining.email ?? "");
  const name = plainName(joining.name);
  await refuseWeak(joining.password, email);
  const password = await hashPassword(joining.password, deps.hashCost);
  const { tenantId, roles } = link;
  return inTenant(deps.sql, tenantId, async (tx) => {
    await useUp(tx, deps, link);
    const person = { personId: deps.newId(), email, name, roles, password };
    await refuseKnown(tx, email);
    const verified = kind === "invitation";
    await insertPerson(tx, tenantId, { ...person, verified }, new Date(deps.now()));
    const action = kind === "setup" ? "set the hub up" : "join";
    const entry = { tenantId, by: name, address: from.address, action, subject: person.personId };
    await recordAudit(tx, { ...entry, after: { email, roles } });
    return openSession(tx, deps, { tenantId, personId: person.personId, isFull: true }, from);
  });
}

async function refuseKnown(tx: Queries, email: string): Promise<void> {
  const known = await readPeople(tx, { email });
  if (known.length === 0) return;
  const expected = "an address that is not in use here: sign in, or set a new password";
  throw new LockstepError("BAD_INPUT", { field: "email", expected });
}

/** Says nothing of whether anybody has the address. Whoever asks is counted by the caller. */
export async function requestReset(deps: PeopleDeps, text: string): Promise<void> {
  const email = emailOf(text);
  for (const tenantId of await tenantsOfEmail(deps.sql, email)) {
    const token = await resetToken(deps, { tenantId, email, by: "the person" });
    if (token !== null) await sendReset(deps, email, token);
  }
}

async function sendReset(deps: PeopleDeps, email: string, token: string): Promise<void> {
  const text = `Set a new password: ${deps.baseUrl}/reset/${token}\nThe link works once, for an hour.`;
  await deps.mail?.({ to: email, subject: "Your password for Lockstep", text });
}

type ResetFor = { readonly tenantId: string; readonly email: string; readonly by: string };

/** For an admin to pass on where no mail is set up; null where nobody has the address. */
export async function resetToken(
  deps: PeopleDeps,
  { tenantId, email, by }: ResetFor,
): Promise<string | null> {
  return inTenant(deps.sql, tenantId, async (tx) => {
    const [person] = await readPeople(tx, { email });
    if (person === undefined || person.disabledAt !== null) return null;
    const token = await makeLink(tx, deps, { tenantId, kind: "reset", email, roles: [], by });
    const entry = { tenantId, by, address: null, action: "make reset link" };
    await recordAudit(tx, { ...entry, subject: person.personId });
    return token;
  });
}

/** Ends every session; the second factor stays as it is, and is asked for at the next sign-in. */
export async function resetPassword(
  deps: PeopleDeps,
  token: string,
  wanted: string,
  from: From,
): Promise<void> {
  const link = await findLink(deps, token, "reset");
  const email = link.email ?? "";
  await refuseWeak(wanted, email);
  const password = await hashPassword(wanted, deps.hashCost);
  await inTenant(deps.sql, link.tenantId, async (tx) => {
    await useUp(tx, deps, link);
    const [person] = await readPeople(tx, { email });
    if (person === undefined) throw new LockstepError("NOT_FOUND", { expected: "a person" });
    const at = new Date(deps.now());
    await tx`update people set password = ${password},
      email_verified_at = coalesce(email_verified_at, ${at}) where person_id = ${person.personId}`;
    await endAllSessions(tx, person.personId, at);
    const entry = { tenantId: link.tenantId, by: person.name, address: from.address };
    await recordAudit(tx, { ...entry, action: "set password", subject: person.personId });
  });
}

/**
 * Where the hub is open to strangers: a link to the address makes its owner a subscriber without an
 * account yet. Who has one already is told so there, and nowhere else. FORBIDDEN where it is not open.
 */
export async function requestSignUp(
  deps: PeopleDeps,
  { tenantId, email: text }: { readonly tenantId: string; readonly email: string },
): Promise<void> {
  if (deps.signUp !== "open") throw new LockstepError("FORBIDDEN", { expected: "an invitation" });
  const email = checkedEmail(text);
  const token = await inTenant(deps.sql, tenantId, async (tx) => {
    const known = await readPeople(tx, { email });
    if (known.length > 0) return null;
    const link = { tenantId, kind: "invitation" as const, email, roles: ["subscriber" as const] };
    await recordAudit(tx, {
      ...{ tenantId, by: "sign-up", address: null, action: "ask to join", subject: email },
    });
    return makeLink(tx, deps, { ...link, by: "sign-up" });
  });
  const words =
    token === null
      ? `You have an account at Lockstep already: ${deps.baseUrl}/sign-in`
      : `Make your account: ${deps.baseUrl}/join/${token}\nThe link works once, for a week.`;
  await deps.mail?.({ to: email, subject: "Your account at Lockstep", text: words });
}

export function checkedEmail(text: string): string {
  const email = emailOf(text);
  if (email.length <= 254 && /^[^\s@"<>]+@[^\s@"<>.]+(\.[^\s@"<>.]+)+$/.test(email)) return email;
  throw new LockstepError("BAD_INPUT", {
    field: "email",
    expected: "an address such as ada@example.org",
  });
}
