/**
 * Doorbells on Redis through ioredis. All rings share one connection that answers or fails within a
 * bounded time and keeps nothing for later: what could not be rung is found by the sweep. Each
 * listener has two of its own, one of them blocked in Redis, which wait for Redis to return.
 */
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { LockstepError } from "../domain/errors.ts";
import { bullmqDoorbells, WORKER_OPTIONS } from "./bullmq-doorbells.ts";
import { within } from "./deadline.ts";
import type { Doorbells } from "./doorbells.ts";

const COMMAND_MS_MAX = 1_500;
const CONNECT_MS_MAX = 3_000;
const RETRY_MS_MAX = 500;
const EVENTS_MAX = 10;

const retryStrategy = (attempt: number): number => Math.min(attempt * 50, RETRY_MS_MAX);

/** QUEUE_DOWN where Redis does not answer now; later failures are each ring's own. */
export async function openRedisDoorbells(
  url: string,
  prefix: string,
  onError: (error: Error) => void,
): Promise<Doorbells> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy,
    connectTimeout: CONNECT_MS_MAX,
    commandTimeout: COMMAND_MS_MAX,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
  });
  client.on("error", onError);
  await reach(client);
  const queueOptions = {
    connection: client,
    prefix,
    skipMetasUpdate: true,
    skipWaitingForReady: true,
    skipVersionCheck: true,
    streams: { events: { maxLen: EVENTS_MAX } },
  };
  return bullmqDoorbells(
    {
      footing: "redis",
      queue: (name) => new Queue(name, queueOptions),
      worker(name, answer) {
        const main = workerClient(url, onError);
        const options = { ...WORKER_OPTIONS, connection: main, prefix };
        const worker = new Worker(name, answer, options);
        const cut = async (): Promise<void> => {
          main.disconnect();
          const blocking = worker.getBackend().blockingClient;
          void blocking?.then((socket) => socket.disconnect()).catch(onError);
        };
        return { worker: endingWith(worker, main), cut };
      },
      end: () => endClient(client),
    },
    onError,
  );
}

async function reach(client: Redis): Promise<void> {
  // ioredis rejects with "Connection is closed": why it is, only its error event says.
  const reasons: Error[] = [];
  client.once("error", (error) => reasons.push(error));
  try {
    const late = (): Error => new Error(`no answer in ${CONNECT_MS_MAX} ms`);
    await within(
      CONNECT_MS_MAX,
      client.connect().then(() => client.ping()),
      late,
    );
  } catch (cause) {
    client.disconnect();
    throw queueDown(reasons[0] ?? cause);
  }
}

function queueDown(cause: unknown): LockstepError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LockstepError("QUEUE_DOWN", { footing: "redis", reason }, { cause });
}

/** BullMQ wants endless patience of a worker's connections. */
function workerClient(url: string, onError: (error: Error) => void): Redis {
  const client = new Redis(url, { retryStrategy, maxRetriesPerRequest: null });
  client.on("error", onError);
  return client;
}

/** BullMQ leaves open the connection that it was given: closing the worker ends it too. */
function endingWith(worker: Worker, client: Redis): Worker {
  worker.on("closed", () => client.disconnect());
  return worker;
}

async function endClient(client: Redis): Promise<void> {
  client.disconnect();
}
