/** A fuzzer that knows the document: whatever it sends, the hub refuses it or does it. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { integerBetween, type Random, seededRandom } from "../platform/random.ts";
import { describedRoutes } from "../rest.ts";
import { openRestWorld, type RestWorld } from "../testing/rest-world.ts";
import type { Route } from "./route.ts";

const ROUNDS = 25;
const SEED = Math.floor(Math.random() * 2 ** 32);
const ROUTES = describedRoutes();

const HOSTILE: readonly unknown[] = [
  ...[
    "",
    "'",
    "';--",
    "\u0000",
    "\ud800",
    "\u202e",
    "=1+1",
    "../..",
    "%00",
    "{}",
    "a".repeat(5_000),
  ],
  ...["__proto__", "NaN", "-0", "1e309", "2026-02-30T00:00:00Z", "0000-01-01T00:00:00Z", "null"],
  ...[0, -1, 1e308, 2 ** 53, 0.1, null, true, [], {}, [[]], { a: 1 }, ["'"], { $ne: null }],
];

let world: RestWorld;
beforeAll(async () => {
  world = await openRestWorld();
});
afterAll(() => world.close());

const pick = <T>(random: Random, list: readonly T[]): T =>
  list[integerBetween(random, 0, list.length - 1)] as T;

function address(route: Route, random: Random): string {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    random.next() < 0.7
      ? String(world.ids[name] ?? "x")
      : encodeURIComponent(String(pick(random, HOSTILE)).replace("\ud800", "")),
  );
  const names = [...Object.keys(route.query?.shape ?? {}), "nonsense"];
  const chosen = names.filter(() => random.next() < 0.3);
  const query = chosen.map((name): [string, string] => [
    name,
    String(pick(random, [...HOSTILE, ...Object.values(world.ids), "5", "active"])),
  ]);
  return `/v1${path}?${new URLSearchParams(query)}`;
}

/** An example with something in it replaced, left out or added. */
function body(route: Route, random: Random): string | undefined {
  if (route.body === undefined) return undefined;
  const value: unknown = structuredClone(route.example?.body ?? {});
  for (let times = integerBetween(random, 1, 3); times > 0; times -= 1) {
    const holder = Object(value) as Record<string, unknown>;
    const key = pick(random, [...Object.keys(holder), "extra", "tenant_id"]);
    if (random.next() < 0.2) delete holder[key];
    else holder[key] = pick(random, HOSTILE);
  }
  const text = JSON.stringify(value);
  return random.next() < 0.1 ? text.slice(0, integerBetween(random, 0, text.length)) : text;
}

test(`no request makes it fail (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const statuses = new Map<number, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const route of ROUTES) {
      const path = address(route, random);
      const text = body(route, random);
      const told = await world.rest.ask(path, {
        ...{ key: world.key, method: route.method.toUpperCase() },
        ...(text === undefined ? {} : { text }),
        headers: {
          "Idempotency-Key": pick(random, [randomUUID(), "same", "a".repeat(300)]),
          "If-Match": pick(random, ["*", '"x"', ""]),
        },
      });
      statuses.set(told.status, (statuses.get(told.status) ?? 0) + 1);
      if (told.status >= 500) {
        expect.fail(`seed ${SEED}: ${route.method} ${path} ${text}: ${world.rest.faults.at(-1)}`);
      }
      if (told.status >= 400) {
        expect(told.headers.get("content-type")).toBe("application/problem+json");
        expect(told.body.request_id).toBeDefined();
      }
    }
  }
  // It gets somewhere: not all that it sends is refused at the door.
  expect(statuses.get(200) ?? 0).toBeGreaterThan(ROUNDS);
  expect(world.rest.faults).toEqual([]);
});
