/** Every route that takes a body: what it does not list is refused by name, and nothing is done. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describedRoutes } from "../rest.ts";
import { openRestWorld, type RestWorld } from "../testing/rest-world.ts";

const ROUTES = describedRoutes().filter(({ body }) => body !== undefined);
/** What somebody would set who knew the tables. */
const INNER = ["role", "roles", "tenant_id", "id", "hwm", "balance", "created_at", "by"];

let world: RestWorld;
beforeAll(async () => {
  world = await openRestWorld();
});
afterAll(() => world.close());

const written = async (): Promise<number> => {
  const [row] = await world.stage.database.admin<{ n: number }[]>`
    select count(*)::int as n from audit`;
  return row?.n ?? -1;
};

describe.each(ROUTES.map((route) => [route.name, route] as const))("%s", (_, route) => {
  const path = () =>
    `/v1${route.path.replace(/\{(\w+)\}/g, (_all, name: string) => world.ids[name] ?? "x")}`;
  const send = (text: string, type = "application/json") =>
    world.rest.ask(path(), {
      ...{ key: world.key, method: route.method.toUpperCase(), text },
      headers: { "Idempotency-Key": randomUUID(), "If-Match": "*", "Content-Type": type },
    });
  const example = (): object => Object(route.example?.body ?? {});
  const inside = (field: string): string => {
    const own = JSON.stringify(example()).slice(1, -1);
    return `{${[field, ...(own === "" ? [] : [own])].join()}}`;
  };

  test("refuses fields that it does not list", async () => {
    const before = await written();
    const own = Object.keys(example());
    for (const name of INNER.filter((one) => !own.includes(one))) {
      const told = await send(JSON.stringify({ ...example(), [name]: "x" }));
      if (isKept(told.body.code)) continue;
      expect([told.status, name]).toEqual([422, name]);
      expect(JSON.stringify(told.body.errors)).toContain(name);
    }
    expect(await written()).toBe(before);
  });

  test.each([
    ['"__proto__":{"role":"admin"}', 422],
    ['"constructor":{}', 422],
    ['"x":1e309', 422],
    ['"x":"\\u0000"', 422],
    ['"x":"\\ud800"', 422],
    ['"x":1,"x":2', 400],
    [`"x":${"[".repeat(10_000)}${"]".repeat(10_000)}`, 400],
    [`"x":"${"a".repeat(2_000_000)}"`, 413],
  ])("refuses a body with %.40s", async (field, status) => {
    const before = await written();
    const told = await send(inside(field));
    if (!isKept(told.body.code)) expect(told.status).toBe(status);
    expect(await written()).toBe(before);
  });

  test("refuses what is no JSON in UTF-8, or says that it is something else", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const told = await send(JSON.stringify(example()), type);
      if (!isKept(told.body.code)) expect([told.status, type]).toEqual([415, type]);
    }
    const packed = await world.rest.ask(path(), {
      ...{ key: world.key, method: route.method.toUpperCase(), text: "\u001f\u008b\b" },
      headers: { "Idempotency-Key": randomUUID(), "Content-Encoding": "gzip" },
    });
    expect([400, 401, 415, 422]).toContain(packed.status);
  });
});

/** Where a key may not go at all its body is not looked at. */
const isKept = (code: string): boolean => code === "STEP_UP_REQUIRED";
