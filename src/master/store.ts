/** Signals in Postgres: appended under the fence of the master's partition, with an outbox row. */

import type { AccountRef } from "../domain/account.ts";
import type { Instant } from "../domain/instant.ts";
import { type Fence, fenced } from "../platform/fenced.ts";
import type { Ask } from "../platform/pipes.ts";
import { inTenant, type Sql } from "../platform/postgres.ts";
import { bookPositionOf, type MasterBook } from "./book.ts";
import type { Signal } from "./signal.ts";
import { rowOf, type SignalRow, signalOf } from "./signal-row.ts";

export type KnownSignals = {
  readonly keys: ReadonlySet<string>;
  /** The instant after the oldest of them where there are more; null where these are all. */
  readonly since: Instant | null;
};

export interface MasterStore {
  /** All of them or none; FENCE_STALE where another process owns the master by now. */
  commit(signals: readonly Signal[], fence: Fence): Promise<void>;
  loadBook(account: AccountRef): Promise<MasterBook>;
  /** Source keys of the newest signals, at most `limit`. */
  known(account: AccountRef, limit: number): Promise<KnownSignals>;
}

export function postgresMasterStore(sql: Sql, ask: Ask): MasterStore {
  return {
    async commit(signals, fence) {
      const first = signals[0];
      if (first === undefined) return;
      const rows = signals.map((signal) => rowOf(signal, fence.fence));
      const newest = signals.at(-1) ?? first;
      await fenced(ask, "write_signals", {
        tenantId: first.tenantId,
        fences: [fence],
        args: [first.masterId, newest.sequence, JSON.stringify(rows)],
      });
    },
    async loadBook(account) {
      const { tenantId, accountId } = account;
      const [rows, last] = await inTenant(sql, tenantId, (tx) =>
        Promise.all([
          tx<SignalRow[]>`
            select * from (select distinct on (position) * from signals
              where tenant_id = ${tenantId} and master_id = ${accountId}
              order by position, sequence desc) newest
            where after_volume > 0`,
          tx<{ sequence: number }[]>`
            select coalesce(max(sequence), 0) as sequence from signals
            where tenant_id = ${tenantId} and master_id = ${accountId}`,
        ]),
      );
      const signals = rows.map(signalOf);
      return {
        sequence: Number(last[0]?.sequence ?? 0),
        positions: new Map(signals.map((signal) => [signal.position, bookPositionOf(signal)])),
      };
    },
    async known(account, limit) {
      const rows = await inTenant(
        sql,
        account.tenantId,
        (tx) => tx<{ source_key: string; at: Date }[]>`
          select source_key, at from signals
          where tenant_id = ${account.tenantId} and master_id = ${account.accountId}
          order by sequence desc limit ${limit}`,
      );
      const oldest = rows.length < limit ? undefined : rows.at(-1);
      return {
        keys: new Set(rows.map((row) => row.source_key)),
        since: oldest === undefined ? null : oldest.at.getTime() + 1,
      };
    },
  };
}
