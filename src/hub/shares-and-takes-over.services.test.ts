import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PARTITION_COUNT, partitionOf } from "../domain/ids.ts";
import type { Doorbells } from "../platform/doorbells.ts";
import { audit } from "../testing/audit.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled, type World } from "../testing/harness.ts";
import { footings } from "../testing/redis.ts";
import { killed, openStage, type Stage } from "../testing/stage.ts";
import { accountRefOf } from "./enrol.ts";

const NEVER_MS = 600_000;

describe.each(footings())("two hubs on one database, %s footing", (footing) => {
  let stage: Stage;
  let world: World;

  beforeEach(async () => {
    stage = await openStage(footing);
    world = createWorld({ followers: 12 });
    await stage.enrol(world);
  });
  afterEach(() => stage.close());

  const decided = async (sequence: number): Promise<number> => {
    const [row] = await stage.database.admin<{ count: number }[]>`
      select count(*)::int as count from decisions join signals using (tenant_id, signal_id)
      where sequence = ${sequence}`;
    return row?.count ?? 0;
  };

  /** The master's partition, and all others. */
  function split(): readonly [ReadonlySet<number>, ReadonlySet<number>] {
    const masters = partitionOf(accountRefOf(world.tenant, world.master).accountId);
    const all = Array.from({ length: PARTITION_COUNT }, (_, index) => index);
    return [new Set([masters]), new Set(all.filter((one) => one !== masters))];
  }

  test("they share the partitions, and the followers of both get every signal", async () => {
    const a = await stage.start(world);
    const b = await stage.start(world, { slot: "b", gateways: world.connect() });
    const share = PARTITION_COUNT / 2;
    await eventually("a fair share each", () =>
      [a, b].every((hub) => hub.deps.leases.partitions.length === share),
    );
    await Promise.all([a.turn(), b.turn()]);
    const opened = world.trade({});
    world.trade({ kind: "close", positionId: opened.positionId });
    await eventually("all decided", async () => (await decided(2)) === 12);
    await Promise.all([settled(a), settled(b)]);
    expect([a.accounts.size, b.accounts.size].every((count) => count > 0)).toBe(true);
    expect(a.accounts.size + b.accounts.size).toBe(13);
    expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
    expect(stage.faults).toEqual([]);
  });

  test("what one commits, the other decides by its doorbell, long before any sweep", async () => {
    const [masters, others] = split();
    const b = await stage.start(world, {
      slot: "b",
      only: others,
      turnMs: NEVER_MS,
      leaseMs: NEVER_MS,
      gateways: world.connect(),
    });
    const a = await stage.start(world, { only: masters });
    expect(a.accounts.size).toBeLessThan(13);
    const began = performance.now();
    world.trade({});
    await eventually("decided by both", async () => (await decided(1)) === 12, 5_000);
    expect(performance.now() - began).toBeLessThan(2_000);
    await Promise.all([settled(a), settled(b)]);
  });

  test("a doorbell that is lost costs no more than the next sweep", async () => {
    const [masters, others] = split();
    const deaf: Doorbells = { ...stage.doorbells, listen: async () => async () => {} };
    const b = await stage.start(world, {
      slot: "b",
      only: others,
      turnMs: 1_000,
      leaseMs: 3_000,
      doorbells: deaf,
      gateways: world.connect(),
    });
    const a = await stage.start(world, { only: masters });
    world.trade({});
    await stage.redis?.empty();
    await eventually("decided by both", async () => (await decided(1)) === 12, 3_000);
    await Promise.all([settled(a), settled(b)]);
    expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
  });

  // Once more where the machine itself stood still.
  test("one that is killed is replaced in five seconds", { retry: 1 }, async () => {
    const rates = { leaseMs: 3_000, turnMs: 1_000 };
    const a = await stage.start(world, rates);
    const b = await stage.start(world, { ...rates, slot: "b", gateways: world.connect() });
    await eventually("both at work", () => b.accounts.size > 0 && a.accounts.size < 13, 15_000);
    world.trade({});
    await killed(a);
    const began = performance.now();
    world.trade({ symbol: "NZDUSD" });
    const missing = async () => 24 - (await decided(1)) - (await decided(2));
    await eventually("taken over", async () => (await missing()) === 0, 15_000);
    expect(performance.now() - began).toBeLessThan(5_000);
    await settled(b);
    expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
  });
});
