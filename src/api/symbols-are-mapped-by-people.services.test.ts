import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { settled } from "../testing/harness.ts";
import type { Ask, Told } from "../testing/rest.ts";
import { OURS, openRestWorld, type RestWorld } from "../testing/rest-world.ts";

let world: RestWorld;
beforeAll(async () => {
  world = await openRestWorld();
});
afterAll(async () => {
  await world.close();
  expect(world.rest.faults).toEqual([]);
  expect(world.stage.faults).toEqual([]);
});

const ask = (path: string, more: Ask = {}): Promise<Told> =>
  world.rest.ask(`/v1${path}`, { key: world.key, ...more });
const post = (path: string, body: unknown, key = world.key): Promise<Told> =>
  ask(path, { key, method: "POST", body, headers: { "Idempotency-Key": randomUUID() } });
const broker = (): string => world.ids["broker"] ?? "";
const pair = () => ({
  master_broker_id: world.ids["master broker"],
  follower_broker_id: broker(),
});
async function suggested(symbols = "traded"): Promise<{ symbol: string; to: string }[]> {
  const { body } = await ask(`/brokers/${broker()}/symbol_suggestions?symbols=${symbols}`);
  return body.data;
}

test("what brokers offer is on record once they are connected, with their quotes", async () => {
  const { body } = await ask("/brokers");
  const names = body.data.map(({ name }: { name: string }) => name);
  expect(names.slice(0, 2)).toEqual(["alpha", "beta"]);
  const symbols = await ask(`/brokers/${broker()}/symbols?limit=100`);
  expect(symbols.body.data).toContainEqual(
    expect.objectContaining({ name: "EURUSD.b", base_currency: "EUR", contract_size: "100000" }),
  );
  const quotes = await ask(`/brokers/${broker()}/quotes?symbol=EURUSD.b`);
  expect(quotes.body.data).toMatchObject([{ symbol: "EURUSD.b", bid: expect.any(String) }]);
});

test("a suggestion tells its score and reasons, and is there until it is rejected", async () => {
  const [first] = await suggested();
  expect(first).toMatchObject({ ...pair(), symbol: "EURUSD", to: "EURUSD.b", grade: "certain" });
  expect(first).toMatchObject({ reasons: expect.arrayContaining(["both names mean EURUSD"]) });
  expect((await suggested("all")).length).toBeGreaterThan((await suggested()).length);
  const body = { ...pair(), symbol: "NZDUSD", to: "NZDUSD.b", reason: "A test." };
  expect((await post("/symbol_maps/reject", body)).status).toBe(204);
  expect((await suggested("all")).filter(({ symbol }) => symbol === "NZDUSD")).toEqual([]);
});

test("a confirmed mapping holds from then on, and is taken back", async () => {
  const wanted = { ...pair(), symbol: "EURUSD", reason: "A test." };
  const other = { ...wanted, to: "NZDUSD.b", price_factor: "0.54546" };
  const unknown = await post("/symbol_maps", { ...wanted, to: "SILVER" });
  expect([unknown.status, unknown.body.code]).toEqual([422, "UNKNOWN_SYMBOL"]);
  expect((await post("/symbol_maps", other)).status).toBe(204);
  expect((await ask("/symbol_maps")).body.data).toMatchObject([
    { symbol: "EURUSD", to: "NZDUSD.b", price_factor: "0.54546", by_whom: "test" },
  ]);
  expect((await suggested()).map(({ symbol }) => symbol)).not.toContain("EURUSD");
  const symbols = async (): Promise<string[]> =>
    (await ask("/positions?limit=100")).body.data.map(({ symbol }: { symbol: string }) => symbol);
  expect(await symbols()).not.toContain("NZDUSD.b");
  await vi.waitFor(
    async () => {
      world.world.trade({});
      await settled(world.hub);
      expect(await symbols()).toContain("NZDUSD.b");
    },
    { timeout: 10_000, interval: 500 },
  );
  expect((await post("/symbol_maps/withdraw", wanted)).status).toBe(204);
  expect((await ask("/symbol_maps")).body.data).toEqual([]);
  expect((await post("/symbol_maps/withdraw", wanted)).body.code).toBe("NOT_FOUND");
  const { body } = await ask("/audit_entries?limit=3");
  expect(body.data.map(({ action }: { action: string }) => action)).toEqual([
    "withdraw symbol mapping",
    "confirm symbol mapping",
    "reject symbol mapping",
  ]);
});

test("what holds for everybody is not changed by who sees some accounts only", async () => {
  const body = (await ask("/accounts?limit=100")).body.data;
  const [own] = body.filter((one: { broker_id: string }) => one.broker_id === broker());
  const { accountId } =
    [...world.hub.accounts.values()].find(({ name }) => name === own.name)?.account ?? {};
  const accounts = new Set([accountId ?? ""]);
  const key = await world.rest.keyOf(OURS, "subscriber", { accounts });
  const seen = await ask("/brokers", { key });
  expect(seen.body.data.map(({ id }: { id: string }) => id)).toEqual([broker()]);
  const wanted = { ...pair(), symbol: "EURUSD", to: "EURUSD.b", reason: "A test." };
  expect((await post("/symbol_maps", wanted, key)).status).toBe(404);
  const same = { ...wanted, master_broker_id: broker() };
  expect((await post("/symbol_maps", same, key)).body.code).toBe("FORBIDDEN");
});
