/** Which rows a principal may see: its tenant's by row-level security, and of those its accounts'. */
import { LockstepError } from "../domain/errors.ts";
import type { Principal } from "../identity/principal.ts";
import type { Queries } from "../platform/postgres.ts";

export type View = Pick<Principal, "tenantId" | "accounts" | "mode">;

export type Row = Record<string, unknown>;

/** The ids of all accounts that may be seen, as a condition on a column that holds one. */
export function seen(tx: Queries, { accounts, mode }: View, column: string) {
  const own =
    accounts === "all"
      ? tx`true`
      : tx`${tx(column)} = any(${`{${[...accounts].join(",")}}`}::uuid[])`;
  if (mode === "live") return own;
  return tx`${own} and ${tx(column)} in (select ta.account_id from accounts ta
    join brokers tb using (tenant_id, broker_id) where tb.gateway = 'simulator')`;
}

/** A condition that holds where the value was not asked for. */
export function equals(tx: Queries, column: string, value: string | undefined) {
  return value === undefined ? tx`true` : tx`${tx(column)} = ${value}`;
}

export type Labels = { readonly group?: string | undefined; readonly tag?: string | undefined };

/** Accounts of a group, and with a tag, as a condition on a column that holds one. */
export function labelled(tx: Queries, column: string, { group, tag }: Labels) {
  const grouped =
    group === undefined
      ? tx`true`
      : tx`${tx(column)} in (select lm.account_id from account_group_members lm
          where lm.group_id = ${group})`;
  if (tag === undefined) return grouped;
  return tx`${grouped} and ${tx(column)} in (select lt.account_id from account_tags lt
    where lt.tag = ${tag})`;
}

export type Between = {
  readonly from?: string | undefined;
  readonly until?: string | undefined;
};

export function between(tx: Queries, column: string, { from, until }: Between) {
  const after = from === undefined ? tx`true` : tx`${tx(column)} >= ${from}::timestamptz`;
  const before = until === undefined ? tx`true` : tx`${tx(column)} < ${until}::timestamptz`;
  return tx`${after} and ${before}`;
}

/** The only row; NOT_FOUND with what was looked for where there is none. */
export function only<T>(rows: readonly T[], what: string): T {
  const [row] = rows;
  if (row === undefined) throw new LockstepError("NOT_FOUND", { what });
  return row;
}
