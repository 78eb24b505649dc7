/** Whether a pending order of the master's opened a position, told by its deal, also after a gap. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { decisionsSaid } from "../testing/decisions-said.ts";
import { createWorld, settled, type World } from "../testing/harness.ts";
import { killed, openStage, type Stage, successor } from "../testing/stage.ts";

let stage: Stage;
let world: World;

beforeEach(async () => {
  stage = await openStage();
  world = createWorld({ followers: 1 });
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

const place = (price: string) =>
  world.trade({
    kind: "place",
    pending: { type: "buy-stop", price: parseFixed(price), limitPrice: null, expiresAt: null },
  });

test("'off' copies what was bought at the market, and nothing that a pending order opened", async () => {
  await stage.enrol(world, { pendingOrders: "off", guards: { maxDeviationPoints: null } });
  const first = await stage.start(world);
  world.trade({});
  await settled(first);
  expect(place("1.10500").status).toBe("done");
  expect(place("1.10800").status).toBe("done");
  world.quote("EURUSD", "1.10500", "1.10510");
  await settled(first);
  await killed(first);
  world.quote("EURUSD", "1.10800", "1.10810");
  await successor(stage, world, first);
  expect(await decisionsSaid(stage.database.admin)).toEqual([
    "open copy 1",
    "place skip PENDING_EXCLUDED 0",
    "place skip PENDING_EXCLUDED 0",
    "open skip PENDING_EXCLUDED 0",
    "open skip PENDING_EXCLUDED 0",
  ]);
  const rows = await stage.database.admin`
    select from_pending from signals where kind = 'open' order by sequence`;
  expect(rows.map((row) => row["from_pending"])).toEqual([false, true, true]);
});
