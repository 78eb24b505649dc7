/**
 * Connections to Postgres through postgres.js, and what its types become: `numeric` stays decimal
 * text (parse it with domain/fixed.ts), `int8` becomes a number and a value beyond 2^53 is refused,
 * `timestamptz` becomes a Date. A failure to reach the database is DATABASE_DOWN.
 * Invariant: what the application asks runs as the role that owns nothing, from the first statement
 * of a connection on, and sees one tenant per transaction.
 */
import postgres from "postgres";
import { LockstepError } from "../domain/errors.ts";
import { answersOf, transaction } from "./transaction.ts";

export const APP_ROLE = "lockstep_app";

type WholeNumber = number | bigint;
type Types = { readonly int8: WholeNumber };
export type Sql = postgres.Sql<Types>;
/** What both can do: ask. */
export type Queries = postgres.ISql<Types>;
export type Transaction = Queries;

export type PostgresOptions = {
  /** Connections at most; they are opened when first needed. */
  readonly max: number;
  /** The role every connection runs as; absent: the URL's own user. */
  readonly role?: string;
  /** Shown in pg_stat_activity. */
  readonly name?: string;
};

const CONNECT_SECONDS_MAX = 5;

/**
 * A process that froze inside a transaction must not keep a take-over waiting for its locks. The
 * statements of the order path are planned once a connection, and not five times first.
 */
const AS_APP = {
  idle_in_transaction_session_timeout: 2_500,
  plan_cache_mode: "force_generic_plan",
} as const;

/** Opens nothing yet. End it with `sql.end()`. */
export function openPostgres(url: string, options: PostgresOptions): Sql {
  const { max, role, name = "lockstep" } = options;
  return postgres(url, {
    max,
    connect_timeout: CONNECT_SECONDS_MAX,
    // A connection is not renewed by age: prepared statements and listeners live on it.
    max_lifetime: null,
    onnotice: () => {},
    // It would ask for the types of arrays on each new connection, and nobody would hear its failure:
    // arrays are bound as text (fenced.ts).
    fetch_types: false,
    connection: { application_name: name, ...(role === undefined ? {} : { role, ...AS_APP }) },
    types: {
      int8: {
        to: 20,
        from: [20],
        parse: (text: string): WholeNumber => wholeNumber(text),
        serialize: (value: WholeNumber) => value.toString(),
      },
    },
  });
}

/** A transaction that sees the tenant's rows only. The setting travels with the first statement. */
export async function inTenant<T>(
  sql: Sql,
  tenantId: string,
  act: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return transaction(sql, async (tx) => {
    const set = tx`select set_config('lockstep.tenant', ${tenantId}, true)`.execute();
    const [, result] = await answersOf([set, act(tx)]);
    return result;
  });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new LockstepError("BAD_NUMBER", { found: text, expected: "a whole number below 2^53" });
  }
  return value;
}
