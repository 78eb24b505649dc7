import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Principal } from "../../identity/principal.ts";
import { countUnread, markRead, markUnread, readNotices } from "../../records/notices.ts";
import { somebody } from "../../testing/portal-app.ts";
import { openPortalWorld, type PortalWorld } from "../../testing/portal-world.ts";

let portal: PortalWorld;
const origin = "http://localhost";

beforeAll(async () => {
  portal = await openPortalWorld();
  const { admin } = portal.stage.database;
  const { tenantId, ids } = portal;
  await admin`insert into kill_states (tenant_id, scope, scope_id, engaged, by_whom, reason)
    values (${tenantId}, 'tenant', ${tenantId}, true, 'Olga', 'a fire'),
      (${tenantId}, 'account', ${ids.account}, true, 'Olga', 'one account')`;
});
afterAll(() => portal.close());

const as = (role: "operator" | "subscriber", accounts: Principal["accounts"], id = randomUUID()) =>
  somebody(role, {
    ...{ tenantId: portal.tenantId, accounts },
    actor: { kind: "person", id, name: "Ada" },
  });
const sql = () => portal.stage.database.sql;

test("everybody is told of their own accounts, and of the whole only who sees the whole", async () => {
  const words = async (by: Principal) =>
    (await readNotices(sql(), by)).map((one) => one.words).sort();
  expect(await words(as("operator", "all"))).toEqual(["a fire", "one account"]);
  expect(await words(as("subscriber", new Set([portal.ids.account])))).toEqual(["one account"]);
  expect(await words(as("subscriber", new Set()))).toEqual([]);
});

test("what one person has read is unread for all others, and may be unread again", async () => {
  const [ada, bob] = [as("operator", "all"), as("operator", "all")];
  const [first] = await readNotices(sql(), ada);
  await markRead(sql(), ada, [first?.id ?? ""]);
  await markRead(sql(), ada, [first?.id ?? "", "not an id'; --"]);
  expect([await countUnread(sql(), ada), await countUnread(sql(), bob)]).toEqual([1, 2]);
  await markUnread(sql(), ada, [first?.id ?? ""]);
  expect(await countUnread(sql(), ada)).toBe(2);
  await markRead(sql(), ada, "all");
  expect([await countUnread(sql(), ada), await countUnread(sql(), bob)]).toEqual([0, 2]);
});

test("nobody reads away what they may not see", async () => {
  const own = as("subscriber", new Set());
  const notices = await readNotices(sql(), as("operator", "all"));
  await markRead(
    sql(),
    own,
    notices.map(({ id }) => id),
  );
  const [row] = await portal.stage.database.admin`
    select count(*)::int as many from notices_read where reader = ${own.actor.id}`;
  expect(row?.["many"]).toBe(0);
});

test("the inbox, the bell and the jobs board say what there is", async () => {
  const { app } = portal.portal;
  portal.lookAs(as("operator", "all"));
  const bell = await (await app.request("/notices/unread.json")).json();
  expect(bell).toMatchObject({ rows: { bell: { unread: "2" } }, done: true });
  expect(await (await app.request("/notices")).text()).toContain("a fire");
  const headers = { origin, "content-type": "application/x-www-form-urlencoded" };
  const read = await app.request("/notices", { method: "POST", headers, body: "all=1" });
  expect(read.status).toBe(303);
  expect(await (await app.request("/notices?show=unread")).text()).toContain("Nothing is unread");
  const jobs = await (await app.request("/jobs")).text();
  expect(jobs).toContain("alive");
  expect(jobs).toContain("Orders whose outcome is being looked up");
});
