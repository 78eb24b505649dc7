/**
 * What a hub needs to speak for an account at its broker, where the broker's gateway asks for it.
 * Invariants: what is stored is never returned, only that it is there; a newer version empties the one
 * before; each is sealed for its tenant, account and version, so that it opens nowhere else.
 */
import { LockstepError } from "../../domain/errors.ts";
import type { Instant } from "../../domain/instant.ts";
import { inTenant, type Queries, type Sql } from "../../platform/postgres.ts";
import type { Sealer } from "../../platform/sealed.ts";
import { recordAudit } from "../audit/record.ts";
import { mayReach, type Principal } from "../principal.ts";

/** Fields by name, such as login and password. */
export type Credential = Readonly<Record<string, string>>;

export type CredentialFacts = {
  readonly accountId: string;
  readonly version: number;
  readonly fields: readonly string[];
  readonly by: string;
  readonly createdAt: Date;
};

export type CredentialDeps = {
  readonly sql: Sql;
  readonly sealer: Sealer;
  now(): Instant;
};

const FIELDS_MAX = 20;
const VALUE_BYTES_MAX = 8_192;

export const credentialBelongsTo = (
  tenantId: string,
  accountId: string,
  version: number,
): readonly string[] => ["account_credentials", tenantId, accountId, String(version)];

/** NOT_FOUND for an account that is not the principal's; BAD_INPUT names a field, never its value. */
export async function storeCredential(
  { sql, sealer, now }: CredentialDeps,
  by: Principal,
  accountId: string,
  credential: Credential,
): Promise<CredentialFacts> {
  refuseMisshapen(credential);
  const { tenantId, actor } = by;
  return inTenant(sql, tenantId, async (tx) => {
    await refuseUnreachable(tx, by, accountId);
    const at = new Date(now());
    const before = await end(tx, accountId, at);
    const [newest] = await tx<{ version: number }[]>`
      select coalesce(max(version), 0) as version from account_credentials
      where account_id = ${accountId}`;
    const version = (newest?.version ?? 0) + 1;
    const fields = Object.keys(credential).sort();
    const text = Buffer.from(JSON.stringify(credential));
    const sealed = sealer.seal(text, credentialBelongsTo(tenantId, accountId, version));
    await tx`
      insert into account_credentials (tenant_id, account_id, version, fields, sealed, by_whom,
        created_at)
      values (${tenantId}, ${accountId}, ${version}, ${`{${fields.join(",")}}`}::text::text[],
        ${sealed}, ${actor.name}, ${at})`;
    await audited(tx, by, {
      action: "store credential",
      accountId,
      before,
      after: { version, fields },
    });
    return { accountId, version, fields, by: actor.name, createdAt: at };
  });
}

/** Null where the account has none. */
export async function findCredential(
  sql: Sql,
  by: Principal,
  accountId: string,
): Promise<CredentialFacts | null> {
  return inTenant(sql, by.tenantId, async (tx) => {
    await refuseUnreachable(tx, by, accountId);
    const [row] = await tx<(Omit<CredentialFacts, "accountId"> & object)[]>`
      select version, to_json(fields) as fields, by_whom as by, created_at as "createdAt"
      from account_credentials where account_id = ${accountId} and ended_at is null`;
    return row === undefined ? null : { accountId, ...row };
  });
}

/** What was sealed is gone for good; without one nothing happens. */
export async function removeCredential(
  { sql, now }: CredentialDeps,
  by: Principal,
  accountId: string,
): Promise<void> {
  await inTenant(sql, by.tenantId, async (tx) => {
    await refuseUnreachable(tx, by, accountId);
    const before = await end(tx, accountId, new Date(now()));
    if (before === null) return;
    await audited(tx, by, { action: "remove credential", accountId, before, after: null });
  });
}

/** One after the other for an account; the version that was in force. */
async function end(tx: Queries, accountId: string, at: Date): Promise<{ version: number } | null> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`credential ${accountId}`}, 0))`;
  const [ended] = await tx<{ version: number }[]>`
    update account_credentials set ended_at = ${at}
    where account_id = ${accountId} and ended_at is null returning version`;
  return ended ?? null;
}

async function refuseUnreachable(tx: Queries, by: Principal, accountId: string): Promise<void> {
  const [known] = mayReach(by, accountId)
    ? await tx`select 1 from accounts where account_id::text = ${accountId}`
    : [];
  if (known === undefined) {
    throw new LockstepError("NOT_FOUND", { accountId, expected: "one of your accounts" });
  }
}

function refuseMisshapen(credential: Credential): void {
  const names = Object.keys(credential);
  const isFew = names.length > 0 && names.length <= FIELDS_MAX;
  const bad = names.find((name) => !isField(name, credential[name]));
  if (isFew && bad === undefined) return;
  throw new LockstepError("BAD_INPUT", {
    field: bad?.slice(0, 40) ?? "credential",
    expected: `1 to ${FIELDS_MAX} fields named like api_key, each a text of up to 8 kB`,
  });
}

const isField = (name: string, value: unknown): boolean =>
  /^[a-z][a-z0-9_]{0,39}$/.test(name) &&
  typeof value === "string" &&
  value !== "" &&
  Buffer.byteLength(value) <= VALUE_BYTES_MAX;

type Change = {
  readonly action: string;
  readonly accountId: string;
  readonly before: object | null;
  readonly after: object | null;
};

async function audited(
  tx: Queries,
  { tenantId, actor, address }: Principal,
  { accountId: subject, ...change }: Change,
): Promise<void> {
  await recordAudit(tx, { tenantId, by: actor.name, address, subject, ...change });
}
