import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FileBrokerLog, parseBrokerLog } from "../gateway/simulator/broker-log.ts";
import { FAILPOINTS, type Failpoint } from "../platform/failpoints.ts";
import { packageRoot } from "../platform/package-root.ts";
import { audit } from "../testing/audit.ts";
import type { CrashOrder } from "../testing/crash-hub.ts";
import { testDatabase } from "../testing/database.ts";
import { createWorld } from "../testing/harness.ts";
import { type Footing, footings, testRedis } from "../testing/redis.ts";

const FOLLOWERS = 3;
const LEASE_MS = 800;
const QUARANTINE_MS = 1_500;
/** It dies the first time at the point, then in a next life further on, and then it may live. */
const HITS = [1, 4];
const LIFE_MS_MAX = 40_000;

/** The queue takes part in the steps around the doorbell only. */
const QUEUE_POINTS: readonly Failpoint[] = ["SIGNAL_COMMITTED", "DOORBELL_RUNG"];

const runs = footings().flatMap((footing, index) =>
  (Object.keys(FAILPOINTS) as Failpoint[])
    .filter((point) => index === 0 || QUEUE_POINTS.includes(point))
    .map((point) => ({ footing, point })),
);

describe.concurrent("killed and started again, nothing is lost and nothing is done twice", () => {
  test.each(runs)("SIGKILL at $point, $footing footing", { timeout: 120_000 }, async (run) => {
    await using scene = await openScene(run.footing);
    const ends: string[] = [];
    for (const hit of HITS) ends.push(await scene.live({ at: run.point, hit }));
    expect(ends[0]).toBe("SIGKILL");
    expect(await scene.live(null)).toBe("0");
    expect(await scene.faultsFound()).toEqual([]);
  });
});

/** A database, a queue and brokers that outlive the hub's processes. */
async function openScene(footing: Footing) {
  const database = await testDatabase();
  const redis = footing === "redis" ? await testRedis() : null;
  const dir = await mkdtemp(join(tmpdir(), "lockstep-crash-"));
  const facts = { databaseUrl: database.url, redisUrl: redis?.url ?? null, dir };
  const limits = { followers: FOLLOWERS, leaseMs: LEASE_MS, quarantineMs: QUARANTINE_MS };
  return {
    live: (die: CrashOrder["die"]) => live({ ...facts, ...limits, die }),
    async faultsFound() {
      const read = async (name: string) => parseBrokerLog(await readFile(join(dir, name))).records;
      const records = { alpha: await read("alpha.log"), beta: await read("beta.log") };
      const logs = {
        alpha: new FileBrokerLog(join(dir, "alpha.log")),
        beta: new FileBrokerLog(join(dir, "beta.log")),
      };
      const world = createWorld({ followers: FOLLOWERS, logs });
      logs.alpha.close();
      logs.beta.close();
      return audit(database.admin, world, records);
    },
    async [Symbol.asyncDispose]() {
      await database.drop();
      await redis?.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** One life of the hub: its exit code, or the signal that ended it, with what it said before. */
function live(order: CrashOrder): Promise<string> {
  const program = join(packageRoot(), "dist", "src", "testing", "crash-hub.js");
  const child = spawn(process.execPath, [program, JSON.stringify(order)], {
    stdio: ["ignore", "ignore", "pipe"],
    timeout: LIFE_MS_MAX,
    killSignal: "SIGTERM",
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  return new Promise((resolve) => {
    child.once("close", (code, signal) => {
      const end = signal ?? String(code);
      resolve(end === "0" || end === "SIGKILL" ? end : `${end}: ${said}`);
    });
  });
}
