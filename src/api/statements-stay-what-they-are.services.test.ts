import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describedRoutes } from "../rest.ts";
import { openRestWorld, type RestWorld } from "../testing/rest-world.ts";

/** What would sleep, end a statement, make it true or read on, were it ever a part of one. */
const INJECTED = [
  "' or '1'='1",
  "x' union select null from accounts--",
  "'; select pg_sleep(3);--",
  "1) or pg_sleep(3) is null--",
  "$1::text || pg_sleep(3)",
  "\\'; drop table accounts;--",
];
const SLEPT_MS = 2_500;

let world: RestWorld;
beforeAll(async () => {
  world = await openRestWorld();
});
afterAll(() => world.close());

type Told = { readonly status: number; readonly body: { readonly data?: readonly unknown[] } };

async function quick(path: string, options: { method?: string; text?: string } = {}) {
  const began = performance.now();
  const told = await world.rest.ask(path, {
    ...{ key: world.key, headers: { "Idempotency-Key": randomUUID() } },
    ...options,
  });
  expect(performance.now() - began, `${path} ${options.text}`).toBeLessThan(SLEPT_MS);
  expect(told.status, `${path} ${options.text}`).toBeLessThan(500);
  return told as unknown as Told;
}

test("what is injected into a filter is looked for, and finds nothing", async () => {
  const lists = describedRoutes().filter(
    ({ method, path }) => method === "get" && !/\{/.test(path),
  );
  for (const { path, query } of lists.filter(({ name }) => name !== "stream")) {
    for (const name of Object.keys(query?.shape ?? {})) {
      for (const text of INJECTED) {
        const told = await quick(`/v1${path}?${new URLSearchParams({ [name]: text })}`);
        const found = told.status === 200 ? told.body.data?.length : 0;
        expect(found, `${path} ${name}=${text}`).toBe(0);
      }
    }
  }
});

test("what is injected into a path or a body runs nothing", async () => {
  for (const { method, path, body, example } of describedRoutes()) {
    const place = (text: string): string =>
      path.replace(/\{(\w+)\}/g, (_, name: string) =>
        body === undefined ? encodeURIComponent(text) : String(world.ids[name] ?? "x"),
      );
    if (body === undefined && place("") === path) continue;
    for (const text of INJECTED) {
      const fields = Object.entries(example?.body ?? {});
      const hostile = fields.map(([name, value]) => [
        name,
        typeof value === "string" ? text : value,
      ]);
      await quick(`/v1${place(text)}`, {
        method: method.toUpperCase(),
        ...(body === undefined ? {} : { text: JSON.stringify(Object.fromEntries(hostile)) }),
      });
    }
  }
  const accounts = await quick("/v1/accounts");
  expect(accounts.body.data?.length).toBeGreaterThan(0);
  expect(world.rest.faults).toEqual([]);
});

test("a body that is packed is not unpacked", async () => {
  const group = { name: "A packed group", accounts: [] };
  const ask = (body: Uint8Array<ArrayBuffer>, headers: Record<string, string>) =>
    world.rest.api.request("/v1/groups", {
      ...{ method: "POST", body },
      headers: {
        ...{ Authorization: `Bearer ${world.key}`, "Content-Type": "application/json" },
        ...headers,
      },
    });
  const plain = new TextEncoder().encode(JSON.stringify(group));
  const packed = await ask(new Uint8Array(gzipSync(plain)), { "Content-Encoding": "gzip" });
  expect([400, 413, 415]).toContain(packed.status);
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  const refused = await ask(new Uint8Array(bomb), { "Content-Encoding": "gzip" });
  expect([400, 413, 415]).toContain(refused.status);
  const names = (await quick("/v1/groups?limit=100")).body.data as readonly { name: string }[];
  expect(names.map(({ name }) => name)).not.toContain(group.name);
  expect((await ask(plain, {})).status).toBe(201);
});
