import { Hono } from "hono";
import { expect, test } from "vitest";
import { Guard } from "../identity/policy.ts";
import { addHealth, type HealthRoutes } from "./routes.ts";

function appWith(change: Partial<HealthRoutes> = {}): Hono {
  const app = new Hono();
  addHealth(new Guard(app, { authenticate: async () => null, now: () => 0 }), {
    ready: async () => [],
    exposition: async () => "x 1\n",
    metrics: "off",
    ...change,
  });
  return app;
}

const ask = async (app: Hono, authorization?: string): Promise<number> => {
  const headers = authorization === undefined ? {} : { authorization };
  return (await app.request("/metrics", { headers })).status;
};

test("figures are off, open, or for who bears the token", async () => {
  expect(await ask(appWith())).toBe(404);
  expect(await ask(appWith({ metrics: "on" }))).toBe(200);
  const guarded = appWith({ metrics: { token: "0123456789abcdef" } });
  expect(await ask(guarded)).toBe(401);
  expect(await ask(guarded, "Bearer 0123456789abcdeF")).toBe(401);
  expect(await ask(guarded, "Bearer 0123456789abcdef")).toBe(200);
});

test("a process that is alive says so, also where it may not be given work", async () => {
  const app = appWith({
    ready: async () => [
      { name: "ledger", ok: true, words: "answers" },
      { name: "queue", ok: false, words: "does not answer", help: "start Redis" },
    ],
  });
  expect((await app.request("/healthz")).status).toBe(200);
  const ready = await app.request("/readyz");
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ status: "not ready", checks: [{}, { ok: false }] });
});
