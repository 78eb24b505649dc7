/** Signals in Postgres: appended under the fence of the master's partition, with an outbox row. */

import type { AccountRef } from "../domain/account.ts";
import { parseFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import { argsOf, type Fence, fenced, type Write } from "../platform/fenced.ts";
import type { Ask } from "../platform/pipes.ts";
import { inTenant, type Sql } from "../platform/postgres.ts";
import { bookPositionOf, type MasterBook } from "./book.ts";
import { bookOrderOf, type Orders } from "./orders.ts";
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
  /** The same, and its decisions with it where nothing stands in their way: whether they were. */
  commitWith(signal: Signal, fence: Fence, decisions: Write): Promise<boolean>;
  loadBook(account: AccountRef): Promise<MasterBook>;
  /** Source keys of the newest signals, at most `limit`. */
  known(account: AccountRef, limit: number): Promise<KnownSignals>;
}

export function postgresMasterStore(sql: Sql, ask: Ask): MasterStore {
  return {
    async commit(signals, fence) {
      const { tenantId } = signals[0] ?? {};
      if (tenantId === undefined) return;
      await fenced(ask, "write_signals", { tenantId, ...writeOf(signals, fence) });
    },
    async commitWith(signal, fence, decisions) {
      const { fences, args } = writeOf([signal], fence);
      const { tenantId } = signal;
      const both = { tenantId, fences, args: [...args, ...argsOf(decisions)] };
      return (await fenced(ask, "write_signal_with", both)) === true;
    },
    async loadBook(account) {
      const { tenantId, accountId } = account;
      const [rows, orders, last] = await inTenant(sql, tenantId, (tx) =>
        Promise.all([
          tx<SignalRow[]>`
            select * from (select distinct on (position) * from signals
              where tenant_id = ${tenantId} and master_id = ${accountId} and order_type is null
              order by position, sequence desc) newest
            where after_volume > 0`,
          tx<SignalRow[]>`
            select g.*, (select coalesce(sum(volume), 0) from signals f
                where f.tenant_id = g.tenant_id and f.master_id = g.master_id
                  and f.order_id = g.order_id and f.sequence > g.sequence) as filled
            from (select distinct on (order_id) * from signals
              where tenant_id = ${tenantId} and master_id = ${accountId} and order_type is not null
              order by order_id, sequence desc) g
            where kind <> 'cancel'`,
          tx<{ sequence: number }[]>`
            select coalesce(max(sequence), 0) as sequence from signals
            where tenant_id = ${tenantId} and master_id = ${accountId}`,
        ]),
      );
      const signals = rows.map(signalOf);
      return {
        sequence: Number(last[0]?.sequence ?? 0),
        positions: new Map(signals.map((signal) => [signal.position, bookPositionOf(signal)])),
        orders: standingOrders(orders),
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

/** Each order's last signal, less what deals have filled since. */
function standingOrders(rows: readonly SignalRow[]): Orders {
  const standing = rows.flatMap((row) => {
    const signal = signalOf(row);
    const order = bookOrderOf(signal, signal.pending ?? null);
    const volume = (order?.volume ?? 0n) - parseFixed(String(row["filled"]));
    return order === null || volume <= 0n
      ? []
      : [[signal.orderId ?? "", { ...order, volume }] as const];
  });
  return new Map(standing);
}

function writeOf(signals: readonly Signal[], fence: Fence): Write {
  const rows = signals.map((signal) => rowOf(signal, fence.fence));
  const newest = signals.at(-1);
  return {
    fences: [fence],
    args: [newest?.masterId ?? null, newest?.sequence ?? null, JSON.stringify(rows)],
  };
}
