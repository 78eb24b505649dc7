import { afterEach, beforeEach, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { CALM } from "../gateway/simulator/faults.ts";
import { protectionsWithout } from "../platform/protections.ts";
import type { KillScope } from "../risk/kill/kill.ts";
import { engageKill, killsOf, releaseKill } from "../risk/kill/service.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled, TENANT_ID, type World } from "../testing/harness.ts";
import { killed, openStage, type Stage } from "../testing/stage.ts";
import { accountRefOf } from "./enrol.ts";

const WHY = { by: "tester", reason: "a test" };

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const heldBy = (world: World, index: number): number =>
  world.brokers.beta.snapshot(world.followers[index]?.login ?? "").positions.length;

const targetOf = (scope: KillScope, scopeId: string) => ({ tenantId: TENANT_ID, scope, scopeId });

async function acknowledged(): Promise<void> {
  await eventually("every lane knows", async () => {
    const [kill] = await killsOf(stage.database.sql, TENANT_ID);
    return kill !== undefined && kill.acknowledgedAt !== null;
  });
}

test("in a storm of signals nothing opens once every lane has said so, and closes pass", async () => {
  const world = createWorld({ followers: 8 });
  await stage.enrol(world);
  const hub = await stage.start(world);
  const first = world.trade({});
  await settled(hub);
  let storming = true;
  const storm = (async () => {
    while (storming) {
      world.trade({ volume: parseFixed("0.1") });
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
  })();
  const { sql } = stage.database;
  await engageKill(sql, targetOf("tenant", TENANT_ID), WHY);
  await acknowledged();
  const after = world.followers.map((_, index) => heldBy(world, index));
  world.trade({ kind: "close", positionId: first.positionId, volume: parseFixed("1") });
  await new Promise((resolve) => setTimeout(resolve, 100));
  storming = false;
  await storm;
  await settled(hub);
  const left = world.followers.map((_, index) => heldBy(world, index));
  for (const [index, held] of left.entries()) expect(held).toBeLessThan(after[index] ?? 0);
  const rows = await stage.database.admin`
    select 1 from decisions where reason = 'KILLED' limit 1`;
  expect(rows).toHaveLength(1);
  expect(stage.faults).toEqual([]);
});

test("a switch over one account leaves the others trading, and is released with a reason", async () => {
  const world = createWorld({ followers: 2 });
  await stage.enrol(world);
  const hub = await stage.start(world);
  const [mine] = world.followers;
  if (mine === undefined) throw new Error("no follower");
  const target = targetOf("account", accountRefOf(world.tenant, mine).accountId);
  const { sql, admin } = stage.database;
  await engageKill(sql, target, WHY);
  await acknowledged();
  expect(await killsOf(sql, TENANT_ID)).toMatchObject([{ lanes: 1, acknowledged: 1, missing: [] }]);
  world.trade({});
  await settled(hub);
  expect([heldBy(world, 0), heldBy(world, 1)]).toEqual([0, 1]);
  await expect(releaseKill(sql, target, { by: "tester", reason: " " })).rejects.toMatchObject({
    code: "BAD_INPUT",
  });
  await releaseKill(sql, target, WHY);
  await expect(releaseKill(sql, target, WHY)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await hub.kills.look();
  world.trade({});
  await settled(hub);
  expect([heldBy(world, 0), heldBy(world, 1)]).toEqual([1, 2]);
  const actions = await admin<{ action: string }[]>`select action from audit order by audit_id`;
  expect(actions.map(({ action }) => action).slice(-2)).toEqual([
    "engage kill switch",
    "release kill switch",
  ]);
});

test("it survives a restart: what takes over knows of it before anything goes out", async () => {
  const { asked } = await takenOverWhileKilled();
  expect(asked).toBe(0);
});

test("without knowing before it arms, a successor sends what was waiting", async () => {
  const { asked } = await takenOverWhileKilled(protectionsWithout("kills-before-arming"));
  expect(asked).toBeGreaterThan(0);
});

test("without the lane's own look, what was decided before is sent", async () => {
  const { asked } = await takenOverWhileKilled(protectionsWithout("kill-at-the-lane"));
  expect(asked).toBeGreaterThan(0);
});

/** One order is with a slow broker, others wait behind it; the process dies, a switch is engaged. */
async function takenOverWhileKilled(protections = protectionsWithout()) {
  const slow = { fates: () => ({ ...CALM, latencyMs: 60_000 }), inFlightMax: 1 };
  const world = createWorld({ followers: 1, simulator: slow });
  await stage.enrol(world);
  const first = await stage.start(world);
  await eventually("armed", () => [...first.accounts.values()].every(({ ready }) => ready));
  world.trade({});
  await eventually("under way", async () => {
    const rows = await stage.database.admin`select 1 from instructions`;
    return rows.length === 1;
  });
  await killed(first);
  // As one that was committed and never claimed: the broker has not heard of its key.
  await stage.database.admin`update instructions set status = 'queued', key = reverse(key)`;
  const { sql } = stage.database;
  await engageKill(sql, targetOf("tenant", TENANT_ID), WHY);
  const before = requests(world);
  const next = await stage.start(world, { gateways: world.connect({}), protections });
  await eventually("taken over", () => next.accounts.size === 2);
  await acknowledged();
  await settled(next);
  return { asked: requests(world) - before };
}

const requests = (world: World): number =>
  world.records().beta.filter(({ type }) => type === "request").length;

test("close-all closes what is open in its scope, and nothing opens it again", async () => {
  const world = createWorld({ followers: 3 });
  await stage.enrol(world);
  const hub = await stage.start(world);
  world.trade({});
  await settled(hub);
  const { sql } = stage.database;
  await engageKill(sql, targetOf("tenant", TENANT_ID), { ...WHY, closeAll: true });
  await eventually("all is closed", () => world.followers.every((_, i) => heldBy(world, i) === 0));
  await settled(hub);
  await hub.reconcile();
  await settled(hub);
  expect(world.followers.map((_, index) => heldBy(world, index))).toEqual([0, 0, 0]);
  expect(await killsOf(sql, TENANT_ID)).toMatchObject([{ open: 0, closeAll: true }]);
  expect(stage.faults).toEqual([]);
});
