/**
 * Seals of the audit: where each tenant's chain stands, signed with a key that is not in the database.
 * Whoever owns the database can write the whole chain anew, but not the seals; copied elsewhere, they
 * also tell when seals were removed.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { inTenant, type Queries, type Sql } from "../../platform/postgres.ts";
import type { Mark } from "./chain.ts";

export type Seal = Mark & {
  readonly tenantId: string;
  readonly keyId: string;
  readonly signature: Buffer;
};

const KEY_ID_LENGTH = 8;

export const sealKeyId = (key: Buffer): string =>
  createHash("sha256").update("audit seal key").update(key).digest("hex").slice(0, KEY_ID_LENGTH);

const signatureOf = (key: Buffer, { tenantId, number, hash }: Omit<Seal, "signature" | "keyId">) =>
  createHmac("sha256", key)
    .update(`${tenantId} ${number} ${hash.toString("hex")}`)
    .digest();

/** Null where another key signed it, and so nothing can be said. */
export function isSignedBy(key: Buffer, seal: Seal): boolean | null {
  if (seal.keyId !== sealKeyId(key)) return null;
  const expected = signatureOf(key, seal);
  return seal.signature.length === expected.length && timingSafeEqual(seal.signature, expected);
}

/** Seals every tenant's chain that has grown since its last seal; returns the new seals. */
export async function sealAudit(sql: Sql, key: Buffer, at: Date): Promise<readonly Seal[]> {
  const tenants = await sql<{ id: string }[]>`select tenant_ids() as id`;
  const seals: Seal[] = [];
  for (const { id: tenantId } of tenants) {
    seals.push(...(await inTenant(sql, tenantId, (tx) => sealTenant(tx, tenantId, { key, at }))));
  }
  return seals;
}

type By = { readonly key: Buffer; readonly at: Date };

async function sealTenant(tx: Queries, tenantId: string, { key, at }: By): Promise<Seal[]> {
  const keyId = sealKeyId(key);
  const [head] = await tx<Mark[]>`
    select number, hash from audit_heads h where not exists (select 1 from audit_seals s
      where s.tenant_id = h.tenant_id and s.number = h.number and s.key_id = ${keyId})`;
  if (head === undefined) return [];
  const signature = signatureOf(key, { tenantId, ...head });
  await tx`
    insert into audit_seals (tenant_id, number, hash, key_id, signature, at)
    values (${tenantId}, ${head.number}, ${head.hash}, ${keyId}, ${signature}, ${at})
    on conflict do nothing`;
  return [{ tenantId, ...head, keyId, signature }];
}

export async function readSeals(tx: Queries, tenantId: string): Promise<Seal[]> {
  const rows = await tx<{ number: number; hash: Buffer; key_id: string; signature: Buffer }[]>`
    select number, hash, key_id, signature from audit_seals order by number`;
  return rows.map(({ key_id: keyId, ...row }) => ({ tenantId, keyId, ...row }));
}

/** One line of JSON, to be kept elsewhere and shown to `verify` again. */
export function formatSeal({ tenantId, number, hash, keyId, signature }: Seal): string {
  const [hex, signed] = [hash.toString("hex"), signature.toString("hex")];
  return JSON.stringify({ tenantId, number, hash: hex, keyId, signature: signed });
}
