import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readCopying } from "../../records/copying.ts";
import { somebody } from "../../testing/portal-app.ts";
import { openPortalWorld, type PortalWorld } from "../../testing/portal-world.ts";

let portal: PortalWorld;
const origin = "http://localhost";

beforeAll(async () => {
  portal = await openPortalWorld();
});
afterAll(() => portal.close());

const operator = () => somebody("operator", { tenantId: portal.tenantId });
const other = () =>
  somebody("provider", { tenantId: portal.tenantId, accounts: new Set([portal.ids.account]) });

async function post(path: string, fields: Readonly<Record<string, string>>) {
  const body = new URLSearchParams(fields).toString();
  const headers = { origin, "content-type": "application/x-www-form-urlencoded" };
  return portal.portal.app.request(path, { method: "POST", headers, body });
}
const get = async (path: string): Promise<string> => (await portal.portal.app.request(path)).text();

const NAME = `Night range ${randomBytes(3).toString("hex")}`;
const published = {
  name: NAME,
  visibility: "public",
  description: "EUR by night.",
  terms: "Be kind.",
};

test("what is wrong is said beside what was typed, and nothing is published", async () => {
  portal.lookAs(operator());
  const nameless = await post("/publish", { ...published, master: portal.ids.account, name: "" });
  expect(nameless.status).toBe(400);
  expect(await nameless.text()).toContain("EUR by night.");
  expect(await get("/strategies")).not.toContain(NAME);
});

test("a strategy is found by everybody, asks its followers to agree, and keeps its versions", async () => {
  portal.lookAs(operator());
  const made = await post("/publish", { ...published, master: portal.ids.account });
  expect(made.status).toBe(303);
  const path = made.headers.get("location") ?? "";
  expect((await post("/publish", { ...published, master: portal.ids.account })).status).toBe(400);
  portal.lookAs(other());
  expect(await get("/strategies")).toContain(NAME);
  portal.lookAs(operator());
  const revised = { visibility: "private", description: "EUR by day.", terms: "" };
  expect((await post(`${path}/terms`, revised)).status).toBe(303);
  const terms = await get(`${path}/terms`);
  expect(terms).toContain("EUR by night.");
  expect(terms).toContain("EUR by day.");
});

test("nobody changes what another's strategy promises", async () => {
  portal.lookAs(other());
  const path = `/strategies/${portal.ids.strategy}/terms`;
  expect(await get(path)).not.toContain("Make a new version");
  const change = { visibility: "private", description: "", terms: "" };
  expect((await post(path, change)).status).toBe(404);
});

test("the quality of copying adds up, and names only followers that may be seen", async () => {
  const { sql } = portal.stage.database;
  const all = await readCopying(sql, operator(), portal.ids.strategy);
  expect(all.whole).toMatchObject({ decided: 3, copied: 3, rejected: 0 });
  expect(all.followers.map((one) => one.copied)).toEqual([1, 1, 1]);
  expect(all.followers.every((one) => (one.delay_median_ms ?? -1) >= 0)).toBe(true);
  const own = await readCopying(sql, other(), portal.ids.strategy);
  expect(own.followers.filter((one) => one.account !== null).length).toBe(1);
  portal.lookAs(other());
  expect(await get(`/strategies/${portal.ids.strategy}`)).toContain("another follower");
});
