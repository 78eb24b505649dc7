import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { PERMISSION_NAMES } from "../identity/permissions.ts";
import type { Ask, Told } from "../testing/rest.ts";
import { OURS, openRestWorld, type RestWorld } from "../testing/rest-world.ts";

let world: RestWorld;
beforeAll(async () => {
  world = await openRestWorld();
});
afterAll(async () => {
  await world.close();
  expect(world.rest.faults).toEqual([]);
  expect(world.stage.faults).toEqual([]);
});

const ask = (path: string, more: Ask = {}): Promise<Told> =>
  world.rest.ask(`/v1${path}`, { key: world.key, ...more });
const operate = (body: object, key = world.key): Promise<Told> =>
  ask("/operations", {
    ...{ key, method: "POST", body: { reason: "A test.", ...body } },
    headers: { "Idempotency-Key": randomUUID() },
  });
const strategy = () => ({ selector: { strategy_id: world.ids["strategy"] } });
const statesOf = ({ body }: Told): string[] =>
  body.legs.map(({ state }: { state: string }) => state);
async function held(): Promise<number> {
  const { body } = await ask(`/positions?limit=100&account=${world.ids["account"]}`);
  return body.data.length;
}

test("a group's subscriptions are steered, and no others; a dry run does nothing", async () => {
  const selector = { group_id: world.ids["group"] };
  const modes = async (): Promise<string[]> =>
    (await ask("/subscriptions")).body.data.map(({ mode }: { mode: string }) => mode).sort();
  const dry = await operate({ action: "pause", selector, dry_run: true });
  expect([statesOf(dry), await modes()]).toEqual([["planned"], ["active", "active"]]);
  expect(statesOf(await operate({ action: "pause", selector }))).toEqual(["done"]);
  expect(await modes()).toEqual(["active", "paused"]);
  expect(statesOf(await operate({ action: "pause", ...strategy() })).sort()).toEqual([
    "done",
    "unchanged",
  ]);
  expect(statesOf(await operate({ action: "resume", ...strategy() }))).toEqual(["done", "done"]);
  expect((await operate({ action: "pause", selector: { tag: "nobody's" } })).status).toBe(404);
  expect((await operate({ action: "pause", selector: {} })).status).toBe(422);
});

test("open divergences are realigned, each by its own way back", async () => {
  const dry = await operate({ action: "realign", ...strategy(), dry_run: true });
  expect(dry.body.legs).toMatchObject([
    { divergence_id: world.ids["divergence"], before: "REJECTED", detail: expect.any(String) },
  ]);
  const [leg] = dry.body.legs;
  const done = await operate({ action: "realign", ...strategy() });
  const expected = leg.state === "planned" ? "asked" : "refused";
  expect([statesOf(done), done.body.legs[0].code]).toEqual([
    [expected],
    expected === "asked" ? null : "NO_WAY_BACK",
  ]);
  const scopes = PERMISSION_NAMES.filter((one) => one === "copies:write" || one === "copies:read");
  const key = await world.rest.keyOf(OURS, "operator", { scopes });
  const beyond = await operate({ action: "realign", ...strategy() }, key);
  expect([beyond.status, beyond.body.code]).toEqual([403, "FORBIDDEN"]);
});

test("everything that is copied is closed at once, and ends", async () => {
  await vi.waitFor(async () => expect(await held()).toBeGreaterThan(0), { timeout: 10_000 });
  const stop = { action: "stop", ...strategy() };
  expect((await operate(stop)).body.errors).toMatchObject([{ pointer: "/positions" }]);
  const dry = await operate({ ...stop, positions: "close-now", dry_run: true });
  expect(statesOf(dry)).toEqual(["planned", "planned"]);
  expect(statesOf(await operate({ ...stop, positions: "close-now" }))).toEqual(["done", "done"]);
  await vi.waitFor(
    async () => {
      const { body } = await ask("/subscriptions");
      expect(body.data.map(({ mode }: { mode: string }) => mode)).toEqual(["stopped", "stopped"]);
      expect(await held()).toBe(0);
    },
    { timeout: 15_000, interval: 200 },
  );
});
