/**
 * API keys: created by somebody for no more than their own rights, shown once, revoked, and read back
 * as a principal from the secret that a program shows.
 * Invariants: a key may do no more than its person may now, and nothing while they are kept out; the
 * secret is returned by `create` alone and kept nowhere; a key that is expired, revoked, unknown or
 * shown from elsewhere is refused alike; creating and revoking are audited.
 */
import { LockstepError } from "../../domain/errors.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import { inTenant, type Queries, type Sql } from "../../platform/postgres.ts";
import { recordAudit } from "../audit/record.ts";
import { plainName } from "../name.ts";
import { allows, PERMISSION_NAMES, type Permission } from "../permissions.ts";
import type { Principal } from "../principal.ts";
import { hintOf, isWithin, type KeyMode, networksOf, newSecret, sha256Of } from "./secret.ts";
import { type ApiKey, insertKey, markUsed, readKeys, tenantOfKey } from "./store.ts";

export type { ApiKey } from "./store.ts";

export type KeyDeps = {
  readonly sql: Sql;
  now(): Instant;
  random(bytes: number): Buffer;
  newId(): string;
};

export type NewKey = {
  readonly name: string;
  readonly mode: KeyMode;
  readonly scopes: readonly Permission[];
  readonly networks?: readonly string[];
  /** At most a year from now; 90 days where nothing is said. */
  readonly expiresAt?: Instant;
};

const DAY_MS = 86_400_000;
const EXPIRES_AFTER_MS = 90 * DAY_MS;
const EXPIRES_AFTER_MS_MAX = 366 * DAY_MS;

/** BAD_INPUT for a name, scope, network or end that is none; FORBIDDEN beyond the creator's rights. */
export async function createKey(
  deps: KeyDeps,
  by: Principal,
  wanted: NewKey,
): Promise<{ readonly key: ApiKey; readonly secret: string }> {
  const now = deps.now();
  const key = keyOf(deps.newId(), by, wanted, now);
  const secret = newSecret(wanted.mode, deps.random);
  const made = { ...key, hint: hintOf(secret) };
  const sha256 = sha256Of(secret);
  if (sha256 === null) throw new RangeError("a secret without its own shape");
  await inTenant(deps.sql, by.tenantId, async (tx) => {
    const ownerId = by.actor.kind === "person" ? by.actor.id : null;
    await insertKey(tx, by.tenantId, made, { sha256, ownerId });
    await audited(tx, by, { action: "create API key", keyId: made.keyId, after: factsOf(made) });
  });
  return { key: made, secret };
}

export function listKeys({ sql }: KeyDeps, { tenantId }: Principal): Promise<readonly ApiKey[]> {
  return inTenant(sql, tenantId, (tx) => readKeys(tx));
}

/** NOT_FOUND where the tenant has none of that id; revoking twice is revoking once. */
export async function revokeKey(deps: KeyDeps, by: Principal, keyId: string): Promise<void> {
  await inTenant(deps.sql, by.tenantId, async (tx) => {
    const keys = await readKeys(tx);
    const key = keys.find((one) => one.keyId === keyId);
    if (key === undefined) throw new LockstepError("NOT_FOUND", { keyId, expected: "a key's id" });
    if (key.revokedAt !== null) return;
    await tx`update api_keys set revoked_at = ${new Date(deps.now())} where key_id = ${keyId}`;
    await audited(tx, by, { action: "revoke API key", keyId, after: { name: key.name } });
  });
}

/** UNAUTHENTICATED, without a word of why, unless the key is good now and from there. */
export async function principalOfKey(
  deps: KeyDeps,
  secret: string,
  address: string | null,
): Promise<Principal> {
  const sha256 = sha256Of(secret);
  const tenantId = sha256 === null ? null : await tenantOfKey(deps.sql, sha256);
  if (sha256 === null || tenantId === null) throw new LockstepError("UNAUTHENTICATED");
  const [key] = await inTenant(deps.sql, tenantId, (tx) => readKeys(tx, sha256));
  return principalFor(deps, tenantId, key, address);
}

/** As principalOfKey, of a key that something else has proven, such as a token made with it. */
export async function principalOfId(
  deps: KeyDeps,
  { tenantId, keyId }: { readonly tenantId: string; readonly keyId: string },
  address: string | null,
): Promise<Principal> {
  const keys = await inTenant(deps.sql, tenantId, (tx) => readKeys(tx));
  const key = keys.find((one) => one.keyId === keyId);
  return principalFor(deps, tenantId, key, address);
}

