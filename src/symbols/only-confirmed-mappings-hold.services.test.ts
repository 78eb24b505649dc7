import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ONE, parseFixed } from "../domain/fixed.ts";
import { brokerIdOf, enrol, tenantIdOf } from "../hub/enrol.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import type { Confirmation } from "./mapping.ts";
import { postgresSymbolMappingStore, type SymbolMappingStore } from "./store.ts";

let database: TestDatabase;
let store: SymbolMappingStore;
const TENANT = tenantIdOf("ours");
const [A, B] = [brokerIdOf("ours", "A"), brokerIdOf("ours", "B")];
const FROM_A = { masterBrokerId: A, followerBrokerId: B };
const FROM_B = { masterBrokerId: B, followerBrokerId: A };

beforeAll(async () => {
  database = await testDatabase();
  store = postgresSymbolMappingStore(database.sql);
  const brokers = ["A", "B"].map((name) => ({ name, gateway: "simulator" }));
  const nothing = { accounts: [], strategies: [], subscriptions: [] };
  await enrol(database.sql, { tenant: "ours", brokers, ...nothing, at: Date.now(), by: "test" });
  await database.admin`insert into symbols (tenant_id, broker_id, name, facts)
    select ${TENANT}, ${B}, name, '{}' from unnest('{GOLD,GOLD.a,US30}'::text[]) name`;
});
afterAll(() => database.drop());

const confirmation = (more: Partial<Confirmation> = {}): Confirmation => ({
  symbol: "XAUUSD",
  to: "GOLD",
  priceFactor: ONE,
  by: "Ada",
  reason: "both names mean XAUUSD",
  at: Date.now(),
  ...more,
});

test("the newest confirmation holds, for these two brokers in this direction only", async () => {
  await store.confirm(TENANT, FROM_A, confirmation());
  await store.confirm(
    TENANT,
    FROM_A,
    confirmation({ to: "GOLD.a", priceFactor: parseFixed("0.1") }),
  );
  const held = await store.load(TENANT, FROM_A);
  expect([...held]).toEqual([["XAUUSD", { to: "GOLD.a", priceFactor: parseFixed("0.1") }]]);
  expect((await store.load(TENANT, FROM_B)).size).toBe(0);
  expect((await store.load(randomUUID(), FROM_A)).size).toBe(0);
});

test("what is withdrawn no longer holds, and the record stays", async () => {
  await store.confirm(TENANT, FROM_A, confirmation({ symbol: "DJ30", to: "US30" }));
  await store.confirm(TENANT, FROM_A, confirmation({ symbol: "DJ30", to: null }));
  expect((await store.load(TENANT, FROM_A)).has("DJ30")).toBe(false);
  const rows = await database.admin`select maps_to from symbol_mappings where symbol = 'DJ30'
    order by number`;
  expect(rows.map((row) => row["maps_to"])).toEqual(["US30", null]);
});

test("what the follower's broker does not offer, or nobody confirms, is refused", async () => {
  const unknown = store.confirm(TENANT, FROM_A, confirmation({ to: "SILVER" }));
  await expect(unknown).rejects.toMatchObject({ code: "UNKNOWN_SYMBOL" });
  const nobody = store.confirm(TENANT, FROM_A, confirmation({ by: "" }));
  await expect(nobody).rejects.toMatchObject({ code: "BAD_INPUT" });
});

test("a confirmation is never edited", async () => {
  for (const edit of [
    database.sql`update symbol_mappings set maps_to = 'x'`,
    database.sql`delete from symbol_mappings`,
  ]) {
    await expect(edit).rejects.toMatchObject({ code: "42501" });
  }
});
