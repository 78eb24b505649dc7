import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Ask, Told } from "../testing/rest.ts";
import { OURS, openRestWorld, type RestWorld } from "../testing/rest-world.ts";

let world: RestWorld;
let narrow: string;
beforeAll(async () => {
  world = await openRestWorld();
  narrow = await world.rest.keyOf(OURS, "subscriber", { accounts: new Set([randomUUID()]) });
});
afterAll(async () => {
  await world.close();
  expect(world.rest.faults).toEqual([]);
});

const ask = (path: string, more: Ask = {}): Promise<Told> =>
  world.rest.ask(`/v1${path}`, { key: world.key, ...more });

test("a pairing code is shown once, followed, and withdrawn; nobody else sees it", async () => {
  const account = world.ids["terminal account"];
  const headers = { "Idempotency-Key": randomUUID() };
  const path = `/accounts/${account}/pairing_codes`;
  const made = await ask(path, { method: "POST", headers });
  expect(made.status).toBe(201);
  expect((await ask(path, { method: "POST", headers })).body).toEqual(made.body);
  const { connection_id: id } = made.body;
  const progress = await ask(`/connections/${id}`);
  expect(progress.body).toMatchObject({ id, account_id: account, state: "waiting" });
  expect(JSON.stringify(progress.body)).not.toContain(made.body.code);
  for (const method of ["GET", "DELETE"]) {
    expect((await ask(`/connections/${id}`, { key: narrow, method })).status).toBe(404);
  }
  expect((await ask(`/connections/${id}`, { method: "DELETE" })).status).toBe(204);
  expect((await ask(`/connections/${id}`)).body.state).toBe("withdrawn");
  expect((await ask("/connections")).body.data).toEqual([]);
  const simulated = await ask(`/accounts/${world.ids["account"]}/pairing_codes`, {
    method: "POST",
  });
  expect(simulated.body.code).toBe("BAD_INPUT");
});

test("a layer of rules is set by who knows what it says, and holds for all it touches", async () => {
  const path = `/strategies/${world.ids["strategy"]}/rules`;
  const first = await ask(path);
  expect(first.body).toMatchObject({ version: 0, rules: {} });
  const put = (body: unknown, etag: string): Promise<Told> =>
    ask(path, { method: "PUT", body, headers: { "If-Match": etag } });
  const body = { rules: { guards: { maxVolume: "0.3" } }, reason: "For everybody." };
  const set = await put(body, first.headers.get("etag") ?? "");
  expect([set.status, set.body.version]).toEqual([200, 1]);
  expect((await put(body, first.headers.get("etag") ?? "")).status).toBe(412);
  const effective = await ask(`/subscriptions/${world.ids["subscription"]}/effective_rules`);
  expect(effective.body.data).toContainEqual(
    expect.objectContaining({
      ...{ setting: "guards.maxVolume", value: "0.3" },
      from: [expect.stringMatching(/^strategy /)],
    }),
  );
  const versions = await ask(`${path}/versions`);
  expect(versions.body.data).toMatchObject([{ version: 1, reason: "For everybody." }]);
  const own = `/accounts/${world.ids["account"]}/rules`;
  expect((await ask(own)).body.version).toBe(0);
  expect((await ask(own, { key: narrow })).status).toBe(404);
});
