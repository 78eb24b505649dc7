import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../testing/eventually.ts";
import { settled } from "../testing/harness.ts";
import type { Told } from "../testing/rest.ts";
import { openRestWorld, type RestWorld } from "../testing/rest-world.ts";

let world: RestWorld;
beforeAll(async () => {
  world = await openRestWorld();
});
afterAll(async () => {
  await world.close();
  expect(world.rest.faults).toEqual([]);
});

const post = (path: string, body: unknown, key = world.key): Promise<Told> =>
  world.rest.ask(`/v1/test${path}`, {
    ...{ key, method: "POST", body, headers: { "Idempotency-Key": randomUUID() } },
  });
const read = (path: string): Promise<Told> => world.rest.ask(`/v1${path}`, { key: world.key });
async function masterId(): Promise<string> {
  return (await read("/strategies")).body.data[0].master_id;
}

test("a master that a test lets trade is copied, and closes", async () => {
  const master = await masterId();
  const before = (await read("/signals?limit=100")).body.data.length;
  const order = { symbol: "EURUSD", side: "sell" };
  const path = `/accounts/${master}/trades`;
  const opened = await post(path, { action: "open", volume: "0.3", ...order });
  expect([opened.status, opened.body.status, opened.body.filled]).toEqual([200, "done", "0.3"]);
  await settled(world.hub);
  const position = opened.body.position;
  const closed = await post(path, { action: "close", position, ...order });
  expect(closed.body).toMatchObject({ status: "done", filled: "0.3" });
  await settled(world.hub);
  expect((await read("/signals?limit=100")).body.data.length).toBe(before + 2);
  const gone = await post(path, { action: "close", position, ...order });
  expect([gone.status, gone.body.status, gone.body.code]).toEqual([
    200,
    "rejected",
    "POSITION_GONE",
  ]);
});

test("a link that a test breaks is down, and comes back", async () => {
  const account = world.ids["account"] ?? "";
  const isOnline = (): boolean =>
    [...world.hub.accounts.values()].every(({ online }) => online === true);
  await eventually("all are connected", isOnline);
  expect((await post(`/accounts/${account}/disconnections`, { seconds: 1 })).status).toBe(204);
  expect(isOnline()).toBe(false);
  await eventually("all are connected again", isOnline);
});

test("a real account, another tenant's and nonsense are not traded", async () => {
  const order = { action: "open", symbol: "EURUSD", side: "buy", volume: "0.1" };
  const real = world.ids["terminal account"];
  expect((await post(`/accounts/${real}/trades`, order)).status).toBe(404);
  const account = world.ids["account"];
  expect((await post(`/accounts/${account}/trades`, order, world.theirKey)).status).toBe(404);
  expect((await post(`/accounts/${account}/trades`, { ...order, volume: "0" })).status).toBe(422);
  expect((await post(`/accounts/${account}/disconnections`, { seconds: 0 })).status).toBe(422);
});
