/**
 * Writing under a fence. A transaction first takes the partitions' shared locks, then its statement
 * (with a snapshot taken after them) checks lease and fence; a take-over takes the same locks
 * exclusively. So once a take-over has committed, nothing under the old fence can ever land.
 */
import { LockstepError } from "../domain/errors.ts";
import type { Queries, Sql } from "./postgres.ts";
import { flight } from "./transaction.ts";

export const PARTITION_LOCK = 7301;

/** A query that is not sent yet. */
type Statement = { execute(): Promise<unknown> };

export type Fence = { readonly partition: number; readonly fence: number };

/**
 * One transaction for one tenant under the fences of `partitions`: locks, statements and commit are
 * sent in one flight behind its begin. Each statement must check the leases itself and end in
 * all_written(), which fails the transaction where a fence is stale: FENCE_STALE. The locks are
 * asked for in ascending order, as a take-over does, so that nobody waits in a circle.
 */
export async function fenced(
  sql: Sql,
  scope: { readonly tenantId: string; readonly partitions: readonly number[] },
  statements: (tx: Queries) => readonly (Statement | null)[],
): Promise<void> {
  const partitions = [...scope.partitions].sort((a, b) => a - b);
  try {
    await flight(sql, (tx) => {
      // A query is sent in the order of execute(), and not when it was made: none may be awaited.
      const locked = tx`select set_config('lockstep.tenant', ${scope.tenantId}, true),
        (select count(pg_advisory_xact_lock_shared(${PARTITION_LOCK}, p))
          from unnest(${pgTokens(partitions)}::int[]) p)`.execute();
      return [locked, ...statements(tx).flatMap((one) => (one === null ? [] : [one.execute()]))];
    });
  } catch (error) {
    throw asStale(error);
  }
}

function asStale(cause: unknown): unknown {
  const stale = cause instanceof Error && "code" in cause && cause.code === "LS003";
  return stale ? new LockstepError("FENCE_STALE", { words: cause.message }, { cause }) : cause;
}

const PLAIN = /^[0-9A-Za-z_.:+-]+$/;

/** An array literal; much cheaper to bind than an array parameter of a thousand values. */
export function pgArray(values: readonly (string | number | bigint | null)[]): string {
  return `{${values.map((value) => (value === null ? "NULL" : quoted(value))).join(",")}}`;
}

/** A cell of an array literal, quoted where it has to be. */
export function quoted(value: string | number | bigint): string {
  if (typeof value !== "string") return String(value);
  if (PLAIN.test(value) && value !== "NULL") return value;
  return `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

/** The same for values that need no quoting: numbers, ids, words of a closed list. */
export function pgTokens(values: readonly (string | number)[]): string {
  return `{${values.join(",")}}`;
}

/** A column of many rows as a list, or once where every row has the same (then the list is empty). */
export type Column = { readonly list: string; readonly same: string | null };

type Cell = string | number | bigint;

/** `write` gives a cell as text. Use as coalesce(r.name, same). */
export function column<R, C extends Cell>(
  rows: readonly R[],
  read: (row: R) => C | null,
  write: (cell: C) => string = String,
): Column {
  let list = "";
  let isSame = true;
  let last: C | null | undefined;
  let text: string | null = null;
  for (const row of rows) {
    const cell = read(row);
    if (cell !== last) {
      if (last !== undefined) isSame = false;
      last = cell;
      text = cell === null ? null : write(cell);
    }
    list += `,${text === null ? "NULL" : quoted(text)}`;
  }
  return isSame ? { list: "{}", same: text } : { list: `{${list.slice(1)}}`, same: null };
}

/** Joins texts that hold no control characters (JSON), for `string_to_array(…, E'\x1e')`. */
export function packed(values: readonly string[]): string {
  return values.join("\u001e");
}
