/**
 * A Redis of a test's own, which it may empty, stop and freeze; and which footings the tests run
 * over. Without redis-server on the machine the Redis footing is left out, unless
 * LOCKSTEP_REQUIRE_REDIS=1 says that this would be a failure.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { processEnvironment } from "../config.ts";
import { freePort } from "../platform/free-port.ts";

export type Footing = "postgres" | "redis";

export type TestRedis = {
  readonly url: string;
  /** FLUSHALL. */
  empty(): Promise<void>;
  /** Ends the server as a crash would; `start` brings an empty one back on the same port. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** The server keeps its connections and answers nothing until `thaw`. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
};

const ANSWER_MS_MAX = 5_000;
const PAUSE_MS = 20;

function hasRedis(): boolean {
  return spawnSync("redis-server", ["--version"]).status === 0;
}

/** What to run a suite over; throws where Redis is required and missing. */
export function footings(): readonly Footing[] {
  if (hasRedis()) return ["postgres", "redis"];
  if (processEnvironment()["LOCKSTEP_REQUIRE_REDIS"] === "1") {
    throw new Error("LOCKSTEP_REQUIRE_REDIS is set and redis-server is not installed");
  }
  return ["postgres"];
}

/** Starts a server that keeps nothing on disk. */
export async function testRedis(): Promise<TestRedis> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}/0`;
  const dir = await mkdtemp(join(tmpdir(), "lockstep-redis-"));
  let server = await launch(port, dir);
  return {
    url,
    empty: () => ask(url, (client) => client.flushall()),
    kill: () => end(server, "SIGKILL"),
    async start() {
      server = await launch(port, dir);
    },
    freeze: () => void server.kill("SIGSTOP"),
    thaw: () => void server.kill("SIGCONT"),
    async stop() {
      server.kill("SIGCONT");
      await end(server, "SIGTERM");
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function launch(port: number, dir: string): Promise<ChildProcess> {
  const flags = ["--bind", "127.0.0.1", "--port", String(port), "--dir", dir];
  const quiet = ["--save", "", "--appendonly", "no"];
  const server = spawn("redis-server", [...flags, ...quiet], { stdio: "ignore" });
  await ask(`redis://127.0.0.1:${port}/0`, (client) => client.ping());
  return server;
}

function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.once("exit", () => resolve());
    server.kill(signal);
  });
}

/** Asks on a connection of its own, and waits for the server to come up. */
async function ask(url: string, act: (client: Redis) => Promise<unknown>): Promise<void> {
  const attempts = ANSWER_MS_MAX / PAUSE_MS;
  const retryStrategy = (attempt: number): number | null => (attempt > attempts ? null : PAUSE_MS);
  const client = new Redis(url, { retryStrategy, maxRetriesPerRequest: null });
  client.on("error", () => {});
  try {
    await act(client);
  } finally {
    client.disconnect();
  }
}
