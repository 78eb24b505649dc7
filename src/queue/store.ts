/** The outbox: which masters have signals that other processes were not told of yet. */

import { pgArray } from "../platform/columns.ts";
import { inTenant, type Sql } from "../platform/postgres.ts";

export type OutboxRow = {
  readonly id: number;
  readonly masterId: string;
  readonly sequence: number;
};

export interface OutboxStore {
  pending(tenantId: string, limit: number): Promise<readonly OutboxRow[]>;
  clear(tenantId: string, ids: readonly number[]): Promise<void>;
}

export function postgresOutboxStore(sql: Sql): OutboxStore {
  return {
    async pending(tenantId, limit) {
      const rows = await inTenant(
        sql,
        tenantId,
        (tx) => tx<{ outbox_id: number; master_id: string; sequence: number }[]>`
          select outbox_id, master_id, sequence from outbox order by outbox_id limit ${limit}`,
      );
      return rows.map((row) => ({
        id: Number(row.outbox_id),
        masterId: row.master_id,
        sequence: Number(row.sequence),
      }));
    },
    async clear(tenantId, ids) {
      await inTenant(
        sql,
        tenantId,
        (tx) => tx`delete from outbox where outbox_id = any(${pgArray(ids)}::bigint[])`,
      );
    },
  };
}
