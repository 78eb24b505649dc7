/** Which footing the doorbells stand on: Redis where there is a URL for it, Postgres otherwise. */
import type { Doorbells } from "./doorbells.ts";
import { openPostgresDoorbells } from "./doorbells-postgres.ts";
import { openRedisDoorbells } from "./doorbells-redis.ts";

export type DoorbellOptions = {
  /** The owner's URL: BullMQ keeps a schema of its own there. */
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
  /** Keeps hubs that share a Redis apart. */
  readonly prefix?: string;
  /** Told of every failure of a connection; it recovers by itself. */
  readonly onError: (error: Error) => void;
};

/** QUEUE_DOWN or DATABASE_DOWN where it cannot be reached now. */
export function openDoorbells(options: DoorbellOptions): Promise<Doorbells> {
  const { databaseUrl, redisUrl, prefix = "lockstep", onError } = options;
  if (redisUrl === null) return openPostgresDoorbells(databaseUrl, onError);
  return openRedisDoorbells(redisUrl, prefix, onError);
}
