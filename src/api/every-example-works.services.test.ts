/** What the document shows is tried: with ids of things that are there, each example works. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Lockstep, LockstepProblem } from "../../clients/typescript/lockstep.ts";
import { describedRoutes } from "../rest.ts";
import { openRestWorld, type RestWorld } from "../testing/rest-world.ts";
import { exampleId } from "./schema.ts";

let world: RestWorld;
beforeAll(async () => {
  world = await openRestWorld();
});
afterAll(async () => {
  await world.close();
  expect(world.rest.faults).toEqual([]);
});

const ROUTES = describedRoutes();

/** Every id of an example stands for one of a thing of its kind. */
function made(text: string): string {
  const kinds = {
    acct: "account",
    brk: "broker",
    grp: "group",
    strat: "strategy",
    sub: "subscription",
    sig: "signal",
    we: "webhook",
    wd: "delivery",
    div: "divergence",
    op: "operation",
  } as const;
  const others: Readonly<Record<string, string>> = {
    [exampleId("broker", 2)]: "master broker",
    [exampleId("account", 2)]: "unused account",
    [exampleId("account", 3)]: "terminal account",
  };
  return text
    .replace(/\bdec_\w{52}/g, world.ids["decision"] ?? "")
    .replace(/\bconn_\w{8}/g, world.ids["connection"] ?? "")
    .replace(
      /\b(acct|brk|grp|strat|sub|sig|we|wd|div|op)_\w{26}/g,
      (id, prefix: keyof typeof kinds) => String(world.ids[others[id] ?? kinds[prefix]]),
    );
}

test.each(ROUTES.map((route) => [route.name, route] as const))("%s", async (_, route) => {
  const { method, path, example = {}, permission, params } = route;
  const needed = Object.keys(params?.shape ?? {});
  expect(Object.keys(example.params ?? {})).toEqual(needed);
  const address = path.replace(/\{(\w+)\}/g, (_all, name: string) =>
    made(example.params?.[name] ?? ""),
  );
  const headers: Record<string, string> = { "Idempotency-Key": randomUUID() };
  const known = await world.rest.ask(`/v1${address}`, { key: world.key });
  if (route.guarded) headers["If-Match"] = known.headers.get("etag") ?? "";
  const told = await world.rest.ask(`/v1${address}`, {
    ...{ key: world.key, method: method.toUpperCase(), headers },
    ...(example.body === undefined ? {} : { text: made(JSON.stringify(example.body)) }),
  });
  // A key cannot prove a fresh factor, and an account follows a strategy once.
  if (told.body.code === "STEP_UP_REQUIRED") return;
  if (route.name === "createSubscription") {
    expect(told.body.code).toBe("BAD_INPUT");
    return;
  }
  expect([permission, told.status, told.body]).toEqual([
    permission,
    route.status ?? 200,
    told.body,
  ]);
});

test("the typed client reads, changes with what it knows, and tells of refusals", async () => {
  const fetch = async (url: string, init: RequestInit): Promise<Response> =>
    world.rest.api.request(url, init);
  const lockstep = new Lockstep({ baseUrl: "http://hub.example", key: world.key, fetch });
  const accounts = await lockstep.listAccounts({ query: { limit: 1 } });
  expect(accounts.data.has_more).toBe(true);
  const subscription = world.ids["subscription"] ?? "";
  const { data, etag } = await lockstep.getRules({ subscription });
  const body = { ...data.rules, sides: ["buy"] };
  const changed = await lockstep.setRules({ subscription, body, ifMatch: etag ?? "" });
  expect(changed.data.version).toBe(data.version + 1);
  const refused = await lockstep
    .setRules({ subscription, body, ifMatch: etag ?? "" })
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(LockstepProblem);
  expect(refused).toMatchObject({ code: "PRECONDITION_FAILED", safeToRetry: false });
});
