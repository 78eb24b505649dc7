import { afterEach, beforeEach, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import type { Principal } from "../identity/principal.ts";
import { type Stopping, SubscriptionService } from "../subscriptions/service.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled, TENANT, TENANT_ID, type World } from "../testing/harness.ts";
import { openStage, type Stage, successor } from "../testing/stage.ts";
import { accountRefOf, subscriptionIdOf } from "./enrol.ts";
import type { Hub } from "./hub.ts";

const ADMIN: Principal = {
  tenantId: TENANT_ID,
  actor: { kind: "person", id: "p", name: "Ada" },
  roles: ["admin"],
  scopes: null,
  accounts: "all",
  mode: "live",
  steppedUpAt: null,
  address: null,
};

let stage: Stage;
let world: World;
let hub: Hub;
let service: SubscriptionService;
let position: string;

/** Two followers hold a copy of one position; the first is to be stopped. */
beforeEach(async () => {
  stage = await openStage();
  world = createWorld({ followers: 2 });
  await stage.enrol(world);
  hub = await stage.start(world);
  await settled(hub);
  service = new SubscriptionService(stage.database.sql, () => Date.now());
  position = world.trade({}).positionId ?? "";
  await settled(hub);
});
afterEach(async () => {
  expect(stage.faults).toEqual([]);
  await stage.close();
});

const held = (): number[] =>
  world.followers.map(({ login }) => world.brokers.beta.snapshot(login).positions.length);

const subscription = (): string =>
  subscriptionIdOf(TENANT, "strategy", accountRefOf(TENANT, world.followers[0] ?? world.master));

async function mode(): Promise<string> {
  const [row] = await stage.database.admin<{ mode: string }[]>`
    select mode from subscriptions where subscription_id = ${subscription()}`;
  return row?.mode ?? "";
}

async function stop(positions: Stopping["positions"]): Promise<void> {
  await service.stop(ADMIN, subscription(), { positions, reason: "a test" });
  await hub.reload();
  await settled(hub);
}

const closeAtMaster = async (): Promise<void> => {
  world.trade({ kind: "close", positionId: position, volume: parseFixed("1") });
  await settled(hub);
};

const isStopped = (): Promise<void> =>
  eventually("it is stopped", async () => {
    await hub.stopping.sweep(TENANT_ID);
    return (await mode()) === "stopped";
  });

test("keep-positions: the master's close no longer touches them, and they are nobody's orphans", async () => {
  await stop("keep-positions");
  expect(await mode()).toBe("stopped");
  await closeAtMaster();
  hub = await successor(stage, world, hub);
  await hub.reconcile();
  await settled(hub);
  expect(held()).toEqual([1, 0]);
  expect(hub.reconciler.divergences).toEqual([]);
});

test("close-by-master: nothing new, what is open is closed with the master, and then it is over", async () => {
  await stop("close-by-master");
  world.trade({ symbol: "NZDUSD" });
  await settled(hub);
  await hub.stopping.sweep(TENANT_ID);
  expect([await mode(), held()]).toEqual(["close-only", [1, 2]]);
  await closeAtMaster();
  await isStopped();
  expect(held()).toEqual([0, 1]);
});

test("close-now: everything is closed, also by the next owner, and then it is over", async () => {
  await stop("close-now");
  hub = await successor(stage, world, hub);
  await isStopped();
  await settled(hub);
  expect(held()).toEqual([0, 1]);
  const origins = await stage.database.admin`select 1 from instructions where origin = 'stop'`;
  expect(origins).toHaveLength(1);
});

test("what is stopped is not stopped again, and nobody else's is at all", async () => {
  await stop("keep-positions");
  await expect(
    service.stop(ADMIN, subscription(), { positions: "close-now", reason: "again" }),
  ).rejects.toMatchObject({ code: "BAD_INPUT" });
  const other = { ...ADMIN, roles: ["subscriber" as const], accounts: new Set<string>() };
  await expect(
    service.stop(other, subscription(), { positions: "close-now", reason: "mine" }),
  ).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("another mode takes an ending back", async () => {
  await stop("close-by-master");
  await service.setMode(ADMIN, subscription(), { mode: "active", reason: "stays" });
  await hub.reload();
  await closeAtMaster();
  await hub.stopping.sweep(TENANT_ID);
  expect(await mode()).toBe("active");
  world.trade({ symbol: "NZDUSD" });
  await settled(hub);
  expect(held()).toEqual([1, 1]);
});
