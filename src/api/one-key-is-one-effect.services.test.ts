import { randomUUID } from "node:crypto";
import type { Hono } from "hono";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { enrol, tenantIdOf } from "../hub/enrol.ts";
import { IdempotencyService } from "../idempotency/service.ts";
import type { Clock } from "../platform/clock.ts";
import { sealer } from "../platform/sealed.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { type Ask, askApi, personOf, type Told } from "../testing/rest.ts";
import { createApi } from "./api.ts";
import { ApiError } from "./errors.ts";
import { RateLimiter } from "./rate-limit.ts";
import { route } from "./route.ts";

const TENANT = tenantIdOf("t");
const DAY_MS = 86_400_000;
let database: TestDatabase;
let api: Hono;
let effects: string[];
let now = Date.parse("2026-03-01T00:00:00Z");
let act: (word: string) => Promise<void>;
const clock: Clock = { now: () => now };

beforeAll(async () => {
  database = await testDatabase();
  const nothing = { brokers: [], accounts: [], strategies: [], subscriptions: [] };
  await enrol(database.sql, { ...nothing, tenant: "t", at: 0, by: "test" });
  const principal = personOf(TENANT, "admin", { steppedUpAt: now });
  const act_ = route({
    ...{ name: "act", method: "post", path: "/act", tag: "Accounts", summary: "Acts." },
    ...{ permission: "trades:write", idempotency: "required", status: 201 },
    body: z.strictObject({ word: z.string() }),
    answer: z.strictObject({ word: z.string(), number: z.int() }),
    async run({ body: { word } }) {
      await act(word);
      effects.push(word);
      return { word, number: effects.length };
    },
  });
  const show = route({
    ...{ name: "show", method: "post", path: "/show", tag: "Keys", summary: "Shows." },
    ...{ permission: "trades:write", idempotency: "accepted", secret: true },
    answer: z.strictObject({ secret: z.string() }),
    run: async () => ({ secret: `canary-${randomUUID()}` }),
  });
  const sealed = sealer(Buffer.alloc(32, 1));
  api = createApi([act_, show], {
    ...{ clock, log: () => {}, authenticate: async () => principal },
    limiter: new RateLimiter(clock),
    idempotency: new IdempotencyService(database.sql, clock, sealed),
  });
});
beforeEach(() => {
  effects = [];
  act = async () => {};
});
afterAll(() => database.drop());

const post = (key: string, word: string): Promise<Told> =>
  askApi(api, "/v1/act", {
    ...{ method: "POST", body: { word } },
    headers: { "Idempotency-Key": key },
  });

test("fifty at once have one effect, and whoever asks later the one answer", async () => {
  const key = randomUUID();
  act = () => new Promise((resolve) => setTimeout(resolve, 100));
  const all = await Promise.all(Array.from({ length: 50 }, () => post(key, "once")));
  expect(effects).toEqual(["once"]);
  const isReplay = ({ headers }: Told): boolean => headers.get("idempotent-replayed") === "true";
  const done = all.filter(({ status }) => status === 201);
  expect(done.filter((one) => !isReplay(one))).toHaveLength(1);
  expect(new Set(done.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  const others = all.filter(({ status }) => status !== 201);
  expect(new Set(others.map(({ body }) => body.code))).toEqual(new Set(["IDEMPOTENCY_IN_FLIGHT"]));
  expect(others[0]?.headers.get("retry-after")).toBe("1");
  const later = await post(key, "once");
  expect([later.status, later.body]).toEqual([201, { word: "once", number: 1 }]);
  expect(later.headers.get("idempotent-replayed")).toBe("true");
});

test("another request under the same key is refused, and none is needed for nothing", async () => {
  const key = randomUUID();
  await post(key, "first");
  expect((await post(key, "second")).body.code).toBe("IDEMPOTENCY_MISMATCH");
  const without = await askApi(api, "/v1/act", { method: "POST", body: { word: "x" } });
  expect([without.status, without.body.code]).toEqual([400, "IDEMPOTENCY_KEY_NEEDED"]);
  expect(effects).toEqual(["first"]);
});

test("a key is kept for a day", async () => {
  const key = randomUUID();
  await post(key, "word");
  now += DAY_MS - 1;
  await post(key, "word");
  expect(effects).toHaveLength(1);
  now += 2;
  await post(key, "word");
  expect(effects).toHaveLength(2);
});

test("a refusal leaves the key free; a fault does not, as something may have been done", async () => {
  const key = randomUUID();
  act = () => Promise.reject(new ApiError("CONFLICT", "Not now."));
  expect((await post(key, "word")).status).toBe(409);
  act = async () => {};
  expect((await post(key, "word")).status).toBe(201);
  const other = randomUUID();
  act = () => Promise.reject(new Error("secret detail"));
  const fault = await post(other, "word");
  expect([fault.status, fault.body.safe_to_retry]).toEqual([500, "unknown"]);
  expect(JSON.stringify(fault.body)).not.toContain("secret");
  act = async () => {};
  expect((await post(other, "word")).status).toBe(500);
  expect(effects).toHaveLength(1);
});

test("work that was begun and never answered is not begun again", async () => {
  const key = randomUUID();
  act = () => new Promise(() => {});
  void post(key, "word");
  await new Promise((resolve) => setTimeout(resolve, 200));
  act = async () => {};
  expect((await post(key, "word")).body.code).toBe("IDEMPOTENCY_IN_FLIGHT");
  now += 61_000;
  const later = await post(key, "word");
  expect(later.body).toMatchObject({ code: "IDEMPOTENCY_UNKNOWN", safe_to_retry: "unknown" });
  expect(effects).toEqual([]);
});

test("an answer that shows a secret is told again, and is nowhere in the clear", async () => {
  const ask: Ask = { method: "POST", headers: { "Idempotency-Key": randomUUID() } };
  const first = await askApi(api, "/v1/show", ask);
  expect(first.body.secret).toMatch(/^canary-/);
  expect((await askApi(api, "/v1/show", ask)).body).toEqual(first.body);
  const rows = await database.admin<{ body: string }[]>`select body from idempotency_keys`;
  expect(rows.some(({ body }) => body.startsWith("sealed:"))).toBe(true);
  expect(rows.some(({ body }) => body.includes("canary"))).toBe(false);
});
