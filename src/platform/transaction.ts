/**
 * Transactions on a connection that may die at any moment. postgres.js, asked anything more on a
 * connection whose socket has closed, writes to nothing, which ends the process; and what waits in
 * that connection's queue is never answered.
 * Invariant: after the first answer that says that the connection is gone, nothing more is asked of
 * it, not even a rollback, and nothing more is waited for.
 */
import { asDatabaseDown } from "./database-down.ts";
import type { Queries, Sql } from "./postgres.ts";

/** One transaction, committed once `act` is done. DATABASE_DOWN where its connection went away. */
export function transaction<T>(sql: Sql, act: (tx: Queries) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const lost = (error: unknown): void => reject(asDatabaseDown(error) ?? error);
    const results: T[] = [];
    sql
      .begin(async (tx) => {
        try {
          results.push(await act(tx));
        } catch (error) {
          const down = asDatabaseDown(error);
          if (down === null) throw error;
          lost(down);
          // Never ends, so that the driver does not roll back on what is no longer there.
          await new Promise(() => {});
        }
      })
      .then(() => resolve(results[0] as T), lost);
  });
}

/**
 * Waits until all have ended, and gives their answers or the first failure; at the first that says
 * that the connection is gone it waits for none.
 */
export async function answersOf<T extends readonly Promise<unknown>[] | []>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const gone = new Promise<null>((_, reject) => {
    for (const promise of promises) {
      promise.catch((error: unknown) => {
        const down = asDatabaseDown(error);
        if (down !== null) reject(down);
      });
    }
  });
  await Promise.race([gone, Promise.allSettled(promises)]);
  return Promise.all(promises);
}
