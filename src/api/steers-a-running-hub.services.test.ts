import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { settled } from "../testing/harness.ts";
import type { Ask, Told } from "../testing/rest.ts";
import { openRestWorld, type RestWorld } from "../testing/rest-world.ts";

let world: RestWorld;
beforeAll(async () => {
  world = await openRestWorld();
});
afterAll(async () => {
  await world.close();
  expect(world.rest.faults).toEqual([]);
  expect(world.stage.faults).toEqual([]);
});

const eventually = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 10_000, interval: 20 });

const ask = (path: string, more: Ask = {}): Promise<Told> =>
  world.rest.ask(`/v1${path}`, { key: world.key, ...more });
const post = (path: string, body: unknown, key = randomUUID()): Promise<Told> =>
  ask(path, { method: "POST", body, headers: { "Idempotency-Key": key } });

async function lastReason(subscription: string): Promise<string | null> {
  const { body } = await ask(`/decisions?subscription=${subscription}&limit=1`);
  return body.data[0].reason;
}

async function trades(): Promise<void> {
  const before = (await ask("/decisions?limit=100")).body.data.length;
  world.world.trade({});
  await settled(world.hub);
  await eventually(async () => {
    expect((await ask("/decisions?limit=100")).body.data.length).toBeGreaterThan(before);
  });
}

test("pausing, closing only and resuming hold from the next signal on, and are on record", async () => {
  const { subscription = "" } = world.ids;
  const path = `/subscriptions/${subscription}`;
  for (const [verb, mode, reason] of [
    ["pause", "paused", "PAUSED"],
    ["close_only", "close-only", "CLOSE_ONLY"],
    ["resume", "active", null],
    ["stop", "stopped", null],
    ["resume", "active", null],
  ] as const) {
    const more = verb === "stop" ? { positions: "keep-positions" } : {};
    const told = await post(`${path}/${verb}`, { ...more, reason: "A test." });
    expect([told.status, told.body.mode]).toEqual([200, mode]);
    await eventually(() => {
      const held = [...world.hub.followers.subscriptions.values()].map((one) => one.mode);
      expect(held.filter((one) => one !== "active")).toEqual(
        mode === "active" || mode === "stopped" ? [] : [mode],
      );
      expect(held).toHaveLength(mode === "stopped" ? 1 : 2);
    });
    if (mode === "stopped") continue;
    await trades();
    expect(await lastReason(subscription)).toBe(reason);
  }
  const { body } = await ask("/audit_entries?limit=100");
  const modes = body.data.filter((one: { action: string }) => one.action === "set mode");
  expect(modes).toHaveLength(4);
  expect(modes[3]).toMatchObject({
    by_whom: "test",
    before: { mode: "active" },
    after: { mode: "paused", reason: "A test." },
  });
});

test("rules are changed only by who knows what they are", async () => {
  const path = `/subscriptions/${world.ids["subscription"]}/rules`;
  const first = await ask(path);
  const etag = first.headers.get("etag") ?? "";
  const rules = { ...first.body.rules, sides: ["sell"] };
  const put = (body: unknown, headers?: Record<string, string>): Promise<Told> =>
    ask(path, { method: "PUT", body, ...(headers === undefined ? {} : { headers }) });
  expect((await put(rules)).body.code).toBe("PRECONDITION_NEEDED");
  const bad = await put({ sides: ["up"], nonsense: 1 }, { "If-Match": etag });
  expect([bad.status, bad.body.code]).toEqual([422, "BAD_RULES"]);
  expect(bad.body.errors.length).toBeGreaterThanOrEqual(2);
  const second = await put(rules, { "If-Match": etag });
  expect([second.status, second.body.version]).toEqual([200, 2]);
  expect((await put(rules, { "If-Match": etag })).body.code).toBe("PRECONDITION_FAILED");
  await eventually(async () => {
    const versions = [...world.hub.followers.subscriptions.values()];
    expect(versions.some((one) => one.rules.at(-1)?.version === 2)).toBe(true);
  });
  await trades();
  expect(await lastReason(world.ids["subscription"] ?? "")).toBe("SIDE_EXCLUDED");
  const effective = await ask(`/subscriptions/${world.ids["subscription"]}/effective_rules`);
  expect(effective.body.data).toContainEqual(
    expect.objectContaining({ setting: "sides", value: ["sell"] }),
  );
});

test("a strategy is published and followed, once", async () => {
  const master = (await ask("/accounts?limit=100")).body.data.at(-1);
  const wanted = { name: "Second", master_id: master.id, visibility: "public" };
  const made = await post("/strategies", wanted);
  expect([made.status, made.body.version, made.body.visibility]).toEqual([201, 1, "public"]);
  expect((await post("/strategies", wanted)).body.code).toBe("BAD_INPUT");
  const revised = await post(`/strategies/${made.body.id}/versions`, { visibility: "unlisted" });
  expect(revised.body).toMatchObject({ version: 2, visibility: "unlisted" });
  const body = {
    strategy_id: made.body.id,
    account_id: world.ids["account"],
    rules: { sizing: { mode: "multiplier" }, symbolMap: { suffix: ".b" } },
  };
  const key = randomUUID();
  const followed = await post("/subscriptions", body, key);
  expect(followed.status).toBe(201);
  expect((await post("/subscriptions", body, key)).body).toEqual(followed.body);
  expect((await post("/subscriptions", body)).body.code).toBe("BAD_INPUT");
  await eventually(() => expect(world.hub.followers.subscriptions.size).toBe(3));
  await trades();
  expect(await lastReason(followed.body.id)).toBeNull();
});

test("a kill switch is engaged, and releasing it is left to a person", async () => {
  const target = { scope: "account", id: world.ids["account"], reason: "A test." };
  expect((await post("/kill_switches", target)).body).toMatchObject({ scope: "account" });
  await eventually(async () => {
    const { body } = await ask("/kill_switches");
    expect(body.data).toMatchObject([{ id: world.ids["account"], lanes: 1, acknowledged: 1 }]);
  });
  const release = await post("/kill_switches/release", target);
  expect([release.status, release.body.code]).toEqual([401, "STEP_UP_REQUIRED"]);
});

test("an account's figures are those its owner has heard last", async () => {
  const { body } = await ask(`/accounts/${world.ids["account"]}`);
  expect(body.balance).not.toBeNull();
  expect(Date.now() - Date.parse(body.as_of)).toBeLessThan(600_000);
  const held = [...world.hub.accounts.values()].find(({ name }) => name === body.name);
  expect(body.as_of).toBe(new Date(held?.figures?.asOf ?? 0).toISOString());
});
