/** Idempotency keys in the ledger. */
import { inTenant, type Sql } from "../platform/postgres.ts";
import type { StoredAnswer } from "./service.ts";

export type Place = { readonly tenantId: string; readonly owner: string; readonly key: string };

type Existing = {
  readonly requestHash: string;
  readonly begunAt: number;
  readonly answer: StoredAnswer | null;
};

type Row = {
  readonly request_hash: string;
  readonly begun_at: Date;
  readonly status: number | null;
  readonly body: string;
  readonly type: string;
};

const KEPT_MS = 24 * 60 * 60 * 1_000;

export function postgresIdempotencyStore(sql: Sql) {
  return {
    /** Null where the key is ours now; a row that is older than a day is as good as none. */
    async begin(
      { tenantId, owner, key }: Place,
      { requestHash, now }: { readonly requestHash: string; readonly now: number },
    ): Promise<Existing | null> {
      return inTenant(sql, tenantId, async (tx) => {
        const begunAt = new Date(now);
        const before = new Date(now - KEPT_MS);
        const ours = await tx`
          insert into idempotency_keys as k (tenant_id, owner, key, request_hash, begun_at)
          values (${tenantId}, ${owner}, ${key}, ${requestHash}, ${begunAt})
          on conflict (tenant_id, owner, key) do update set request_hash = excluded.request_hash,
            begun_at = excluded.begun_at, status = null, body = '', type = ''
            where k.begun_at < ${before}
          returning 1`;
        if (ours.length > 0) return null;
        const [row] = await tx<Row[]>`
          select request_hash, begun_at, status, body, type from idempotency_keys
          where owner = ${owner} and key = ${key}`;
        // Given back in between: to whoever asks again.
        return row === undefined ? { requestHash, begunAt: now, answer: null } : existingOf(row);
      });
    },

    async answered({ tenantId, owner, key }: Place, answer: StoredAnswer): Promise<void> {
      const { status, body, type } = answer;
      await inTenant(sql, tenantId, async (tx) => {
        await tx`update idempotency_keys set status = ${status}, body = ${body}, type = ${type}
          where owner = ${owner} and key = ${key} and status is null`;
      });
    },

    async release({ tenantId, owner, key }: Place): Promise<void> {
      await inTenant(sql, tenantId, async (tx) => {
        await tx`delete from idempotency_keys
          where owner = ${owner} and key = ${key} and status is null`;
      });
    },
  };
}

function existingOf({ request_hash, begun_at, status, body, type }: Row): Existing {
  const answer = status === null ? null : { status, body, type };
  return { requestHash: request_hash, begunAt: begun_at.getTime(), answer };
}
