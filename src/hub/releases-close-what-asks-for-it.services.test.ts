/** `news.closeBefore` closes copies before a release that concerns them, once, and no others. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { postgresCalendarStore } from "../calendar/store.ts";
import { parseFixed } from "../domain/fixed.ts";
import { decisionsSaid } from "../testing/decisions-said.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled, TENANT_ID, type World } from "../testing/harness.ts";
import { openStage, type Stage, successor } from "../testing/stage.ts";
import type { Hub } from "./hub.ts";

let stage: Stage;
let world: World;
let hub: Hub;

beforeEach(async () => {
  stage = await openStage();
  world = createWorld({ followers: 1 });
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

const news = { impact: ["high"], beforeMinutes: 10, afterMinutes: 0, closeBefore: true };
const held = () =>
  world.brokers.beta.snapshot("follower-00001").positions.map(({ symbol }) => symbol);
async function release(currency: string, minutes: number): Promise<void> {
  const at = Date.now() + minutes * 60_000;
  const event = { at, until: at, currency, impact: "high" as const, title: "Rate decision" };
  await postgresCalendarStore(stage.database.sql).import(TENANT_ID, {
    ...{ source: "week", by: "test", sha256: String(at), events: [event] },
  });
  const known = () => hub.surroundings.calendar(TENANT_ID)?.lastAt;
  await eventually("the calendar is read", () => known() === at);
}

test("what the release concerns is closed before it, and the master's own close finds it gone", async () => {
  await stage.enrol(world, { news });
  hub = await stage.start(world);
  await release("NZD", 60);
  const { positionId } = world.trade({ symbol: "NZDUSD", volume: parseFixed("0.1") });
  world.trade({ symbol: "EURUSD", volume: parseFixed("0.1") });
  await settled(hub);
  expect(held()).toEqual(["NZDUSD.b", "EURUSD.b"]);
  await release("NZD", 5);
  await eventually("closed", () => held().length === 1);
  await settled(hub);
  expect(held()).toEqual(["EURUSD.b"]);
  hub = await successor(stage, world, hub);
  world.trade({ kind: "close", symbol: "NZDUSD", positionId, volume: null });
  await settled(hub);
  expect((await decisionsSaid(stage.database.admin)).at(-1)).toBe("close skip ALREADY_CLOSED 0");
  const closes = await stage.database.admin`
    select origin, symbol from instructions where kind = 'close'`;
  expect([...closes]).toEqual([{ origin: "news", symbol: "NZDUSD.b" }]);
  const told = await stage.database.admin<{ title: string }[]>`
    select facts ->> 'title' as title from incidents where code = 'NEWS_CLOSE'`;
  expect(told.map(({ title }) => title)).toEqual(["Rate decision"]);
  expect(await stage.database.admin`select cause from divergences`).toHaveLength(0);
});
