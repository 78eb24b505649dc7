/** Every route over a ledger that refuses: what a stranger learns of it is a number to ask us by. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describedRoutes } from "../rest.ts";
import { openRestWorld, type RestWorld } from "../testing/rest-world.ts";
import type { Route } from "./route.ts";

/** How the inside of a hub would show itself. */
const INSIDE =
  /postgres|permission denied|relation|select |insert |violates|syntax|\bat \w+ \(|\.ts:|node_modules|stack/i;

const ROUTES = describedRoutes();
let world: RestWorld;

beforeAll(async () => {
  world = await openRestWorld();
  // Keys are still known: everything behind them fails.
  await world.stage.database.admin.unsafe(`
    revoke all on all tables in schema public from lockstep_app;
    grant select, update on api_keys to lockstep_app`);
});
afterAll(async () => {
  await world.stage.database.admin`grant all on all tables in schema public to lockstep_app`;
  await world.close();
});

test.each(ROUTES.map((route) => [route.name, route] as const))("%s", async (_, route: Route) => {
  const path = route.path.replace(/\{(\w+)\}/g, (_all, name: string) => world.ids[name] ?? "x");
  world.rest.faults.length = 0;
  const told = await world.rest.ask(`/v1${path}`, {
    ...{ key: world.key, method: route.method.toUpperCase() },
    ...(route.body === undefined ? {} : { body: route.example?.body }),
    headers: { "Idempotency-Key": randomUUID(), "If-Match": "*" },
  });
  const text = JSON.stringify(told.body);
  expect(text).not.toMatch(INSIDE);
  if (told.status < 500) return;
  expect([told.status, told.body.code]).toEqual([500, "INTERNAL"]);
  expect(Object.keys(told.body).sort()).toEqual(
    ["code", "detail", "instance", "request_id", "safe_to_retry", "status", "title", "type"].filter(
      (name) => name in told.body,
    ),
  );
  // It is the log that is told.
  expect(world.rest.faults.join()).toContain("permission denied");
});

test("most routes did fail", async () => {
  const told = await world.rest.ask("/v1/accounts", { key: world.key });
  expect(told.status).toBe(500);
});
