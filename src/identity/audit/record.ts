/** The one way into the audit: who did what to what, from where, and how it was before and after. */
import type { Queries } from "../../platform/postgres.ts";

export type AuditEntry = {
  readonly tenantId: string;
  readonly by: string;
  /** The address it was asked from; null where it was not asked over a network. */
  readonly address: string | null;
  readonly action: string;
  readonly subject: string;
  readonly before?: object | null;
  readonly after?: object | null;
};

/** Within the transaction of what it tells of. Holds nothing secret: that is the caller's care. */
export async function recordAudit(tx: Queries, entry: AuditEntry): Promise<void> {
  const { tenantId, by, address, action, subject, before = null, after = null } = entry;
  const json = (value: object | null): string | null =>
    value === null ? null : JSON.stringify(value);
  await tx`insert into audit (tenant_id, by_whom, address, action, subject, before, after)
    values (${tenantId}, ${by}, ${address}, ${action}, ${subject}, ${json(before)}::text::json,
      ${json(after)}::text::json)`;
}
