/**
 * Sessions: a random token in a cookie, of which only the hash is kept.
 * Invariants: a token changes whenever the session becomes worth more (second factor, step-up), and
 * the one before is worth nothing; a session ends by itself when it was idle or has lasted too long,
 * and at once when it is revoked, or its person is disabled or has set another password.
 */
import { LockstepError } from "../../domain/errors.ts";
import type { Instant } from "../../domain/instant.ts";
import { inTenant, type Queries } from "../../platform/postgres.ts";
import { recordAudit } from "../audit/record.ts";
import type { Principal, Role } from "../principal.ts";
import type { From, PeopleDeps } from "./deps.ts";
import { newToken, sha256 } from "./secrets.ts";
import { accountsOf, type Person, readPeople } from "./store.ts";

export const SESSION_MS_MAX = 12 * 3_600_000;
const IDLE_MS = 2 * 3_600_000;
/** Of those who can change what belongs to others. */
const IDLE_MS_ADMIN = 15 * 60_000;
/** Being seen is written this often at most. */
const SEEN_MS = 60_000;
const AGENT_MAX = 200;

export type Session = {
  readonly tenantId: string;
  readonly sessionId: string;
  readonly personId: string;
  readonly isFull: boolean;
  readonly steppedUpAt: Date | null;
  readonly address: string | null;
  readonly agent: string | null;
  readonly createdAt: Date;
  readonly seenAt: Date;
  readonly expiresAt: Date;
};

/** What a browser is given: the token is told this once. */
export type Opened = { readonly token: string; readonly session: Session };

type Row = {
  readonly session_id: string;
  readonly person_id: string;
  readonly is_full: boolean;
  readonly stepped_up_at: Date | null;
  readonly address: string | null;
  readonly agent: string | null;
  readonly created_at: Date;
  readonly seen_at: Date;
  readonly expires_at: Date;
};

type By = { readonly token?: Buffer; readonly personId?: string };

async function readSessions(tx: Queries, tenantId: string, by: By): Promise<Session[]> {
  const { token = null, personId = null } = by;
  const rows = await tx<Row[]>`
    select session_id, person_id, is_full, stepped_up_at, address, agent, created_at, seen_at,
      expires_at
    from sessions where ended_at is null and (${token}::bytea is null or token_sha256 = ${token})
      and (${personId}::uuid is null or person_id = ${personId})
    order by created_at desc`;
  return rows.map((row) => ({
    tenantId,
    sessionId: row.session_id,
    personId: row.person_id,
    isFull: row.is_full,
    steppedUpAt: row.stepped_up_at,
    address: row.address,
    agent: row.agent,
    createdAt: row.created_at,
    seenAt: row.seen_at,
    expiresAt: row.expires_at,
  }));
}

/** Within the transaction of what opens it. `isFull` where nothing more has to be proven. */
export async function openSession(
  tx: Queries,
  deps: PeopleDeps,
  of: { readonly tenantId: string; readonly personId: string; readonly isFull: boolean },
  { address, agent }: From,
): Promise<Opened> {
  const token = newToken(deps.random);
  const at = new Date(deps.now());
  const session: Session = {
    ...of,
    sessionId: deps.newId(),
    steppedUpAt: of.isFull ? at : null,
    address,
    agent: agent?.slice(0, AGENT_MAX) ?? null,
    createdAt: at,
    seenAt: at,
    expiresAt: new Date(at.getTime() + SESSION_MS_MAX),
  };
  await tx`
    insert into sessions (tenant_id, session_id, person_id, token_sha256, is_full, stepped_up_at,
      address, agent, created_at, seen_at, expires_at)
    values (${of.tenantId}, ${session.sessionId}, ${of.personId}, ${sha256(token)}, ${of.isFull},
      ${session.steppedUpAt}, ${address}, ${session.agent}, ${at}, ${at}, ${session.expiresAt})`;
  return { token, session };
}

/** The session is worth more from now on, under another token. */
export async function raiseSession(
  tx: Queries,
  deps: PeopleDeps,
  session: Session,
): Promise<Opened> {
  const token = newToken(deps.random);
  const at = new Date(deps.now());
  await tx`update sessions set token_sha256 = ${sha256(token)}, is_full = true, stepped_up_at = ${at},
    seen_at = ${at} where session_id = ${session.sessionId}`;
  return { token, session: { ...session, isFull: true, steppedUpAt: at, seenAt: at } };
}

