/** The audit as people read it: the newest first, narrowed by who, what and since when. */
import { inTenant, type Sql } from "../../platform/postgres.ts";

export type AuditRow = {
  readonly number: number;
  readonly at: Date;
  readonly by: string;
  readonly address: string | null;
  readonly action: string;
  readonly subject: string;
  /** JSON, as it was written. */
  readonly before: string | null;
  readonly after: string | null;
};

export type AuditFilter = {
  /** Words that who did it, what was done or to what must contain. */
  readonly text?: string;
  /** Only rows below this number: where the page before ended. */
  readonly below?: number;
  readonly limit: number;
};

export function readAudit(
  sql: Sql,
  tenantId: string,
  { text = "", below = Number.MAX_SAFE_INTEGER, limit }: AuditFilter,
): Promise<readonly AuditRow[]> {
  const like = `%${text.replace(/[\\%_]/g, "\\$&")}%`;
  return inTenant(
    sql,
    tenantId,
    (tx) => tx<AuditRow[]>`
      select number, at, by_whom as by, address, action, subject, before::text as before,
        after::text as after
      from audit
      where number < ${below}
        and (by_whom ilike ${like} or action ilike ${like} or subject ilike ${like})
      order by number desc limit ${limit}`,
  );
}
