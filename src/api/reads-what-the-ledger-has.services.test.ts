import { afterAll, beforeAll, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { tenantIdOf } from "../hub/enrol.ts";
import { createWorld, settled, TENANT, type World } from "../testing/harness.ts";
import { type TestRest, testRest } from "../testing/rest.ts";
import { openStage, type Stage } from "../testing/stage.ts";

let stage: Stage;
let world: World;
let rest: TestRest;
let key: string;

beforeAll(async () => {
  stage = await openStage();
  world = createWorld({ followers: 3 });
  await stage.enrol(world);
  const hub = await stage.start(world);
  const { positionId } = world.trade({ volume: parseFixed("0.9") });
  await settled(hub);
  world.trade({ kind: "close", positionId, volume: parseFixed("0.4") });
  await settled(hub);
  await hub.stop();
  rest = testRest(stage.database.sql);
  key = await rest.keyOf(tenantIdOf(TENANT), "operator");
});
afterAll(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
  expect(rest.faults).toEqual([]);
});

test("from the accounts to why each copy is as it is", async () => {
  const accounts = (await rest.ask("/v1/accounts", { key })).body;
  expect(accounts).toMatchObject({ has_more: false, next_cursor: null });
  expect(accounts.data.map(({ name }: { name: string }) => name)).toEqual([
    ...["follower-00001", "follower-00002", "follower-00003", "master"],
  ]);
  const follower = accounts.data[0];
  const positions = await rest.ask(`/v1/positions?account=${follower.id}`, { key });
  expect(positions.body.data).toMatchObject([{ symbol: "EURUSD.b", side: "buy", volume: "0.5" }]);
  const deals = await rest.ask(`/v1/accounts/${follower.id}/deals`, { key });
  expect(deals.body.data.map(({ entry }: { entry: string }) => entry)).toEqual(["out", "in"]);
  const signals = await rest.ask("/v1/signals", { key });
  expect(signals.body.data).toMatchObject([
    { sequence: 2, kind: "reduce", volume: "0.4", after_volume: "0.5" },
    { sequence: 1, kind: "open", volume: "0.9" },
  ]);
  const signal = signals.body.data[1];
  const decided = await rest.ask(
    `/v1/decisions?signal=${signal.id}&account=${follower.id}&decision=copy`,
    { key },
  );
  expect(decided.body.data).toMatchObject([{ decision: "copy", volume: "0.9", reason: null }]);
  const [decision] = decided.body.data;
  expect((await rest.ask(`/v1/decisions/${decision.id}`, { key })).body).toEqual(decision);
  const told = await rest.ask(`/v1/decisions/${decision.id}/explain`, { key });
  expect(told.body).toMatchObject({
    account: "follower-00001",
    decision: "copy",
    instructions: [{ kind: "open", state: "done", filled: "0.9" }],
  });
  expect(told.body.steps.length).toBeGreaterThan(0);
  const { body } = await rest.ask("/v1/subscriptions?mode=active", { key });
  expect(body.data).toHaveLength(3);
  const { id } = body.data[0];
  expect((await rest.ask(`/v1/subscriptions/${id}`, { key })).body).toEqual(body.data[0]);
});

test("pages neither skip nor repeat", async () => {
  for (const list of ["accounts", "decisions", "signals", "positions", "subscriptions"]) {
    const whole = (await rest.ask(`/v1/${list}?limit=100`, { key })).body.data;
    const read: unknown[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const from: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page = (await rest.ask(`/v1/${list}?limit=1${from}`, { key })).body;
      expect(page.data).toHaveLength(1);
      read.push(...page.data);
      cursor = page.next_cursor;
    }
    expect(read).toEqual(whole);
  }
});

test("what has not changed is not sent again", async () => {
  const first = await rest.ask("/v1/strategies", { key });
  const etag = first.headers.get("etag") ?? "";
  const headers = { "If-None-Match": etag };
  const again = await rest.ask("/v1/strategies", { key, headers });
  expect([again.status, again.body]).toEqual([304, ""]);
});

test("what a subscription names is written out beside it, as far as it may be seen", async () => {
  const path = "/v1/subscriptions?expand=strategy,account";
  const { body } = await rest.ask(path, { key });
  for (const { strategy_id, account_id, expanded } of body.data) {
    expect([expanded.strategy.id, expanded.account.id]).toEqual([strategy_id, account_id]);
  }
  const one = await rest.ask(`/v1/subscriptions/${body.data[0].id}?expand=strategy`, { key });
  expect(Object.keys(one.body.expanded)).toEqual(["strategy"]);
  const odd = await rest.ask("/v1/subscriptions?expand=secrets", { key });
  expect(odd.status).toBe(400);
});
