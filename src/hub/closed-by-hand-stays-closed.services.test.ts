/** What a person closed is theirs to open again: neither a restart nor a reconcile does it for them. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { setPolicy } from "../reconcile/desk/service.ts";
import { DIVERGENCE_CAUSES } from "../reconcile/divergence.ts";
import { audit } from "../testing/audit.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled, TENANT, TENANT_ID, type World } from "../testing/harness.ts";
import { killed, openStage, type Stage } from "../testing/stage.ts";
import { accountRefOf, subscriptionIdOf } from "./enrol.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

/** The widest policy that there is. */
async function realignsAllByItself(world: World): Promise<void> {
  const follower = accountRefOf(TENANT, world.followers[0] ?? world.master);
  const subscriptionId = subscriptionIdOf(TENANT, "strategy", follower);
  const policy = { action: "realign", graceMs: 0, causes: Object.keys(DIVERGENCE_CAUSES) };
  const by = { tenantId: TENANT_ID, by: "test", address: null };
  await setPolicy(stage.database.sql, by, { subscriptionId, policy, version: 0 });
}

test.each(["hedging", "netting"] as const)(
  "a %s copy closed by hand is not opened again by restarts, reconciles or a policy",
  async (positionMode) => {
    const world = createWorld({ followers: 1, positionMode });
    await stage.enrol(world);
    await realignsAllByItself(world);
    const login = world.followers[0]?.login ?? "";
    const held = () => world.brokers.beta.snapshot(login).positions;
    const first = await stage.start(world);
    const { positionId } = world.trade({});
    await settled(first);
    const [copy] = held();
    if (copy === undefined) throw new Error("nothing was copied");
    const { symbol, side, volume, id } = copy;
    const hand = { magic: 0, comment: "", stopLoss: null, takeProfit: null };
    world.brokers.beta.trade(login, {
      kind: "close",
      symbol,
      side,
      volume,
      positionId: id,
      ...hand,
    });
    await settled(first);
    await killed(first);

    const next = await stage.start(world, { slot: "b", gateways: world.connect() });
    await eventually("taken over", () => next.watchers.size === 1);
    await next.turn();
    for (const watcher of next.watchers.values()) watcher.resync();
    await next.reconcile();
    const [divergence] = next.reconciler.divergences;
    expect(divergence?.cause).toBe("CLOSED_BY_HAND");
    await next.divergences.sweep(TENANT_ID);
    await settled(next);
    expect(held()).toEqual([]);
    world.trade({ kind: "close", positionId, volume: parseFixed("0.4") });
    await settled(next);
    expect(held()).toEqual([]);
    // It ended this copy only: the next one is opened as ever.
    world.trade({ symbol: "NZDUSD" });
    await settled(next);
    expect(held().map((one) => one.symbol)).toEqual(["NZDUSD.b"]);
    expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
  },
);
