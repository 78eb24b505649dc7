/** The hub's database, whichever it is: the one that DATABASE_URL names, or the embedded one. */
import type { Settings } from "../config.ts";
import { openEmbeddedPostgres } from "./embedded-postgres.ts";

export type Database = {
  /** The owner's URL: for migrations and for the queue. It holds a password. */
  readonly url: string;
  readonly how: "external" | "made" | "started" | "shared";
  /** Stops the embedded server if nobody else uses it; leaves an external one alone. */
  close(): Promise<void>;
};

/** EMBEDDED_FAILED; an external database is not reached for yet. */
export async function openDatabase(settings: Settings): Promise<Database> {
  const { databaseUrl } = settings.secrets;
  if (databaseUrl !== null) return { url: databaseUrl, how: "external", close: async () => {} };
  const embedded = await openEmbeddedPostgres(settings.config.dataDir);
  const close = async (): Promise<void> => {
    await embedded.stop();
  };
  return { url: embedded.url, how: embedded.how, close };
}
