/**
 * Doorbells on Postgres, in BullMQ's own schema `bullmq` beside the ledger's, under the URL's own
 * user (the ledger's role has no rights there). Each slot that is rung or listened to has a small
 * pool of its own, and each listener one more connection that listens: with a shared pool smaller
 * than the number of listeners they would wait for each other for ever.
 */
import { createPostgresBackend, Queue, runMigrations, Worker } from "bullmq";
import { Client } from "pg";
import { bullmqDoorbells, WORKER_OPTIONS } from "./bullmq-doorbells.ts";
import { reachable } from "./database-down.ts";
import type { Doorbells } from "./doorbells.ts";

const SCHEMA = "bullmq";
const RING_CONNECTIONS = 2;
const LISTENER_CONNECTIONS = 2;
const CONNECT_MS_MAX = 1_500;
const QUERY_MS_MAX = 1_500;

/** DATABASE_DOWN where the database does not answer now; later failures are each ring's own. */
export async function openPostgresDoorbells(
  url: string,
  onError: (error: Error) => void,
): Promise<Doorbells> {
  await prepareQueueSchema(url);
  const common = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    schema: SCHEMA,
  };
  const ringing = {
    ...common,
    max: RING_CONNECTIONS,
    query_timeout: QUERY_MS_MAX,
    application_name: "lockstep-ring",
  };
  const listening = { ...common, max: LISTENER_CONNECTIONS };
  return bullmqDoorbells(
    {
      footing: "postgres",
      queue: (name) =>
        new Queue(name, { connection: ringing, skipMetasUpdate: true }, createPostgresBackend),
      worker(name, answer) {
        const options = { ...WORKER_OPTIONS, connection: listening };
        const worker = new Worker(name, answer, options, createPostgresBackend);
        return { worker, cut: () => worker.disconnect() };
      },
      end: async () => {},
    },
    onError,
  );
}

/** Makes or updates BullMQ's schema; several processes may do so at once. */
export async function prepareQueueSchema(url: string): Promise<void> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    application_name: "lockstep-queue-schema",
  });
  await reachable(async () => {
    try {
      await client.connect();
      await runMigrations(client, SCHEMA);
    } finally {
      await client.end().catch(() => {});
    }
  });
}
