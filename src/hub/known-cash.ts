/** What the ledger knows of an account's payments, for the owner that takes it over. */
import { parseFixed } from "../domain/fixed.ts";
import type { Queries } from "../platform/postgres.ts";
import { CASH_LAG_MS, type KnownCash, NO_CASH } from "./cash.ts";

/** Of the account `a`, as one value; times in milliseconds. */
export const knownCash = (tx: Queries) => tx`
  (select json_build_object(
      'paidIn', coalesce(sum(c.amount) filter (where c.kind in ('deposit', 'withdrawal')), 0)::text,
      'lastAt', (extract(epoch from max(c.at)) * 1000)::bigint,
      'ids', (select json_agg(n.movement_id) from cash_movements n
        where n.tenant_id = a.tenant_id and n.account_id = a.account_id and n.at >=
          (select max(at) from cash_movements m where m.tenant_id = a.tenant_id
            and m.account_id = a.account_id) - make_interval(secs => ${(2 * CASH_LAG_MS) / 1_000})),
      'seenSince', (select (extract(epoch from min(e.at)) * 1000)::bigint from equity_points e
        where e.tenant_id = a.tenant_id and e.account_id = a.account_id))
    from cash_movements c where c.tenant_id = a.tenant_id and c.account_id = a.account_id)`;

export function cashOf(value: unknown): KnownCash {
  if (value === null || value === undefined) return NO_CASH;
  const { paidIn, lastAt, ids, seenSince } = value as {
    readonly paidIn: string;
    readonly lastAt: number | null;
    readonly ids: readonly string[] | null;
    readonly seenSince: number | null;
  };
  return { paidIn: parseFixed(paidIn), lastAt, ids: ids ?? [], seenSince };
}