async function principalFor(
  deps: KeyDeps,
  tenantId: string,
  key: ApiKey | undefined,
  address: string | null,
): Promise<Principal> {
  const now = deps.now();
  const owner = key?.ownerRoles ?? null;
  const isOpen = owner === null || owner.length > 0;
  if (key === undefined || !isOpen || !isGood(key, now) || !isWithin(key.networks, address)) {
    throw new LockstepError("UNAUTHENTICATED");
  }
  const unused = key.lastUsedAt === null || now - key.lastUsedAt.getTime() >= 60_000;
  if (unused) await markUsed(deps.sql, tenantId, key.keyId, new Date(now));
  return {
    tenantId,
    actor: { kind: "key", id: key.keyId, name: key.name },
    // What its person may do no more, it may not either.
    roles: owner === null ? key.roles : key.roles.filter((role) => owner.includes(role)),
    scopes: key.scopes,
    accounts: await reachOf(deps.sql, tenantId, key),
    mode: key.mode,
    steppedUpAt: null,
    address,
  };
}

/** A test key's accounts are the simulated ones of those that are its own, also for changes. */
async function reachOf(sql: Sql, tenantId: string, key: ApiKey): Promise<Principal["accounts"]> {
  const own = accountsOf(key);
  if (key.mode === "live") return own;
  const rows = await inTenant(
    sql,
    tenantId,
    (tx) => tx<{ id: string }[]>`
      select account_id as id from accounts join brokers using (tenant_id, broker_id)
      where gateway = 'simulator'`,
  );
  return new Set(rows.map(({ id }) => id).filter((id) => own === "all" || own.has(id)));
}

/** Those it was made for, as far as they are still its person's. */
function accountsOf({ accounts, ownerRoles, ownerAccounts }: ApiKey): Principal["accounts"] {
  const seesAll =
    ownerRoles === null || ownerRoles.includes("admin") || ownerRoles.includes("operator");
  if (seesAll) return accounts === null ? "all" : new Set(accounts);
  return new Set(ownerAccounts.filter((id) => accounts === null || accounts.includes(id)));
}

const isGood = (key: ApiKey, now: Instant): boolean =>
  key.revokedAt === null && key.expiresAt.getTime() > now;

function keyOf(keyId: string, by: Principal, wanted: NewKey, now: Instant): ApiKey {
  const { mode, scopes, networks = [], expiresAt = now + EXPIRES_AFTER_MS } = wanted;
  const name = plainName(wanted.name);
  refuseScopes(by, scopes);
  networksOf(networks);
  if (!(expiresAt > now && expiresAt <= now + EXPIRES_AFTER_MS_MAX)) {
    const expected = `an instant up to ${formatInstant(now + EXPIRES_AFTER_MS_MAX)}`;
    throw new LockstepError("BAD_INPUT", { field: "expiresAt", expected });
  }
  return {
    ...{ keyId, name, hint: "", mode, roles: by.roles, scopes, networks },
    accounts: by.accounts === "all" ? null : [...by.accounts],
    by: by.actor.name,
    createdAt: new Date(now),
    expiresAt: new Date(expiresAt),
    revokedAt: null,
    lastUsedAt: null,
    ...{ ownerRoles: null, ownerAccounts: [] },
  };
}

function refuseScopes(by: Principal, scopes: readonly Permission[]): void {
  const unknown = scopes.find((scope) => !PERMISSION_NAMES.includes(scope));
  if (unknown !== undefined || scopes.length === 0) {
    const expected = `some of ${PERMISSION_NAMES.join(", ")}`;
    throw new LockstepError("BAD_INPUT", { field: "scopes", value: unknown ?? "none", expected });
  }
  const beyond = scopes.find((scope) => !allows(by, scope));
  if (beyond !== undefined) throw new LockstepError("FORBIDDEN", { permission: beyond });
}

const factsOf = ({ name, mode, scopes, networks, expiresAt }: ApiKey) => ({
  ...{ name, mode, scopes, networks },
  expiresAt: expiresAt.toISOString(),
});

type Entry = { readonly action: string; readonly keyId: string; readonly after: object };

async function audited(tx: Queries, by: Principal, { action, keyId, after }: Entry): Promise<void> {
  const { tenantId, actor, address } = by;
  await recordAudit(tx, { tenantId, by: actor.name, address, action, subject: keyId, after });
}
