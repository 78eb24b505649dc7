/** Passkeys and their challenges in the ledger. */
import type { Queries } from "../../platform/postgres.ts";
import type { PeopleDeps } from "./deps.ts";
import { sha256 } from "./secrets.ts";
import { listOf } from "./store.ts";

export type Passkey = {
  readonly passkeyId: string;
  readonly personId: string;
  readonly credentialId: string;
  readonly publicKey: Buffer;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly name: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
};

/** What a challenge was drawn for: it counts for nothing else. */
export type Purpose = "register" | "sign-in" | "prove";

export type ChallengeOf = { readonly purpose: Purpose; readonly personId: string | null };

type By = { readonly personId?: string; readonly credentialId?: string };

export async function readPasskeys(tx: Queries, by: By): Promise<Passkey[]> {
  const { personId = null, credentialId = null } = by;
  const rows = await tx<(Omit<Passkey, "counter"> & { readonly counter: string })[]>`
    select passkey_id as "passkeyId", person_id as "personId", credential_id as "credentialId",
      public_key as "publicKey", counter::text as counter, to_json(transports) as transports, name,
      created_at as "createdAt", last_used_at as "lastUsedAt"
    from passkeys where (${personId}::uuid is null or person_id = ${personId})
      and (${credentialId}::text is null or credential_id = ${credentialId})
    order by created_at, passkey_id`;
  return rows.map((row) => ({ ...row, counter: Number(row.counter) }));
}

/** False where the credential is known already. */
export async function insertPasskey(
  tx: Queries,
  tenantId: string,
  passkey: Passkey,
): Promise<boolean> {
  const { passkeyId, personId, credentialId, publicKey, counter, transports, name } = passkey;
  const added = await tx`
    insert into passkeys (tenant_id, passkey_id, person_id, credential_id, credential_sha256,
      public_key, counter, transports, name, created_at)
    values (${tenantId}, ${passkeyId}, ${personId}, ${credentialId}, ${sha256(credentialId)},
      ${publicKey}, ${counter}, ${listOf(transports)}::text::text[], ${name}, ${passkey.createdAt})
    on conflict do nothing returning 1`;
  return added.length === 1;
}

/** Of two that come with the same count one is refused, unless the key counts nothing at all. */
export async function countUse(
  tx: Queries,
  passkeyId: string,
  { counter, at }: { readonly counter: number; readonly at: Date },
): Promise<boolean> {
  const used = await tx`update passkeys set counter = ${counter}, last_used_at = ${at}
    where passkey_id = ${passkeyId} and (counter < ${counter} or (counter = 0 and ${counter} = 0))
    returning 1`;
  return used.length === 1;
}

const LASTS_MS = 5 * 60_000;

export async function keepChallenge(
  tx: Queries,
  deps: Pick<PeopleDeps, "now">,
  tenantId: string,
  { challenge, purpose, personId }: ChallengeOf & { readonly challenge: string },
): Promise<void> {
  const now = deps.now();
  await tx`delete from passkey_challenges where expires_at < ${new Date(now)}`;
  await tx`
    insert into passkey_challenges (tenant_id, challenge_sha256, purpose, person_id, expires_at)
    values (${tenantId}, ${sha256(challenge)}, ${purpose}, ${personId},
      ${new Date(now + LASTS_MS)})`;
}

/** Uses it up: whether it was drawn for this, for this person, and not too long ago. */
export async function useChallenge(
  tx: Queries,
  deps: Pick<PeopleDeps, "now">,
  { challenge, purpose, personId }: ChallengeOf & { readonly challenge: string },
): Promise<boolean> {
  const used = await tx`delete from passkey_challenges
    where challenge_sha256 = ${sha256(challenge)} and purpose = ${purpose}
      and person_id is not distinct from ${personId}::uuid and expires_at > ${new Date(deps.now())}
    returning 1`;
  return used.length === 1;
}
