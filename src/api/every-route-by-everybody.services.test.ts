/** Every route, asked by every role and by another tenant; made from the routes themselves. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { IdKind } from "../domain/prefixed-ids.ts";
import { allows, asksForFreshFactor } from "../identity/permissions.ts";
import { ROLES, type Role } from "../identity/principal.ts";
import { describedRoutes } from "../rest.ts";
import type { Ask, Told } from "../testing/rest.ts";
import { OURS, openRestWorld, type RestWorld } from "../testing/rest-world.ts";
import type { Route } from "./route.ts";
import { exampleId } from "./schema.ts";

const ROUTES = describedRoutes();

let world: RestWorld;
let narrow: string;
const keys = new Map<Role, string>();

beforeAll(async () => {
  world = await openRestWorld();
  for (const role of ROLES) keys.set(role, await world.rest.keyOf(OURS, role));
  narrow = await world.rest.keyOf(OURS, "subscriber", { accounts: new Set([randomUUID()]) });
});
afterAll(async () => {
  await world.close();
  expect(world.rest.faults).toEqual([]);
});

const pathOf = (route: Route, ids: Readonly<Record<string, string>>): string =>
  `/v1${route.path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? `no-${name}`)}`;

function askOf(route: Route, key: string | undefined): Ask {
  return {
    method: route.method.toUpperCase(),
    ...(key === undefined ? {} : { key }),
    ...(route.body === undefined ? {} : { body: route.example?.body }),
    headers: { "Idempotency-Key": randomUUID(), "If-Match": '"of another state"' },
  };
}

describe.each(ROUTES.map((route) => [route.name, route] as const))("%s", (_, route) => {
  const isOfOne = route.params !== undefined;

  test("is closed to nobody in particular", async () => {
    for (const key of [undefined, "", "x", `ck_live_${"a".repeat(43)}`]) {
      const told = await world.rest.ask(pathOf(route, world.ids), askOf(route, key));
      expect([told.status, told.body.code]).toEqual([401, "UNAUTHENTICATED"]);
    }
  });

  test.each(ROLES)("answers to %s as the table of permissions says", async (role) => {
    const isAllowed = allows({ roles: [role], scopes: null }, route.permission);
    const told = await world.rest.ask(pathOf(route, world.ids), askOf(route, keys.get(role)));
    if (!isAllowed) expect([told.status, told.body.code]).toEqual([403, "FORBIDDEN"]);
    else if (asksForFreshFactor(route.permission)) expect(told.body.code).toBe("STEP_UP_REQUIRED");
    else expect([401, 403, 500, 503]).not.toContain(told.status);
  });

  test("tells another tenant nothing, not even that something is there", async () => {
    if (asksForFreshFactor(route.permission)) return;
    const told = await world.rest.ask(pathOf(route, world.ids), askOf(route, world.theirKey));
    if (isOfOne) {
      const none = Object.fromEntries(Object.keys(world.ids).map((name) => [name, absent(name)]));
      const nothing = await world.rest.ask(pathOf(route, none), askOf(route, world.theirKey));
      expect(told.status).toBe(404);
      expect(bare(told.body)).toEqual(bare(nothing.body));
      return;
    }
    if (route.method !== "get" || route.raw !== undefined) return;
    // What it has made for itself here is its own: none of it is ours.
    const ours = await world.rest.ask(pathOf(route, world.ids), askOf(route, world.key));
    expect(rowsOf(told).filter((row) => rowsOf(ours).includes(row))).toEqual([]);
  });

  test("shows nothing of accounts that are not its own", async () => {
    if (asksForFreshFactor(route.permission)) return;
    if (!allows({ roles: ["subscriber"], scopes: null }, route.permission)) return;
    const told = await world.rest.ask(pathOf(route, world.ids), askOf(route, narrow));
    if (isOfOne) expect(told.status).toBe(404);
    else if (route.method === "get" && route.raw === undefined) expect(told.body.data).toEqual([]);
  });
});

const rowsOf = ({ body }: Told): string[] => body.data.map((row: unknown) => JSON.stringify(row));
const ABSENT: Readonly<Record<string, string>> = {
  decision: `dec_${"0".repeat(52)}`,
  connection: `conn_${"0".repeat(8)}`,
};
const absent = (name: string): string => ABSENT[name] ?? exampleIdOf(name);
const exampleIdOf = (name: string): string => exampleId(name as IdKind, 99);
const bare = ({ instance: _, request_id: __, ...rest }: Record<string, unknown>) => rest;
