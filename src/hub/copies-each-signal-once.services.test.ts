import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { audit } from "../testing/audit.ts";
import { createWorld, settled, type World } from "../testing/harness.ts";
import { footings } from "../testing/redis.ts";
import { openStage, type Stage } from "../testing/stage.ts";
import type { Hub } from "./hub.ts";

describe.each(footings())("on the %s footing", (footing) => {
  let stage: Stage;
  let world: World;
  let hub: Hub;

  beforeEach(async () => {
    stage = await openStage(footing);
    world = createWorld({ followers: 5 });
    await stage.enrol(world);
    hub = await stage.start(world);
  });
  afterEach(() => stage.close());

  test("one outcome for each signal and follower, and equal positions on both sides", async () => {
    const opened = world.trade({ volume: parseFixed("0.9"), stopLoss: parseFixed("1.09") });
    const { positionId } = opened;
    await settled(hub);
    world.trade({ kind: "close", positionId, volume: parseFixed("0.4") });
    await settled(hub);
    const held = world.brokers.beta.snapshot("follower-00001").positions;
    expect(held.map((one) => [one.symbol, one.side, formatFixed(one.volume)])).toEqual([
      ["EURUSD.b", "buy", "0.5"],
    ]);
    world.trade({ kind: "protect", positionId, volume: null, stopLoss: parseFixed("1.08") });
    await settled(hub);
    world.trade({ kind: "close", positionId, volume: parseFixed("0.5") });
    await settled(hub);
    const rows = await stage.database.admin`
      select s.sequence, s.kind, d.decision, i.kind as todo, i.state, i.filled
      from signals s join decisions d using (tenant_id, signal_id)
      left join instruction_states i on i.origin_id = s.signal_id
        and i.subscription_id = d.subscription_id
      order by s.sequence, d.subscription_id`;
    expect(rows.length).toBe(20);
    expect(new Set(rows.map((row) => Object.values(row).join(" ")))).toEqual(
      new Set([
        "1 open copy open done 0.90000000",
        "2 reduce copy close done 0.40000000",
        "3 protect copy protect done 0.00000000",
        "4 close copy close done 0.50000000",
      ]),
    );
    for (const follower of world.followers) {
      expect(world.brokers.beta.snapshot(follower.login).positions).toEqual([]);
    }
    expect(hub.reconciler.divergences).toEqual([]);
    expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
    expect(stage.faults).toEqual([]);
  });
});
