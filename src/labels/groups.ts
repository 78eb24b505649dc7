/**
 * Groups of accounts, as people put them together: bounded, the tenant's own, audited.
 * Invariants: a group has a name of its own; nobody puts an account into a group, or takes one out,
 * that is not theirs to see.
 */
import { LockstepError } from "../domain/errors.ts";
import { recordAudit } from "../identity/audit/record.ts";
import { mayReach, type Principal } from "../identity/principal.ts";
import { pgArray } from "../platform/columns.ts";
import { inTenant, type Queries, type Sql } from "../platform/postgres.ts";

export type Group = { readonly name: string; readonly accounts: readonly string[] };

export type GroupDeps = {
  readonly sql: Sql;
  readonly now: () => number;
  readonly newId: () => string;
};

const MEMBERS_MAX = 5_000;
const GROUPS_MAX = 500;

/** Its id. BAD_INPUT where the name is taken, NOT_FOUND for an account that is not theirs. */
export async function createGroup(deps: GroupDeps, by: Principal, group: Group): Promise<string> {
  const { tenantId } = by;
  refuseBeyond(by, group.accounts);
  if (by.accounts !== "all" && group.accounts.length === 0) {
    throw bad("accounts", "one account at least: you would not see the group");
  }
  return inTenant(deps.sql, tenantId, async (tx) => {
    const [row] = await tx<{ n: number }[]>`select count(*)::int as n from account_groups`;
    if ((row?.n ?? 0) >= GROUPS_MAX) {
      throw new LockstepError("LIMIT_REACHED", { groupsMax: GROUPS_MAX });
    }
    const id = deps.newId();
    const made = await tx`
      insert into account_groups (tenant_id, group_id, name, created_at)
      values (${tenantId}, ${id}, ${group.name}, ${new Date(deps.now())})
      on conflict do nothing returning 1`;
    if (made.length === 0) throw bad("name", "a name of its own");
    await putMembers(tx, by, id, group.accounts);
    await told(tx, by, { id, action: "create group", after: group });
    return id;
  });
}

/** As it is to be from now on. */
export async function changeGroup(
  { sql }: GroupDeps,
  by: Principal,
  { id, group }: { readonly id: string; readonly group: Group },
): Promise<void> {
  refuseBeyond(by, group.accounts);
  await inTenant(sql, by.tenantId, async (tx) => {
    const before = await groupIn(tx, by, id);
    const [taken] = await tx`
      select 1 from account_groups where name = ${group.name} and group_id <> ${id}`;
    if (taken !== undefined) throw bad("name", "a name of its own");
    await tx`update account_groups set name = ${group.name} where group_id = ${id}`;
    await tx`delete from account_group_members where group_id = ${id}`;
    await putMembers(tx, by, id, group.accounts);
    await told(tx, by, { id, action: "change group", before, after: group });
  });
}

/** Its accounts stay as they are. */
export async function removeGroup({ sql }: GroupDeps, by: Principal, id: string): Promise<void> {
  await inTenant(sql, by.tenantId, async (tx) => {
    const before = await groupIn(tx, by, id);
    await tx`delete from account_groups where group_id = ${id}`;
    await told(tx, by, { id, action: "remove group", before, after: {} });
  });
}

/** NOT_FOUND also where an account of it is not theirs to see: they would take it out unseen. */
async function groupIn(tx: Queries, by: Principal, id: string): Promise<Group> {
  const [row] = await tx<{ name: string }[]>`
    select name from account_groups where group_id = ${id} for update`;
  const members = await tx<{ id: string }[]>`
    select account_id as id from account_group_members where group_id = ${id} order by 1`;
  const accounts = members.map((one) => one.id);
  const isEmpty = by.accounts !== "all" && accounts.length === 0;
  if (row === undefined || isEmpty || accounts.some((one) => !mayReach(by, one))) {
    throw new LockstepError("NOT_FOUND", { what: "group" });
  }
  return { name: row.name, accounts };
}

async function putMembers(
  tx: Queries,
  { tenantId }: Principal,
  id: string,
  accounts: readonly string[],
): Promise<void> {
  const wanted = [...new Set(accounts)];
  const put = await tx`
    insert into account_group_members (tenant_id, group_id, account_id)
    select ${tenantId}, ${id}, account_id from accounts
    where account_id = any(${pgArray(wanted)}::uuid[]) returning 1`;
  if (put.length < wanted.length) throw new LockstepError("NOT_FOUND", { what: "account" });
}

function refuseBeyond(by: Principal, accounts: readonly string[]): void {
  if (accounts.length > MEMBERS_MAX) {
    throw new LockstepError("LIMIT_REACHED", { accountsMax: MEMBERS_MAX });
  }
  if (accounts.some((id) => !mayReach(by, id))) {
    throw new LockstepError("NOT_FOUND", { what: "account" });
  }
}

type Entry = {
  readonly id: string;
  readonly action: string;
  readonly before?: object;
  readonly after: object;
};

async function told(tx: Queries, by: Principal, entry: Entry): Promise<void> {
  const { id: subject, action, before = null, after } = entry;
  const { tenantId, actor, address } = by;
  await recordAudit(tx, { tenantId, by: actor.name, address, action, subject, before, after });
}

const bad = (field: string, expected: string): LockstepError =>
  new LockstepError("BAD_INPUT", { field, expected });
