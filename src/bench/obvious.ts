/**
 * The obvious way, for comparison on the same services: a BullMQ job for each follower by addBulk,
 * and a worker whose processor does nothing. What is timed is the start of the last processor. A
 * worker runs one job at a time unless it is told otherwise; both ways are worth comparing with.
 */
import { randomUUID } from "node:crypto";
import { createPostgresBackend, type JobsOptions, Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { prepareQueueSchema } from "../platform/doorbells-postgres.ts";

export type Obvious = {
  /** Milliseconds from before addBulk to the last of `count` processors. */
  round(count: number): Promise<number>;
  close(): Promise<void>;
};

/** As BullMQ makes a worker. */
export const BY_DEFAULT = 1;
/** Ten to fifty at once took the least time where it was tried; a hundred took more again. */
export const AT_ITS_BEST = 50;
const CONNECTIONS = 20;
const SCHEMA = "bullmq";

export async function obviousWay(
  databaseUrl: string,
  redisUrl: string | null,
  concurrency: number,
): Promise<Obvious> {
  if (redisUrl === null) await prepareQueueSchema(databaseUrl);
  let left = 0;
  let last = (): void => {};
  const processor = async (): Promise<void> => {
    left -= 1;
    if (left === 0) last();
  };
  const { queue, worker, end } = connect({ databaseUrl, redisUrl, concurrency }, processor);
  worker.on("error", () => {});
  await worker.waitUntilReady();
  return {
    async round(count) {
      left = count;
      const done = new Promise<void>((resolve) => {
        last = resolve;
      });
      const startedAt = performance.now();
      const jobs = Array.from({ length: count }, (_, follower) => ({
        name: "copy",
        data: { follower, symbol: "EURUSD", side: "buy", volume: "0.37" },
        opts: { removeOnComplete: true, removeOnFail: true },
      }));
      await Promise.all([queue.addBulk(jobs), done]);
      return performance.now() - startedAt;
    },
    async close() {
      await worker.close();
      await queue.obliterate({ force: true }).catch(() => {});
      await queue.close();
      await end();
    },
  };
}

/** What is used of BullMQ's Queue and Worker: their types differ by footing. */
type Jobs = {
  addBulk(jobs: { name: string; data: object; opts: JobsOptions }[]): Promise<unknown>;
  obliterate(options: { force: boolean }): Promise<void>;
  close(): Promise<void>;
};
type Processors = {
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
  on(event: "error", listener: (error: Error) => void): unknown;
};

type Services = {
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
  readonly concurrency: number;
};

function connect(
  { databaseUrl, redisUrl, concurrency }: Services,
  processor: () => Promise<void>,
): { readonly queue: Jobs; readonly worker: Processors; end(): Promise<void> } {
  const name = `obvious-${randomUUID()}`;
  if (redisUrl !== null) {
    const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
    const queue = new Queue(name, { connection });
    const worker = new Worker(name, processor, { connection, concurrency });
    return { queue, worker, end: async () => void (await connection.quit()) };
  }
  const connection = { connectionString: databaseUrl, max: CONNECTIONS, schema: SCHEMA };
  const options = { connection, concurrency };
  return {
    queue: new Queue(name, { connection }, createPostgresBackend),
    worker: new Worker(name, processor, options, createPostgresBackend),
    end: async () => {},
  };
}
