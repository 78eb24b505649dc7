/**
 * What a hub knows of a person, to be handed to them; and forgetting them.
 * Invariants: what is handed out holds no secret; who is forgotten comes in no more, by nothing; what was
 * traded, switched and audited stays as it was, since it has to be kept and is proof of what was done:
 * it names who did it for as long as it is kept.
 */
import { LockstepError } from "../../domain/errors.ts";
import { inTenant, type Queries } from "../../platform/postgres.ts";
import { recordAudit } from "../audit/record.ts";
import type { PeopleDeps } from "./deps.ts";
import { refuseLastAdmin } from "./manage.ts";
import { endAllSessions } from "./sessions.ts";
import { accountsOf, type Person, readPeople, shown } from "./store.ts";

const FORGOTTEN = "somebody forgotten";

export type Whose = { readonly tenantId: string; readonly personId: string };

async function personOf(tx: Queries, personId: string): Promise<Person> {
  const [person] = await readPeople(tx, { personId });
  if (person !== undefined) return shown(person);
  throw new LockstepError("NOT_FOUND", { personId, expected: "a person" });
}

/** As plain data, for JSON. */
export function knownOf(
  { sql }: Pick<PeopleDeps, "sql">,
  { tenantId, personId }: Whose,
): Promise<Readonly<Record<string, unknown>>> {
  return inTenant(sql, tenantId, async (tx) => {
    const person = await personOf(tx, personId);
    return {
      person,
      accounts: await accountsOf(tx, personId),
      sessions: [
        ...(await tx`select address, agent, created_at, seen_at, ended_at from sessions
        where person_id = ${personId} order by created_at`),
      ],
      passkeys: [
        ...(await tx`select name, created_at, last_used_at from passkeys
        where person_id = ${personId} order by created_at`),
      ],
      keys: [
        ...(await tx`select name, hint, created_at, expires_at, revoked_at from api_keys
        where person_id = ${personId} order by created_at`),
      ],
      audit: [
        ...(await tx`select number, at, by_whom, address, action, subject, before, after from audit
        where subject = ${personId} or by_whom = ${person.name} order by number`),
      ],
    };
  });
}

/** BAD_INPUT where it would take the last admin away. */
export async function forget(
  deps: Pick<PeopleDeps, "sql" | "now">,
  { tenantId, personId }: Whose,
  by: string,
): Promise<void> {
  await inTenant(deps.sql, tenantId, async (tx) => {
    const person = await personOf(tx, personId);
    await refuseLastAdmin(tx, person);
    const at = new Date(deps.now());
    await endAllSessions(tx, personId, at);
    await tx`update sessions set address = null, agent = null where person_id = ${personId}`;
    await tx`delete from recovery_codes where person_id = ${personId}`;
    await tx`delete from passkeys where person_id = ${personId}`;
    await tx`delete from account_people where person_id = ${personId}`;
    await tx`update api_keys set revoked_at = coalesce(revoked_at, ${at}), by_whom = ${FORGOTTEN}
      where person_id = ${personId}`;
    await tx`update links set by_whom = ${FORGOTTEN} where by_whom = ${person.name}`;
    const gone = `${personId}@forgotten.invalid`;
    await tx`update links set email = ${gone}, used_at = coalesce(used_at, ${at})
      where email = ${person.email} or person_id = ${personId}`;
    await tx`update people set email = ${gone}, name = ${FORGOTTEN}, roles = '{}',
      password = null, totp_seed = null, totp_confirmed_at = null, totp_step = null,
      email_verified_at = null, disabled_at = coalesce(disabled_at, ${at})
      where person_id = ${personId}`;
    const entry = { tenantId, by, address: null, action: "forget person", subject: personId };
    await recordAudit(tx, entry);
  });
}
