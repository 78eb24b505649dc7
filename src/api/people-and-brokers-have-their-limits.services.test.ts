import { afterAll, beforeAll, expect, test } from "vitest";
import type { Principal } from "../identity/principal.ts";
import { personOf, type TestRest, testRest } from "../testing/rest.ts";
import { OURS, openRestWorld, type RestWorld } from "../testing/rest-world.ts";
import { fromOwnPages } from "./session.ts";

const OWN = "https://hub.example";
const BODY = { name: "made by hand", mode: "live", scopes: ["accounts:read"] };

let world: RestWorld;
let rest: TestRest;
let person: Principal;
beforeAll(async () => {
  world = await openRestWorld();
  rest = testRest(world.stage.database.sql, {
    brokerLimit: { perSecond: 0.01, burst: 2 },
    session: fromOwnPages(async () => person, OWN),
  });
});
afterAll(async () => {
  await world.close();
  expect(rest.faults).toEqual([]);
});

test("a person makes with a fresh factor what a key cannot, from the hub's own pages alone", async () => {
  person = personOf(OURS, "admin");
  const ask = (headers: Record<string, string>) =>
    rest.ask("/v1/keys", { method: "POST", body: BODY, headers });
  expect((await ask({})).status).toBe(401);
  const cookie = { Cookie: "session=x" };
  for (const origin of [undefined, "null", "https://elsewhere.example"]) {
    const told = await ask({ ...cookie, ...(origin === undefined ? {} : { Origin: origin }) });
    expect([origin, told.status]).toEqual([origin, 403]);
  }
  expect((await ask({ ...cookie, Origin: OWN })).status).toBe(201);
  expect((await rest.ask("/v1/keys", { headers: cookie })).status).toBe(200);
  person = personOf(OURS, "admin", { steppedUpAt: Date.now() - 600_000 });
  expect((await ask({ ...cookie, Origin: OWN })).body.code).toBe("STEP_UP_REQUIRED");
  const { key } = world;
  const withKey = await rest.ask("/v1/keys", { key, method: "POST", body: BODY });
  expect([withKey.status, withKey.body.code]).toEqual([401, "STEP_UP_REQUIRED"]);
});

test("what is changed at one broker is limited, and leaves another broker alone", async () => {
  const { key } = world;
  const { body } = await rest.ask("/v1/accounts?limit=100", { key });
  const [first, ...others] = body.data;
  const away = others.find((one: { broker_id: string }) => one.broker_id !== first.broker_id);
  const rename = (id: string, by = key) =>
    rest.ask(`/v1/accounts/${id}`, { key: by, method: "PATCH", body: { name: "Renamed" } });
  // Who has nothing there uses nothing up.
  for (let count = 0; count < 4; count += 1) {
    expect((await rename(first.id, world.theirKey)).status).toBe(404);
  }
  expect((await rename(first.id)).status).toBe(200);
  expect((await rename(first.id)).status).toBe(200);
  const told = await rename(first.id);
  expect([told.status, told.body.code]).toEqual([429, "RATE_LIMITED"]);
  expect(told.headers.get("ratelimit-policy")).toMatch(/^"broker"/);
  expect(Number(told.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await rename(away.id)).status).toBe(200);
  expect((await rest.ask(`/v1/accounts/${first.id}`, { key })).status).toBe(200);
});
