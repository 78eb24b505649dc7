/**
 * Writing under a fence. A transaction first takes the partitions' shared locks, then its statement
 * (with a snapshot taken after them) checks lease and fence; a take-over takes the same locks
 * exclusively. So once a take-over has committed, nothing under the old fence can ever land.
 */
import { LockstepError } from "../domain/errors.ts";
import { reachable, type Sql, type Transaction } from "./postgres.ts";

export const PARTITION_LOCK = 7301;

export type Fence = { readonly partition: number; readonly fence: number };

/**
 * One transaction for one tenant under the fences of `partitions`. `statement` is pipelined behind
 * the locks; it must check the leases itself and answer how many rows it should have written.
 */
export async function fenced<T>(
  sql: Sql,
  scope: { readonly tenantId: string; readonly partitions: readonly number[] },
  statement: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const run = (): Promise<unknown> =>
    sql.begin(async (tx) => {
      // A query is sent when it is first awaited: this one must be first on the wire.
      const locks = tx`select set_config('lockstep.tenant', ${scope.tenantId}, true),
        (select count(pg_advisory_xact_lock_shared(${PARTITION_LOCK}, p))
          from unnest(${pgArray(scope.partitions)}::int[]) p)`.execute();
      const [, written] = await Promise.all([locks, statement(tx)]);
      return written;
    });
  return (await reachable(run)) as T;
}

/** Refuses, and so rolls back, what did not write every row: some fence is stale. */
export function allWritten(written: number, expected: number): void {
  if (written !== expected) throw new LockstepError("FENCE_STALE", { written, expected });
}

const PLAIN = /^[0-9A-Za-z_.:+-]+$/;

/** An array literal; much cheaper to bind than an array parameter of a thousand values. */
export function pgArray(values: readonly (string | number | bigint | null)[]): string {
  let literal = "{";
  for (const value of values) {
    if (literal.length > 1) literal += ",";
    if (value === null) literal += "NULL";
    else if (typeof value !== "string") literal += value;
    else if (PLAIN.test(value) && value !== "NULL") literal += value;
    else literal += `"${value.replace(/[\\"]/g, "\\$&")}"`;
  }
  return `${literal}}`;
}

/** Joins texts that hold no control characters (JSON), for `string_to_array(…, E'\x1e')`. */
export function packed(values: readonly string[]): string {
  return values.join("\u001e");
}
