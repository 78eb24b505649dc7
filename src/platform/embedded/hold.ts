/**
 * Who uses the cluster, said in the cluster itself: every user holds a shared advisory lock on a
 * connection of its own, and only who gets the same lock exclusively may stop the server. The
 * lock ends with its process, so a SIGKILL leaves nothing to clean up, and a newcomer that meets
 * the exclusive lock knows that the server is about to go.
 */
import { Client } from "pg";
import { systemCode } from "./failed.ts";

const LOCK_KEY = 4_242_420;
const CONNECT_MS_MAX = 5_000;

export type Hold = {
  /** Gives the hold up; true where nobody else has one, and nobody can get one any more. */
  release(): Promise<boolean>;
  /** Ends the connection. */
  end(): Promise<void>;
};

/** null where the server does not answer or is about to stop: look again. */
export async function hold(url: string, database: string): Promise<Hold | null> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    application_name: "lockstep-hold",
    keepAlive: true,
  });
  // The server may go at any time; whoever queries then learns of it by their own connection.
  client.on("error", () => {});
  try {
    await client.connect();
    if (await ask(client, "select pg_try_advisory_lock_shared($1) as yes")) {
      await ensureDatabase(client, database);
      return holdOf(client);
    }
  } catch {
    // Starting, stopping or not ours: the caller decides by what postmaster.pid says next.
  }
  await client.end().catch(() => {});
  return null;
}

function holdOf(client: Client): Hold {
  return {
    async release() {
      await ask(client, "select pg_advisory_unlock_shared($1) as yes");
      return ask(client, "select pg_try_advisory_lock($1) as yes");
    },
    end: () => client.end().catch(() => {}),
  };
}

async function ask(client: Client, text: string): Promise<boolean> {
  const { rows } = await client.query<{ yes: boolean }>(text, [LOCK_KEY]);
  return rows[0]?.yes === true;
}

async function ensureDatabase(client: Client, database: string): Promise<void> {
  const found = await client.query("select from pg_database where datname = $1", [database]);
  if (found.rowCount !== 0) return;
  await client
    .query(`create database ${client.escapeIdentifier(database)}`)
    .catch((error: unknown) => {
      // Two may make it at once; the second is content.
      const code = systemCode(error);
      if (code !== "42P04" && code !== "23505") throw error;
    });
}
