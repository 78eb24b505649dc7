import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { at, guardSuite, guardWorld } from "../testing/guard-suite.ts";
import { type GuardStore, postgresGuardStore } from "./store.ts";

let database: TestDatabase;
let store: GuardStore;
beforeAll(async () => {
  database = await testDatabase();
  store = postgresGuardStore(database.sql);
});
afterAll(() => database.drop());

describe("in Postgres", () => guardSuite(() => store));

test("an event cannot be edited or removed, nor seen by another tenant", async () => {
  const { scope, guardId, open } = guardWorld(store);
  const keeper = await open();
  await keeper.feed(scope.id, at("08:00", 10_000));
  await keeper.feed(scope.id, at("09:00", 8_900));
  expect(await store.events(randomUUID(), guardId)).toEqual([]);
  const edit = database.sql`update guard_events set reason = 'x'`;
  await expect(edit).rejects.toMatchObject({ code: "42501" });
  await expect(database.sql`delete from guard_events`).rejects.toMatchObject({ code: "42501" });
  await expect(database.sql`delete from guard_states`).rejects.toMatchObject({ code: "42501" });
});
