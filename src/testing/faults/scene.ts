/** What one round is played on: a ledger, a queue and brokers behind proxies, and two hubs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountRefOf } from "../../hub/enrol.ts";
import { APP_ROLE, openPostgres, type Sql } from "../../platform/postgres.ts";
import type { Random } from "../../platform/random.ts";
import { createWorld, enrolWorld } from "../harness.ts";
import type { TestRedis } from "../redis.ts";
import type { BrokerOrder } from "./broker-process.ts";
import type { Cluster } from "./cluster.ts";
import type { HubOrder } from "./hub-process.ts";
import { BrokerProcess, HubProcess } from "./processes.ts";
import { FaultProxy } from "./proxy.ts";

export type SceneOptions = {
  readonly seed: number;
  readonly random: Random;
  readonly cluster: Cluster;
  readonly redis: TestRedis | null;
  readonly followers: number;
  readonly leaseMs: number;
  readonly quarantineMs: number;
  readonly brokers: Partial<BrokerOrder>;
  /** For every hub: how a clock is led astray. */
  readonly env: Readonly<Record<string, string>>;
  /** Before the hubs start: for what is there from the beginning. */
  readonly dir: string;
};

const READY_MS_MAX = 40_000;
const END_MS_MAX = 12_000;

export class Scene {
  readonly options: SceneOptions;
  readonly random: Random;
  readonly cluster: Cluster;
  readonly redis: TestRedis | null;
  readonly broker: BrokerProcess;
  readonly links: { readonly broker: FaultProxy; readonly ledger: FaultProxy };
  readonly queueLink: FaultProxy | null;
  readonly databaseUrl: string;
  /** As the owner, past the proxies: what the auditor and the meddler see. */
  readonly admin: Sql;
  readonly sql: Sql;
  readonly orders: readonly HubOrder[];
  readonly notes: Record<string, number> = {};
  hubs: HubProcess[] = [];

  private constructor(
    options: SceneOptions,
    made: Pick<Scene, "broker" | "links" | "queueLink" | "databaseUrl" | "orders">,
  ) {
    this.options = options;
    this.random = options.random;
    this.cluster = options.cluster;
    this.redis = options.redis;
    this.broker = made.broker;
    this.links = made.links;
    this.queueLink = made.queueLink;
    this.databaseUrl = made.databaseUrl;
    this.orders = made.orders;
    this.admin = openPostgres(this.databaseUrl, { max: 3, name: "faults-admin" });
    this.sql = openPostgres(this.databaseUrl, { max: 2, role: APP_ROLE, name: "faults-person" });
  }

  static async open(options: SceneOptions): Promise<Scene> {
    const { cluster, redis, followers, leaseMs, quarantineMs, seed } = options;
    const databaseUrl = await cluster.database();
    const positionMode = options.brokers.positionMode ?? "hedging";
    const world = createWorld({ followers, positionMode });
    const sql = openPostgres(databaseUrl, { max: 1, role: APP_ROLE, name: "faults-enrol" });
    await enrolWorld(sql, world);
    await sql.end();
    const { broker, port } = await BrokerProcess.open({
      ...{
        dir: options.dir,
        seed,
        followers,
        positionMode,
        faults: {},
        historyLagMs: 0,
        slowMs: 0,
      },
      ...options.brokers,
    });
    const links = {
      broker: await FaultProxy.open("127.0.0.1", port),
      ledger: await FaultProxy.open("127.0.0.1", cluster.port),
    };
    const queue = redis === null ? null : new URL(redis.url);
    const queueLink = queue && (await FaultProxy.open("127.0.0.1", Number(queue.port)));
    const refs = world.followers.map((one) => accountRefOf(world.tenant, one));
    const { alpha, beta } = world.brokers;
    const master = accountRefOf(world.tenant, world.master);
    const orders = ["a", "b"].map((slot) => ({
      ...{ slot, leaseMs, quarantineMs, brokerPort: links.broker.port },
      databaseUrl: links.ledger.through(databaseUrl),
      redisUrl: queueLink && redis ? queueLink.through(redis.url) : null,
      brokers: [
        { brokerId: alpha.brokerId, positionMode: "hedging" as const, accounts: [master] },
        { brokerId: beta.brokerId, positionMode, accounts: refs },
      ],
    }));
    const scene = new Scene(options, { broker, links, queueLink, databaseUrl, orders });
    await scene.begin();
    return scene;
  }

  async begin(): Promise<void> {
    this.hubs = this.orders.map((order) => new HubProcess(order, this.options.env));
    await this.armed();
  }

  /** Starts again what has ended. */
  replaceDead(): void {
    this.hubs = this.hubs.map((hub) => {
      if (hub.alive) return hub;
      const order = this.orders.find(({ slot }) => slot === hub.slot);
      return order === undefined ? hub : new HubProcess(order, this.options.env);
    });
  }

  /** Every account is owned by somebody who may trade it. */
  async armed(): Promise<void> {
    const end = performance.now() + READY_MS_MAX;
    while (performance.now() < end) {
      this.replaceDead();
      const says = await Promise.all(this.hubs.map((hub) => hub.look()));
      const ready = says.reduce((sum, one) => sum + (one?.ready ?? 0), 0);
      if (ready >= this.options.followers + 1) return;
      await pause(50);
    }
    const said = this.hubs.flatMap((hub) => [hub.slot, ...hub.said.slice(-15)]);
    throw new Error(`not every account was armed in time\n${said.join("\n")}`);
  }

  /** The hub that owns the master, or most followers. */
  async owner(of: "master" | "followers"): Promise<HubProcess> {
    const rows = await this.admin<{ slot: string; n: number }[]>`
      select l.slot, count(*)::int as n from accounts a join leases l using (partition)
      where l.slot is not null and (a.login = 'master') = ${of === "master"}
      group by 1 order by 2 desc`;
    const slot = rows[0]?.slot;
    const found = this.hubs.find((hub) => hub.slot === slot && hub.alive);
    const [first] = this.hubs;
    if (found !== undefined) return found;
    if (first === undefined) throw new Error("no hub");
    return first;
  }

  async close(): Promise<void> {
    this.links.broker.set("pass");
    this.links.ledger.set("pass");
    this.queueLink?.set("pass");
    await Promise.all(this.hubs.map((hub) => hub.end(END_MS_MAX)));
    await this.broker.end(2_000);
    await Promise.all([this.links.broker.close(), this.links.ledger.close()]);
    await this.queueLink?.close();
  }

  async forget(): Promise<void> {
    await Promise.all([this.admin.end({ timeout: 1 }), this.sql.end({ timeout: 1 })]);
    await this.cluster.drop(this.databaseUrl);
  }
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** A folder of a round's own, and how it goes. */
export function scratch(): { readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), "lockstep-round-"));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}
