import { afterAll, beforeAll, expect, test } from "vitest";
import { somebody } from "../../testing/portal-app.ts";
import { openPortalWorld, type PortalWorld } from "../../testing/portal-world.ts";

let portal: PortalWorld;
const origin = "http://localhost";

beforeAll(async () => {
  portal = await openPortalWorld();
  portal.lookAs(somebody("operator", { tenantId: portal.tenantId }));
});
afterAll(() => portal.close());

async function post(path: string, body: string): Promise<Response> {
  const headers = { origin, "content-type": "application/x-www-form-urlencoded" };
  return portal.portal.app.request(path, { method: "POST", headers, body });
}

async function modes(): Promise<string[]> {
  const rows = await portal.stage.database.admin<{ mode: string }[]>`
    select mode from subscriptions order by 1`;
  return rows.map(({ mode }) => mode);
}

async function kills(): Promise<number> {
  const [row] = await portal.stage.database.admin`select count(*)::int as many from kill_states`;
  return Number(row?.["many"]);
}

test("a mode for all is a dry run first, and counts what would change", async () => {
  const dry = await post("/control/mode", "all=1&query=&to=pause");
  expect(await dry.text()).toContain("3 of 3 would open nothing more");
  expect(await modes()).toEqual(["active", "active", "active"]);
});

test("without the word, or without a reason, nothing is changed", async () => {
  const meant = "all=1&query=&to=pause&confirmed=1";
  const wordless = await post("/control/mode", `${meant}&reason=x&word=no`);
  expect(wordless.status).toBe(400);
  expect(await wordless.text()).toContain("nothing was changed");
  expect((await post("/control/mode", `${meant}&word=GO`)).status).toBe(400);
  expect(await modes()).toEqual(["active", "active", "active"]);
});

test("once confirmed, what became of each leg is told and on record", async () => {
  const meant = "all=1&query=&to=pause&confirmed=1&reason=maintenance&word=GO";
  const done = await (await post("/control/mode", meant)).text();
  expect(done).toContain("3 done, none refused");
  expect(await modes()).toEqual(["paused", "paused", "paused"]);
  const again = await post("/control/mode", "all=1&query=&to=pause");
  expect(again.status).toBe(303);
  const [operation] = await portal.stage.database.admin`
    select action, (select json_agg(leg order by number) from operation_legs) as legs
    from operations`;
  expect(operation?.["action"]).toBe("pause");
});

test("one account alone asks for no word, and only it is killed", async () => {
  const one = `id=${portal.ids.account}&query=`;
  const dry = await (await post("/control/kill", one)).text();
  expect(dry).toContain("1 of 1 would open nothing more");
  expect(dry).not.toContain("to confirm");
  expect(await kills()).toBe(0);
  await post("/control/kill", `${one}&confirmed=1&reason=it+smokes`);
  expect(await kills()).toBe(1);
});

test("whoever chooses accounts that are not theirs chooses nothing", async () => {
  const { tenantId } = portal;
  portal.lookAs(somebody("subscriber", { tenantId, accounts: new Set<string>() }));
  const foreign = await post("/control/kill", `id=${portal.ids.account}&confirmed=1&reason=x`);
  expect(foreign.status).toBe(303);
  expect(await kills()).toBe(1);
  portal.lookAs(somebody("operator", { tenantId }));
});

test("with nothing that differs, a way back says so", async () => {
  const answer = await post("/control/realign", "all=1&query=");
  expect(answer.status).toBe(303);
});
