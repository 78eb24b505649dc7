/** What befalls the ledger and the queue, and the way to them. */
import { Redis } from "ioredis";
import { integerBetween } from "../../platform/random.ts";
import { during, type Fault, now } from "./fault.ts";
import { pause, type Scene } from "./scene.ts";

/** Bytes, as Redis takes them; 0 for none: with a limit that is passed it refuses every write. */
async function limitMemory({ redis }: Scene, bytes: string): Promise<void> {
  if (redis === null) return;
  const client = new Redis(redis.url, { maxRetriesPerRequest: 1 });
  client.on("error", () => {});
  try {
    await client.config("SET", "maxmemory", bytes);
  } finally {
    client.disconnect();
  }
}

export const redis: readonly Fault[] = [
  {
    name: "redis killed",
    rows: "8",
    needs: "redis",
    inject: (scene) =>
      during(
        scene,
        async () => scene.redis?.kill(),
        async () => scene.redis?.start(),
      ),
  },
  {
    name: "redis flushed",
    rows: "9",
    needs: "redis",
    async inject(scene) {
      for (let times = 0; times < 3; times += 1) {
        await scene.redis?.empty();
        await pause(integerBetween(scene.random, 10, 200));
      }
      return now();
    },
  },
  {
    name: "redis hung",
    rows: "10",
    needs: "redis",
    inject: (scene) =>
      during(
        scene,
        () => scene.redis?.freeze(),
        () => scene.redis?.thaw(),
      ),
  },
  {
    name: "redis out of memory",
    rows: "11",
    needs: "redis",
    inject: (scene) =>
      during(
        scene,
        () => limitMemory(scene, "1"),
        () => limitMemory(scene, "0"),
      ),
  },
  {
    name: "redis link broken",
    rows: "8-10",
    needs: "redis",
    inject: (scene) =>
      during(
        scene,
        () => scene.queueLink?.set(scene.random.next() < 0.5 ? "refuse" : "black-hole"),
        () => scene.queueLink?.set("pass"),
      ),
  },
];

export const ledger: readonly Fault[] = [
  {
    name: "postgres restarted",
    rows: "13",
    async inject(scene) {
      await scene.cluster.stop("fast");
      await scene.cluster.start();
      return now();
    },
  },
  {
    name: "postgres crashed",
    rows: "13",
    inject: (scene) =>
      during(
        scene,
        () => scene.cluster.stop("immediate"),
        () => scene.cluster.start(),
      ),
  },
  {
    name: "sessions ended",
    rows: "14",
    async inject(scene) {
      for (let times = 0; times < 10; times += 1) {
        await scene.admin`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name not like 'faults-admin%'
            and pid <> pg_backend_pid()`;
        await pause(integerBetween(scene.random, 20, 250));
      }
      return now();
    },
  },
  {
    name: "tables locked",
    rows: "15",
    async inject(scene) {
      const seconds = String(integerBetween(scene.random, 3, 18) / 10);
      await scene.admin.begin(async (tx) => {
        await tx`lock table outcomes, decisions in access exclusive mode`;
        await tx`select pg_sleep(${seconds}::float8)`;
      });
      return now();
    },
  },
  {
    name: "ledger link broken",
    rows: "14",
    inject: (scene) =>
      during(
        scene,
        () => scene.links.ledger.set("refuse"),
        () => scene.links.ledger.set("pass"),
      ),
  },
  {
    name: "ledger link silent",
    rows: "15",
    inject: (scene) =>
      during(
        scene,
        () => scene.links.ledger.set("black-hole"),
        () => scene.links.ledger.set("pass"),
      ),
  },
  {
    name: "disk full",
    rows: "16",
    needs: "small disk",
    inject: (scene) =>
      during(
        scene,
        () => scene.cluster.fill(),
        async () => {
          scene.cluster.empty();
          await scene.cluster.start();
        },
      ),
  },
];
