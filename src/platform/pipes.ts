/**
 * Connections of the order path's own, so that a trade waits behind no report and finds them warm.
 * Each takes calls one behind another without waiting for their answers; the next call goes where
 * the fewest are under way, and to the first pipe where that is the same everywhere.
 */
import { APP_ROLE, openPostgres, type Sql } from "./postgres.ts";

/** Asks one statement that is a transaction of its own, prepared once a connection. */
export type Ask = (text: string, args: readonly (string | number | null)[]) => Promise<unknown>;

export type Pipes = { readonly ask: Ask; end(): Promise<void> };

/** Two keep Postgres busy beside this process on two cores; more of them wait for one another. */
const PIPES = 2;
const END_SECONDS = 2;

export function openPipes(url: string, name = "lockstep-orders"): Pipes {
  const pipes = Array.from({ length: PIPES }, () => {
    const sql = openPostgres(url, { max: 1, role: APP_ROLE, name });
    return { sql, ask: askOf(sql), under: 0 };
  });
  const least = (): (typeof pipes)[number] =>
    pipes.reduce((best, pipe) => (pipe.under < best.under ? pipe : best));
  return {
    async ask(text, args) {
      const pipe = least();
      pipe.under += 1;
      try {
        return await pipe.ask(text, args);
      } finally {
        pipe.under -= 1;
      }
    },
    async end() {
      await Promise.all(pipes.map(({ sql }) => sql.end({ timeout: END_SECONDS })));
    },
  };
}

/** Over whichever connection of a pool is free. */
export function askOf(sql: Sql): Ask {
  return (text, args) => sql.unsafe(text, [...args], { prepare: true }).execute();
}
