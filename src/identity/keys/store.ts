/** API keys in the ledger. */
import { inTenant, type Queries, type Sql } from "../../platform/postgres.ts";
import type { Permission } from "../permissions.ts";
import type { Role } from "../principal.ts";
import type { KeyMode } from "./secret.ts";

export type ApiKey = {
  readonly keyId: string;
  readonly name: string;
  readonly hint: string;
  readonly mode: KeyMode;
  readonly roles: readonly Role[];
  readonly scopes: readonly Permission[];
  readonly networks: readonly string[];
  readonly accounts: readonly string[] | null;
  readonly by: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
  /** The roles of the person whose it is, as they are now, none while they are kept out; null: nobody's. */
  readonly ownerRoles: readonly Role[] | null;
  /** The accounts that are that person's now. */
  readonly ownerAccounts: readonly string[];
};

type Row = {
  readonly key_id: string;
  readonly name: string;
  readonly hint: string;
  readonly mode: KeyMode;
  readonly roles: Role[];
  readonly scopes: Permission[];
  readonly networks: string[];
  readonly accounts: string[] | null;
  readonly by_whom: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
  readonly last_used_at: Date | null;
  readonly owner_roles: Role[] | null;
  readonly owner_accounts: string[];
};

export async function tenantOfKey(sql: Sql, sha256: Buffer): Promise<string | null> {
  const [row] = await sql<{ id: string | null }[]>`select api_key_tenant(${sha256}) as id`;
  return row?.id ?? null;
}

/** The newest first; with a hash only the one it belongs to. */
export async function readKeys(tx: Queries, sha256: Buffer | null = null): Promise<ApiKey[]> {
  const rows = await tx<Row[]>`
    select k.key_id, k.name, k.hint, k.mode, to_json(k.roles) as roles, to_json(k.scopes) as scopes,
      to_json(k.networks) as networks, to_json(k.accounts) as accounts, k.by_whom, k.created_at,
      k.expires_at, k.revoked_at, k.last_used_at,
      to_json(case when p.disabled_at is null then p.roles else '{}' end) as owner_roles,
      to_json(array(select a.account_id from account_people a where a.person_id = k.person_id))
        as owner_accounts
    from api_keys k left join people p using (tenant_id, person_id)
    where ${sha256}::bytea is null or k.secret_sha256 = ${sha256}
    order by k.created_at desc, k.key_id`;
  return rows.map((row) => ({
    keyId: row.key_id,
    name: row.name,
    hint: row.hint,
    mode: row.mode,
    roles: row.roles,
    scopes: row.scopes,
    networks: row.networks,
    accounts: row.accounts,
    by: row.by_whom,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
    ownerRoles: row.owner_roles,
    ownerAccounts: row.owner_accounts,
  }));
}

export async function insertKey(
  tx: Queries,
  tenantId: string,
  key: ApiKey,
  { sha256, ownerId }: { readonly sha256: Buffer; readonly ownerId: string | null },
): Promise<void> {
  const list = (values: readonly string[]): string => `{${values.map((v) => `"${v}"`).join(",")}}`;
  const { keyId, name, hint, mode, roles, scopes, networks, accounts, by } = key;
  await tx`
    insert into api_keys (tenant_id, key_id, name, hint, secret_sha256, mode, roles, scopes, networks,
      accounts, by_whom, created_at, expires_at, person_id)
    values (${tenantId}, ${keyId}, ${name}, ${hint}, ${sha256}, ${mode},
      ${list(roles)}::text::text[], ${list(scopes)}::text::text[], ${list(networks)}::text::text[],
      ${accounts === null ? null : list(accounts)}::text::uuid[], ${by}, ${key.createdAt},
      ${key.expiresAt}, (select person_id from people where person_id::text = ${ownerId}))`;
}

/** Written at most once a minute for a key, so that a busy program costs no write a request. */
export async function markUsed(sql: Sql, tenantId: string, keyId: string, at: Date): Promise<void> {
  await inTenant(
    sql,
    tenantId,
    (tx) => tx`update api_keys set last_used_at = ${at} where key_id = ${keyId}
      and (last_used_at is null or last_used_at < ${at}::timestamptz - interval '1 minute')`,
  );
}
