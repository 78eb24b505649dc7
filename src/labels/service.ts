/** Tags of accounts and saved views: bounded, the tenant's own, and a tag is audited. */
import { LockstepError } from "../domain/errors.ts";
import { recordAudit } from "../identity/audit/record.ts";
import { mayReach, type Principal } from "../identity/principal.ts";
import { pgArray } from "../platform/columns.ts";
import { inTenant, type Sql } from "../platform/postgres.ts";

export type SavedView = { readonly name: string; readonly query: string };

const TAG = /^[^\s,][^,]{0,39}$/u;
const ACCOUNTS_MAX = 5_000;
const VIEWS_MAX = 50;
const NAME_MAX = 60;
const QUERY_MAX = 2_000;

type Tagging = {
  readonly accounts: readonly string[];
  readonly tag: string;
  readonly remove: boolean;
};

/** How many accounts changed. FORBIDDEN, and nothing done, where one of them is not theirs. */
export async function tagAccounts(
  sql: Sql,
  principal: Principal,
  tagging: Tagging,
): Promise<number> {
  const { accounts, tag, remove } = tagging;
  if (!TAG.test(tag)) {
    throw new LockstepError("BAD_INPUT", {
      field: "tag",
      expected: "1 to 40 characters, no comma",
    });
  }
  if (accounts.length > ACCOUNTS_MAX)
    throw new LockstepError("LIMIT_REACHED", { accountsMax: ACCOUNTS_MAX });
  if (accounts.some((id) => !mayReach(principal, id))) throw new LockstepError("FORBIDDEN");
  return inTenant(sql, principal.tenantId, async (tx) => {
    const ids = pgArray(accounts);
    const changed = remove
      ? await tx`delete from account_tags where tag = ${tag} and account_id::text = any(${ids}::text[])
          returning account_id`
      : await tx`insert into account_tags (tenant_id, account_id, tag, by_whom)
          select a.tenant_id, a.account_id, ${tag}, ${principal.actor.name} from accounts a
          where a.account_id::text = any(${ids}::text[])
          on conflict do nothing returning account_id`;
    if (changed.length === 0) return 0;
    await recordAudit(tx, {
      tenantId: principal.tenantId,
      by: principal.actor.name,
      address: principal.address,
      action: remove ? "untag accounts" : "tag accounts",
      subject: `tag ${tag}`,
      after: { accounts: changed.length },
    });
    return changed.length;
  });
}

const TAGS_MAX = 50;

/** The account's tags as they are to be from now on. NOT_FOUND where it is not theirs. */
export async function setTags(
  sql: Sql,
  by: Principal,
  { account, tags }: { readonly account: string; readonly tags: readonly string[] },
): Promise<void> {
  const wanted = [...new Set(tags)];
  const odd = wanted.find((tag) => !TAG.test(tag));
  if (odd !== undefined || wanted.length > TAGS_MAX) {
    const expected = `${TAGS_MAX} tags at most, each of 1 to 40 characters and no comma`;
    throw new LockstepError("BAD_INPUT", { field: "tags", expected });
  }
  if (!mayReach(by, account)) throw new LockstepError("NOT_FOUND", { what: "account" });
  const { tenantId, actor, address } = by;
  await inTenant(sql, tenantId, async (tx) => {
    const rows = await tx<{ tag: string }[]>`
      select tag from account_tags where account_id = ${account} order by tag`;
    const before = rows.map(({ tag }) => tag);
    const list = pgArray(wanted);
    await tx`delete from account_tags
      where account_id = ${account} and tag <> all(${list}::text[])`;
    await tx`insert into account_tags (tenant_id, account_id, tag, by_whom)
      select a.tenant_id, a.account_id, t.tag, ${actor.name}
      from accounts a, unnest(${list}::text[]) t(tag) where a.account_id = ${account}
      on conflict do nothing`;
    const entry = { tenantId, by: actor.name, address, action: "tag account", subject: account };
    await recordAudit(tx, { ...entry, before: { tags: before }, after: { tags: wanted } });
  });
}

export async function savedViews(
  sql: Sql,
  principal: Principal,
  page: string,
): Promise<SavedView[]> {
  return inTenant(sql, principal.tenantId, async (tx) => {
    const rows = await tx<SavedView[]>`select name, query from saved_views
      where owner = ${principal.actor.id} and page = ${page} order by name limit ${VIEWS_MAX}`;
    return rows.map(({ name, query }) => ({ name, query }));
  });
}

type Saving = { readonly page: string; readonly name: string; readonly query: string };

/** The same name again replaces it. */
export async function saveView(sql: Sql, principal: Principal, saving: Saving): Promise<void> {
  const { page, name, query } = saving;
  if (name === "" || name.length > NAME_MAX || query.length > QUERY_MAX) {
    throw new LockstepError("BAD_INPUT", {
      field: "name",
      expected: `1 to ${NAME_MAX} characters`,
    });
  }
  await inTenant(sql, principal.tenantId, async (tx) => {
    const [row] = await tx<{ n: number }[]>`select count(*)::int as n from saved_views
      where owner = ${principal.actor.id} and name <> ${name}`;
    if ((row?.n ?? 0) >= VIEWS_MAX)
      throw new LockstepError("LIMIT_REACHED", { viewsMax: VIEWS_MAX });
    await tx`insert into saved_views (tenant_id, owner, page, name, query)
      values (${principal.tenantId}, ${principal.actor.id}, ${page}, ${name}, ${query})
      on conflict (tenant_id, owner, page, name) do update set query = excluded.query,
        at = clock_timestamp()`;
  });
}

export async function forgetView(
  sql: Sql,
  principal: Principal,
  { page, name }: Omit<Saving, "query">,
) {
  await inTenant(
    sql,
    principal.tenantId,
    (tx) => tx`delete from saved_views
      where owner = ${principal.actor.id} and page = ${page} and name = ${name}`,
  );
}
