import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import type { Doorbells } from "../platform/doorbells.ts";
import { openDoorbells } from "../platform/open-doorbells.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { createWorld, enrolWorld, settled, startHub, type World } from "../testing/harness.ts";
import { footings, type TestRedis, testRedis } from "../testing/redis.ts";
import type { Hub } from "./hub.ts";

describe.each(footings())("on the %s footing", (footing) => {
  let database: TestDatabase;
  let redis: TestRedis | null;
  let doorbells: Doorbells;
  let world: World;
  let hub: Hub;

  beforeEach(async () => {
    database = await testDatabase();
    redis = footing === "redis" ? await testRedis() : null;
    doorbells = await openDoorbells({
      databaseUrl: database.url,
      redisUrl: redis?.url ?? null,
      onError: () => {},
    });
    world = createWorld({ followers: 5 });
    await enrolWorld(database.sql, world);
    hub = await startHub({
      sql: database.sql,
      doorbells,
      world,
      log: { info: () => {}, error: (facts, words) => console.error(words, facts) },
    });
  });

  afterEach(async () => {
    await hub.stop();
    await doorbells.close();
    await database.drop();
    await redis?.stop();
  });

  test("one outcome for each signal and follower, and equal positions on both sides", async () => {
    const opened = world.trade({ volume: parseFixed("0.9"), stopLoss: parseFixed("1.09") });
    await settled(hub);
    world.trade({
      kind: "close",
      positionId: opened.positionId,
      volume: parseFixed("0.4"),
    });
    await settled(hub);
    const held = world.brokers.beta.snapshot("follower-00001").positions;
    expect(held.map((one) => [one.symbol, one.side, formatFixed(one.volume)])).toEqual([
      ["EURUSD.b", "buy", "0.5"],
    ]);
    world.trade({
      kind: "protect",
      positionId: opened.positionId,
      volume: null,
      stopLoss: parseFixed("1.08"),
    });
    await settled(hub);
    world.trade({ kind: "close", positionId: opened.positionId, volume: parseFixed("0.5") });
    await settled(hub);
    const rows = await database.admin`
      select s.sequence, s.kind, d.decision, d.reason, i.kind as todo, i.state, i.filled
      from signals s join decisions d using (tenant_id, signal_id)
      left join instruction_states i on i.origin_id = s.signal_id and i.subscription_id = d.subscription_id
      order by s.sequence, d.subscription_id`;
    expect(rows.length).toBe(20);
    expect(
      new Set(
        rows.map(
          (row) =>
            `${row["sequence"]} ${row["kind"]} ${row["decision"]} ${row["todo"]} ${row["state"]} ${row["filled"]}`,
        ),
      ),
    ).toEqual(
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
  });
});
