/**
 * What admins do with people: see them, set their roles and accounts, disable and enable them.
 * Invariant: a hub never loses its last admin.
 */
import { LockstepError } from "../../domain/errors.ts";
import { inTenant, type Queries } from "../../platform/postgres.ts";
import { recordAudit } from "../audit/record.ts";
import { type Principal, ROLES, type Role } from "../principal.ts";
import type { PeopleDeps } from "./deps.ts";
import { endAllSessions } from "./sessions.ts";
import { accountsOf, listOf, type Person, readPeople, shown } from "./store.ts";

export function listPeople(
  deps: Pick<PeopleDeps, "sql">,
  { tenantId }: Principal,
): Promise<Person[]> {
  return peopleIn(deps, tenantId);
}

export function peopleIn({ sql }: Pick<PeopleDeps, "sql">, tenantId: string): Promise<Person[]> {
  return inTenant(sql, tenantId, async (tx) => (await readPeople(tx)).map(shown));
}

/** NOT_FOUND where the tenant has nobody of that id. */
export function findPerson(
  { sql }: PeopleDeps,
  tenantId: string,
  personId: string,
): Promise<Person> {
  return inTenant(sql, tenantId, (tx) => personOf(tx, personId));
}

export type AccountOf = {
  readonly accountId: string;
  readonly name: string;
  readonly login: string;
  readonly broker: string;
  /** Whether it is the person's. */
  readonly own: boolean;
};

/** Every account of the tenant, by broker and name. */
export function accountsFor(
  { sql }: PeopleDeps,
  tenantId: string,
  personId: string,
): Promise<readonly AccountOf[]> {
  return inTenant(
    sql,
    tenantId,
    (tx) => tx<AccountOf[]>`
      select a.account_id as "accountId", a.name, a.login, b.name as broker,
        exists (select 1 from account_people p where p.account_id = a.account_id
          and p.person_id = ${personId}) as own
      from accounts a join brokers b using (tenant_id, broker_id) order by b.name, a.name`,
  );
}

/** NOT_FOUND, or BAD_INPUT where it would take the last admin away. */
export async function setRoles(
  deps: PeopleDeps,
  by: Principal,
  { personId, roles }: { readonly personId: string; readonly roles: readonly Role[] },
): Promise<Person> {
  const unknown = roles.find((role) => !ROLES.includes(role));
  if (unknown !== undefined) {
    throw new LockstepError("BAD_INPUT", { field: "roles", expected: ROLES.join(", ") });
  }
  return changed(deps, by, personId, async (tx, before) => {
    if (!roles.includes("admin")) await refuseLastAdmin(tx, before);
    await tx`update people set roles = ${listOf(roles)}::text::text[]
      where person_id = ${personId}`;
    // What a session may do is read afresh each time, but a factor given for less is not enough.
    await tx`update sessions set stepped_up_at = null where person_id = ${personId}`;
    return "set roles";
  });
}

export async function setDisabled(
  deps: PeopleDeps,
  by: Principal,
  { personId, disabled }: { readonly personId: string; readonly disabled: boolean },
): Promise<Person> {
  return changed(deps, by, personId, async (tx, before) => {
    const at = new Date(deps.now());
    if (disabled) {
      await refuseLastAdmin(tx, before);
      await endAllSessions(tx, personId, at);
    }
    await tx`update people set disabled_at = ${disabled ? at : null} where person_id = ${personId}`;
    return disabled ? "disable person" : "enable person";
  });
}

/** Which accounts are the person's: what is not named is theirs no more. */
export async function setAccounts(
  deps: PeopleDeps,
  by: Principal,
  { personId, accounts }: { readonly personId: string; readonly accounts: readonly string[] },
): Promise<readonly string[]> {
  await changed(deps, by, personId, async (tx) => {
    await tx`delete from account_people where person_id = ${personId}`;
    for (const accountId of new Set(accounts)) {
      const added = await tx`
        insert into account_people (tenant_id, account_id, person_id)
        select tenant_id, account_id, ${personId} from accounts where account_id::text = ${accountId}
        returning 1`;
      if (added.length === 0) {
        throw new LockstepError("NOT_FOUND", { accountId, expected: "an account of the tenant" });
      }
    }
    return "set accounts";
  });
  return inTenant(deps.sql, by.tenantId, (tx) => accountsOf(tx, personId));
}

type Change = (tx: Queries, before: Person) => Promise<string>;

async function changed(
  deps: PeopleDeps,
  by: Principal,
  personId: string,
  change: Change,
): Promise<Person> {
  return inTenant(deps.sql, by.tenantId, async (tx) => {
    const before = await personOf(tx, personId);
    const action = await change(tx, before);
    const after = await personOf(tx, personId);
    const { tenantId, actor, address } = by;
    const entry = { tenantId, by: actor.name, address, action, subject: personId };
    await recordAudit(tx, { ...entry, before: factsOf(before), after: factsOf(after) });
    return after;
  });
}

async function personOf(tx: Queries, personId: string): Promise<Person> {
  const people = await readPeople(tx);
  const person = people.find((one) => one.personId === personId);
  if (person === undefined)
    throw new LockstepError("NOT_FOUND", { personId, expected: "a person" });
  return shown(person);
}

const factsOf = ({ roles, disabledAt }: Person) => ({ roles, disabled: disabledAt !== null });

/** Within a transaction, which it makes wait for others that ask the same. */
export async function refuseLastAdmin(tx: Queries, person: Person): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('last admin', 0))`;
  if (!person.roles.includes("admin")) return;
  const others = (await readPeople(tx)).filter(
    (one) =>
      one.personId !== person.personId && one.roles.includes("admin") && one.disabledAt === null,
  );
  if (others.length > 0) return;
  throw new LockstepError("BAD_INPUT", {
    field: "admin",
    expected: "another admin first: the hub would have none left",
  });
}
