import { afterAll, beforeAll, expect, test } from "vitest";
import { somebody } from "../../testing/portal-app.ts";
import { openPortalWorld, type PortalWorld } from "../../testing/portal-world.ts";

let portal: PortalWorld;
let path: string;
const origin = "http://localhost";

beforeAll(async () => {
  portal = await openPortalWorld();
  path = `/strategies/${portal.ids.strategy}/rules`;
  portal.lookAs(somebody("operator", { tenantId: portal.tenantId }));
});
afterAll(() => portal.close());

async function post(fields: Readonly<Record<string, string>>, to = path): Promise<Response> {
  const body = new URLSearchParams(fields).toString();
  const headers = { origin, "content-type": "application/x-www-form-urlencoded" };
  return portal.portal.app.request(to, { method: "POST", headers, body });
}
const get = async (to = path): Promise<string> => (await portal.portal.app.request(to)).text();

const CAP = { rules: '{"guards":{"maxVolume":"2"}}', reason: "a cap", version: "0" };

test("what it means is said in words, with how many it touches, before it holds", async () => {
  const look = await (await post(CAP)).text();
  expect(look).toContain("No copy has more than 2 lots.");
  expect(look).toContain("would hold for 3 subscriptions");
  expect(await get()).toContain("No rules of its own");
});

test("faults are told beside what was typed, and nothing holds", async () => {
  for (const rules of ["{", "[]", '{"guards":{"maxVolume":"x"}}', '{"nope":1}']) {
    const answer = await post({ ...CAP, rules, confirmed: "1" });
    expect(answer.status, rules).toBe(400);
  }
  expect(await get()).toContain("No rules of its own");
});

test("once confirmed they hold, and who changed them meanwhile is not overwritten", async () => {
  expect((await post({ ...CAP, confirmed: "1" })).status).toBe(303);
  expect(await get()).toContain("No copy has more than 2 lots.");
  const late = await post({ ...CAP, rules: "{}", confirmed: "1" });
  expect(late.status).toBe(400);
  expect(await late.text()).toContain("Somebody has changed them meanwhile");
});

test("an account's rules are changed by whose it is, and a strategy's are not theirs", async () => {
  const accounts = new Set([portal.ids.account]);
  portal.lookAs(somebody("subscriber", { tenantId: portal.tenantId, accounts }));
  const own = `/accounts/${portal.ids.account}/rules`;
  expect((await post({ ...CAP, confirmed: "1" }, own)).status).toBe(303);
  expect(await get(own)).toContain("No copy has more than 2 lots.");
  expect((await post({ ...CAP, confirmed: "1" })).status).toBe(403);
  expect((await portal.portal.app.request(path)).status).toBe(404);
});
