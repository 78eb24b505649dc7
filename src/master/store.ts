/** Signals in Postgres: appended under the fence of the master's partition, with an outbox row. */

import type { AccountRef } from "../domain/account.ts";
import { allWritten, type Fence, fenced } from "../platform/fenced.ts";
import { inTenant, type Sql } from "../platform/postgres.ts";
import { bookPositionOf, type MasterBook } from "./book.ts";
import type { Signal } from "./signal.ts";
import { rowOf, type SignalRow, signalOf } from "./signal-row.ts";

export interface MasterStore {
  /** All of them or none; FENCE_STALE where another process owns the master by now. */
  commit(signals: readonly Signal[], fence: Fence): Promise<void>;
  loadBook(account: AccountRef): Promise<MasterBook>;
  /** Source keys of the master's signals of deals, newest first, at most `limit`. */
  knownKeys(account: AccountRef, limit: number): Promise<ReadonlySet<string>>;
}

export function postgresMasterStore(sql: Sql): MasterStore {
  return {
    async commit(signals, fence) {
      const first = signals[0];
      if (first === undefined) return;
      const rows = signals.map((signal) => rowOf(signal, fence.fence));
      const scope = { tenantId: first.tenantId, partitions: [fence.partition] };
      await fenced(sql, scope, async (tx) => {
        const written = await tx`
          with held as (select 1 from leases where partition = ${fence.partition}
            and fence = ${fence.fence} and expires_at > clock_timestamp()),
          s as (insert into signals
            select r.* from held, json_populate_recordset(null::signals, ${JSON.stringify(rows)}::text::json) r
            returning tenant_id, master_id, sequence)
          insert into outbox (tenant_id, master_id, sequence)
            select tenant_id, master_id, max(sequence) from s group by 1, 2
          returning (select count(*)::int from s) as signals`;
        allWritten(written[0]?.["signals"] ?? 0, rows.length);
      });
    },
    async loadBook(account) {
      const rows = await inTenant(
        sql,
        account.tenantId,
        (tx) => tx<SignalRow[]>`
          select distinct on (position) * from signals
          where tenant_id = ${account.tenantId} and master_id = ${account.accountId}
          order by position, sequence desc`,
      );
      const signals = rows.map(signalOf);
      return {
        sequence: Math.max(0, ...signals.map((signal) => signal.sequence)),
        positions: new Map(
          signals
            .filter((signal) => signal.after > 0n)
            .map((signal) => [signal.position, bookPositionOf(signal)]),
        ),
      };
    },
    async knownKeys(account, limit) {
      const rows = await inTenant(
        sql,
        account.tenantId,
        (tx) => tx<{ source_key: string }[]>`
          select source_key from signals
          where tenant_id = ${account.tenantId} and master_id = ${account.accountId}
          order by sequence desc limit ${limit}`,
      );
      return new Set(rows.map((row) => row.source_key));
    },
  };
}
