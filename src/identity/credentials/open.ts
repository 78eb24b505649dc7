/**
 * The executor's side: a gateway that is about to connect opens its account's credential. Nothing else
 * may import this file, which a test watches; its connection runs as a role of its own, since the
 * application's cannot read what is sealed.
 */
import type { AccountRef } from "../../domain/account.ts";
import { inTenant, type Sql } from "../../platform/postgres.ts";
import type { Sealer } from "../../platform/sealed.ts";
import { type Credential, credentialBelongsTo } from "./service.ts";

export const EXECUTOR_ROLE = "lockstep_executor";

/** Null where the account has none. BAD_MESSAGE where it does not open: told, never passed over. */
export async function openCredential(
  sql: Sql,
  sealer: Sealer,
  { tenantId, accountId }: Pick<AccountRef, "tenantId" | "accountId">,
): Promise<Credential | null> {
  const [row] = await inTenant(
    sql,
    tenantId,
    (tx) => tx<{ version: number; sealed: string }[]>`
      select version, sealed from account_credentials
      where account_id = ${accountId} and ended_at is null`,
  );
  if (row === undefined) return null;
  const text = sealer.open(row.sealed, credentialBelongsTo(tenantId, accountId, row.version));
  return JSON.parse(text.toString()) as Credential;
}
