/** What a person closed is theirs to open again: neither a restart nor a reconcile does it for them. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { audit } from "../testing/audit.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled } from "../testing/harness.ts";
import { killed, openStage, type Stage } from "../testing/stage.ts";
import { realign } from "./realigner.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

test.each(["hedging", "netting"] as const)(
  "a %s copy closed by hand is not opened again by restarts, reconciles or a realign",
  async (positionMode) => {
    const world = createWorld({ followers: 1, positionMode });
    await stage.enrol(world);
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
    expect(await realign(next, divergence?.id ?? "")).toMatchObject({ done: false });
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
