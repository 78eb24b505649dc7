/** Where a text that nobody may keep would show itself, and in which clothes. */
import { gunzipSync } from "node:zlib";
import type { Redis } from "ioredis";
import type { Sql } from "../platform/postgres.ts";

/** As it is, and as something on the way would have written it. */
function clothesOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = bytes.toString("base64").replace(/=+$/, "");
  return [
    ...[secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)],
    ...[base64, bytes.toString("base64url"), bytes.toString("hex")],
    ...(secret.includes("-") ? [secret.replaceAll("-", "")] : []),
  ];
}

/** The names of the secrets that a text holds. */
export function tracesIn(text: string, secrets: ReadonlyMap<string, string>): string[] {
  const plain = text.toLowerCase();
  return [...secrets]
    .filter(([, secret]) => clothesOf(secret).some((form) => plain.includes(form.toLowerCase())))
    .map(([name]) => name);
}

/** Every row of every table, the queue's too, as text. */
export async function dumpDatabase(admin: Sql): Promise<string> {
  const tables = await admin<{ name: string }[]>`
    select format('%I.%I', nspname, relname) as name from pg_class c
      join pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'p') and nspname not in ('pg_catalog', 'information_schema')
      and not relispartition`;
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await admin.unsafe<{ row: string }[]>(`select t::text as row from ${name} t`);
    texts.push(name, ...rows.map(({ row }) => row));
  }
  return texts.join("\n");
}

/** Every key with what it holds. */
export async function dumpRedis(redis: Redis): Promise<string> {
  const texts: string[] = [];
  for (const key of await redis.keys("*")) {
    const held = await heldIn(redis, key, await redis.type(key));
    texts.push(key, JSON.stringify(held));
  }
  return texts.join("\n");
}

function heldIn(redis: Redis, key: string, type: string): Promise<unknown> {
  switch (type) {
    case "string":
      return redis.get(key);
    case "hash":
      return redis.hgetall(key);
    case "list":
      return redis.lrange(key, 0, -1);
    case "set":
      return redis.smembers(key);
    case "zset":
      return redis.zrange(key, "0", "-1");
    case "stream":
      return redis.xrange(key, "-", "+");
    default:
      throw new Error(`a key of type ${type} is not looked into`);
  }
}

export const unzipped = (bytes: Buffer): string => gunzipSync(bytes).toString();