export type Found = { readonly session: Session; readonly person: Person };

/** Null for a token that is no good, whatever the reason. */
export async function findSession(deps: PeopleDeps, token: string): Promise<Found | null> {
  if (!/^[A-Za-z0-9_-]{43}$/.test(token)) return null;
  const hash = sha256(token);
  const [row] = await deps.sql<{ id: string | null }[]>`select session_tenant(${hash}) as id`;
  const tenantId = row?.id ?? null;
  if (tenantId === null) return null;
  return inTenant(deps.sql, tenantId, async (tx) => {
    const [session] = await readSessions(tx, tenantId, { token: hash });
    if (session === undefined) return null;
    const [person] = await readPeople(tx, { personId: session.personId });
    const now = deps.now();
    if (person === undefined || person.disabledAt !== null) return null;
    if (!isAlive(session, person.roles, now)) return null;
    if (now - session.seenAt.getTime() >= SEEN_MS) {
      await tx`update sessions set seen_at = ${new Date(now)}
        where session_id = ${session.sessionId}`;
    }
    return { session, person };
  });
}

function isAlive(session: Session, roles: readonly Role[], now: Instant): boolean {
  const idleMs = roles.includes("admin") || roles.includes("operator") ? IDLE_MS_ADMIN : IDLE_MS;
  return session.expiresAt.getTime() > now && session.seenAt.getTime() + idleMs > now;
}

/** Null unless the session is full: half a sign-in is nobody. */
export async function principalOfSession(
  deps: PeopleDeps,
  token: string,
  address: string | null,
): Promise<Principal | null> {
  const found = await findSession(deps, token);
  if (found === null || !found.session.isFull) return null;
  const { person, session } = found;
  const { tenantId, steppedUpAt } = session;
  const all = person.roles.includes("admin") || person.roles.includes("operator");
  const accounts = all
    ? ("all" as const)
    : new Set(await inTenant(deps.sql, tenantId, (tx) => accountsOf(tx, person.personId)));
  return {
    tenantId,
    actor: { kind: "person", id: person.personId, name: person.name },
    roles: person.roles,
    scopes: null,
    accounts,
    mode: "live",
    steppedUpAt: steppedUpAt?.getTime() ?? null,
    address,
  };
}

/** The person's own, the newest first. */
export async function listSessions(deps: PeopleDeps, by: Principal): Promise<readonly Session[]> {
  const sessions = await inTenant(deps.sql, by.tenantId, (tx) =>
    readSessions(tx, by.tenantId, { personId: by.actor.id }),
  );
  const now = deps.now();
  return sessions.filter((session) => isAlive(session, by.roles, now));
}

/** NOT_FOUND where it is not one of the person's own. */
export async function revokeSession(
  deps: PeopleDeps,
  by: Principal,
  sessionId: string,
): Promise<void> {
  await inTenant(deps.sql, by.tenantId, async (tx) => {
    const ended = await tx`update sessions set ended_at = ${new Date(deps.now())}
      where session_id::text = ${sessionId} and person_id = ${by.actor.id} and ended_at is null
      returning 1`;
    if (ended.length === 0) {
      throw new LockstepError("NOT_FOUND", { sessionId, expected: "one of your own sessions" });
    }
    const { tenantId, actor, address } = by;
    const action = "end session";
    await recordAudit(tx, { tenantId, by: actor.name, address, action, subject: sessionId });
  });
}

/** Signing out; with what is no session nothing happens. */
export async function endSession(deps: PeopleDeps, token: string): Promise<void> {
  const found = await findSession(deps, token);
  if (found === null) return;
  const { tenantId, sessionId } = found.session;
  await inTenant(
    deps.sql,
    tenantId,
    (tx) => tx`update sessions set ended_at = ${new Date(deps.now())}
      where session_id = ${sessionId}`,
  );
}

/** Within a transaction: another password, or a person who is disabled. */
export async function endAllSessions(tx: Queries, personId: string, at: Date): Promise<void> {
  await tx`update sessions set ended_at = ${at} where person_id = ${personId} and ended_at is null`;
}
