import { afterAll, beforeAll, expect, test } from "vitest";
import { somebody } from "../../testing/portal-app.ts";
import { openPortalWorld, type PortalWorld } from "../../testing/portal-world.ts";

let portal: PortalWorld;
const origin = "http://localhost";
const URL = "https://hooks.example.com/lockstep";

beforeAll(async () => {
  portal = await openPortalWorld();
  portal.lookAs(somebody("operator", { tenantId: portal.tenantId }));
});
afterAll(() => portal.close());

async function post(path: string, body: string): Promise<Response> {
  const headers = { origin, "content-type": "application/x-www-form-urlencoded" };
  return portal.portal.app.request(path, { method: "POST", headers, body });
}
const get = async (path: string): Promise<string> => (await portal.portal.app.request(path)).text();

test("an address that leads inside is refused beside what was typed", async () => {
  const inside = encodeURIComponent("https://127.0.0.1/x");
  const answer = await post("/webhooks", `url=${inside}&type=divergence.opened`);
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain("https://127.0.0.1/x");
  expect((await post("/webhooks", `url=${encodeURIComponent(URL)}`)).status).toBe(400);
});

test("a secret is shown once; a delivery is listed and sent again; a removed webhook is gone", async () => {
  const made = await (
    await post("/webhooks", `url=${encodeURIComponent(URL)}&type=divergence.opened`)
  ).text();
  const secret = /whsec_[\w+/=]+/.exec(made)?.[0] ?? "";
  expect(secret.length).toBeGreaterThan(20);
  const path = /\/webhooks\/[0-9a-f-]{36}/.exec(made)?.[0] ?? "";
  expect((await get("/webhooks")) + (await get(path))).not.toContain(secret);
  const rotated = await (await post(`${path}/rotate`, "")).text();
  expect(rotated).toMatch(/whsec_/);
  expect(rotated).not.toContain(secret);

  const { admin } = portal.stage.database;
  const [event, delivery] = [crypto.randomUUID(), crypto.randomUUID()];
  await admin`insert into events (tenant_id, event_id, type, data, at)
    values (${portal.tenantId}, ${event}, 'divergence.opened', '{}', now())`;
  await admin`insert into webhook_deliveries (tenant_id, delivery_id, endpoint_id, event_id, attempts,
      last_status, last_error)
    values (${portal.tenantId}, ${delivery}, ${path.slice(-36)}, ${event}, 8, 500, 'it broke')`;
  expect(await get(path)).toContain("given up");
  expect((await post(`${path}/replay`, `delivery=${delivery}`)).status).toBe(303);
  expect(await get(path)).toContain("to be tried");
  expect((await post(`${path}/replay`, `delivery=${event}`)).status).toBe(404);

  expect((await post(`${path}/remove`, "")).status).toBe(303);
  expect((await portal.portal.app.request(path)).status).toBe(404);
});

test("who may keep no webhooks is told so", async () => {
  portal.lookAs(somebody("subscriber", { tenantId: portal.tenantId, accounts: new Set() }));
  expect((await portal.portal.app.request("/webhooks")).status).toBe(403);
});
