import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Ask, Told } from "../testing/rest.ts";
import { OURS, openRestWorld, type RestWorld } from "../testing/rest-world.ts";

let world: RestWorld;
let testKey: string;
beforeAll(async () => {
  world = await openRestWorld();
  testKey = await world.rest.keyOf(OURS, "admin", { mode: "test" });
});
afterAll(async () => {
  await world.close();
  expect(world.rest.faults).toEqual([]);
});

const ask = (path: string, more: Ask = {}): Promise<Told> =>
  world.rest.ask(`/v1${path}`, { key: testKey, ...more });
const post = (path: string, body: unknown, key = testKey): Promise<Told> =>
  ask(path, { key, method: "POST", body, headers: { "Idempotency-Key": randomUUID() } });

test("a real account is not there for a test key, whatever it asks", async () => {
  const real = world.ids["terminal account"];
  const rules = { sizing: { mode: "multiplier" } };
  const body = { strategy_id: world.ids["strategy"], account_id: real, rules };
  const { body: followed } = await post("/subscriptions", body, world.key);
  const reason = "A test.";
  const { body: list } = await ask("/accounts?limit=100");
  expect(list.data.map(({ id }: { id: string }) => id)).not.toContain(real);
  expect((await ask(`/accounts/${real}`)).status).toBe(404);
  expect((await post(`/accounts/${real}/pairing_codes`, undefined)).status).toBe(404);
  expect((await post(`/subscriptions/${followed.id}/pause`, { reason })).status).toBe(404);
  const stop = { positions: "keep-positions", reason };
  expect((await post(`/subscriptions/${followed.id}/stop`, stop)).status).toBe(404);
  expect((await post("/kill_switches", { scope: "account", id: real, reason })).status).toBe(404);
  expect((await post("/kill_switches", { scope: "tenant", reason })).status).toBe(403);
  expect((await ask(`/accounts/${real}/rules`)).status).toBe(404);
  expect((await ask("/stream")).status).toBe(200);
  const seen = await ask(`/subscriptions/${followed.id}`, { key: world.key });
  expect(seen.body.mode).toBe("active");
});

test("a simulated account is steered with it as with a live key", async () => {
  const path = `/subscriptions/${world.ids["subscription"]}`;
  expect((await post(`${path}/pause`, { reason: "A test." })).body.mode).toBe("paused");
  expect((await post(`${path}/resume`, { reason: "A test." })).body.mode).toBe("active");
});
