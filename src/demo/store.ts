/** What the demo asks the ledger of itself, and how it makes sure to be alone. */
import { LockstepError } from "../domain/errors.ts";
import type { Timers } from "../platform/clock.ts";
import { inTenant, openPostgres, type Sql } from "../platform/postgres.ts";
import type { LedgerMark } from "./home.ts";

const ALONE_LOCK = 4_242_430;
const ATTEMPTS = 20;
const PAUSE_MS = 100;

/** A mark that no other ledger has: when the tenant was entered, to the microsecond. */
export async function ledgerMark(sql: Sql, tenantId: string): Promise<LedgerMark> {
  const rows = await inTenant(
    sql,
    tenantId,
    (tx) => tx<{ mark: string; used: boolean }[]>`
      select (extract(epoch from created_at) * 1000000)::int8::text as mark,
        exists (select from signals where tenant_id = ${tenantId}) as used
      from tenants where tenant_id = ${tenantId}`,
  );
  const [row] = rows;
  if (row === undefined) throw new LockstepError("NOT_FOUND", { what: "tenant", tenantId });
  return row;
}

/**
 * Holds the one place of a process that plays the brokers of this ledger, until it is closed or
 * the process dies. DATABASE_IN_USE where another has it for longer than a dying process takes.
 */
export async function holdDemo(
  url: string,
  timers: Timers,
): Promise<{ readonly close: () => Promise<void> }> {
  const sql = openPostgres(url, { max: 1, name: "lockstep-demo" });
  const close = (): Promise<void> => sql.end({ timeout: 1 });
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const [row] = await sql<{ mine: boolean }[]>`
      select pg_try_advisory_lock(${ALONE_LOCK}) as mine`;
    if (row?.mine === true) return { close };
    await timers.sleep(PAUSE_MS);
  }
  await close();
  throw new LockstepError("DATABASE_IN_USE", {
    help: "Lockstep runs with it already: stop that process, or set another LOCKSTEP_DATA_DIR",
  });
}
