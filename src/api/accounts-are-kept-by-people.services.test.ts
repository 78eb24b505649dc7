import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { uuidsOf } from "../domain/prefixed-ids.ts";
import type { Ask, Told } from "../testing/rest.ts";
import { OURS, openRestWorld, type RestWorld } from "../testing/rest-world.ts";

let world: RestWorld;
let narrow: string;
beforeAll(async () => {
  world = await openRestWorld();
  const [own = ""] = uuidsOf(follower());
  narrow = await world.rest.keyOf(OURS, "subscriber", { accounts: new Set([own]) });
});
afterAll(async () => {
  await world.close();
  expect(world.rest.faults).toEqual([]);
  expect(world.stage.faults).toEqual([]);
});

const ask = (path: string, more: Ask = {}): Promise<Told> =>
  world.rest.ask(`/v1${path}`, { key: world.key, ...more });
const send = (method: string, path: string, body?: unknown, key = world.key): Promise<Told> =>
  ask(path, { key, method, ...(body === undefined ? {} : { body }) });
const follower = (): string => world.ids["account"] ?? "";
const idsIn = ({ body }: Told): string[] => body.data.map(({ id }: { id: string }) => id);
const NEW = { broker: "delta", login: "10023987", name: "A new one", currency: "EUR" };

test("an account is connected once, named, and put away with its history", async () => {
  const made = await send("POST", "/accounts", { ...NEW, position_mode: "netting" });
  expect([made.status, made.body.position_mode, made.body.equity]).toEqual([201, "netting", null]);
  const other = await send("POST", "/accounts", { ...NEW, position_mode: "hedging" });
  expect(other.body.code).toBe("BAD_INPUT");
  const again = await send("POST", "/accounts", { broker: "delta", login: NEW.login });
  expect(again.body).toEqual(made.body);
  const path = `/accounts/${made.body.id}`;
  expect((await send("PATCH", path, { name: "Renamed" })).body.name).toBe("Renamed");
  const archived = await send("POST", `${path}/archive`, { reason: "Closed." });
  expect(archived.body.archived_at).not.toBeNull();
  expect(idsIn(await ask("/accounts?limit=100"))).not.toContain(made.body.id);
  expect(idsIn(await ask("/accounts?archived=true"))).toContain(made.body.id);
  const body = { strategy_id: world.ids["strategy"], account_id: made.body.id, rules: {} };
  const headers = { "Idempotency-Key": randomUUID() };
  const follow = await ask("/subscriptions", { method: "POST", body, headers });
  expect(follow.status).toBe(404);
  expect((await send("POST", `${path}/restore`, { reason: "Open." })).body.archived_at).toBeNull();
  const audit = await ask("/audit_entries?limit=4");
  expect(audit.body.data.map(({ action }: { action: string }) => action)).toEqual([
    "restore account",
    "archive account",
    "rename account",
    "link account",
  ]);
});

test("who serves accounts hears of one that is linked", async () => {
  const { admin } = world.stage.database;
  const changes = async () =>
    (await admin`select count(*)::int as n from ledger_changes`)[0]?.["n"] as number;
  const before = await changes();
  const made = await send("POST", "/accounts", { ...NEW, login: "told" });
  expect(made.status).toBe(201);
  expect(await changes()).toBe(before + 1);
});

test("what is copied is not archived; once it is, no process serves it", async () => {
  const path = `/accounts/${follower()}`;
  const busy = await send("POST", `${path}/archive`, { reason: "A test." });
  expect([busy.status, busy.body.code]).toEqual([409, "IN_USE"]);
  const { body } = await ask(`/subscriptions?account=${follower()}`);
  const stop = { positions: "keep-positions", reason: "A test." };
  await send("POST", `/subscriptions/${body.data[0].id}/stop`, stop);
  const [id = ""] = uuidsOf(follower());
  expect(world.hub.accounts.has(id)).toBe(true);
  expect((await send("POST", `${path}/archive`, { reason: "A test." })).status).toBe(200);
  await vi.waitFor(() => expect(world.hub.accounts.has(id)).toBe(false), { timeout: 10_000 });
  expect((await send("POST", `${path}/restore`, { reason: "A test." })).status).toBe(200);
  await vi.waitFor(() => expect(world.hub.accounts.has(id)).toBe(true), { timeout: 10_000 });
});

test("accounts are found by tag, group, strategy and who may still follow", async () => {
  const path = `/accounts/${follower()}/tags`;
  expect((await send("PUT", path, { tags: ["family", "slow"] })).body.tags).toEqual([
    "family",
    "slow",
  ]);
  expect((await send("PUT", path, { tags: ["slow"] })).body.tags).toEqual(["slow"]);
  expect((await send("PUT", path, { tags: ["a,b"] })).body.code).toBe("BAD_INPUT");
  expect(idsIn(await ask("/accounts?tag=slow"))).toEqual([follower()]);
  expect(idsIn(await ask("/accounts?tag=family"))).toEqual([]);
  expect(idsIn(await ask(`/accounts?group=${world.ids["group"]}`))).toEqual([follower()]);
  const all = idsIn(await ask("/accounts?limit=100"));
  const in_ = idsIn(await ask(`/accounts?limit=100&strategy=${world.ids["strategy"]}`));
  const free = idsIn(await ask(`/accounts?limit=100&may_follow=${world.ids["strategy"]}`));
  expect([...in_, ...free].toSorted()).toEqual(all.toSorted());
});

test("a group sums up its accounts by currency, and shows nobody more than theirs", async () => {
  const all = idsIn(await ask("/accounts?limit=100"));
  const path = `/groups/${world.ids["group"]}`;
  const changed = await send("PUT", path, { name: "Everybody", accounts: all });
  expect(changed.body.accounts.toSorted()).toEqual(all.toSorted());
  const [usd] = changed.body.totals.filter((one: { currency: string }) => one.currency === "USD");
  const equities = await Promise.all(all.map(async (id) => (await ask(`/accounts/${id}`)).body));
  const seen = equities.filter(({ currency, equity }) => currency === "USD" && equity !== null);
  const sum = seen.reduce((total, { equity }) => total + Number(equity), 0);
  expect(Number(usd.equity)).toBeCloseTo(sum, 2);
  const theirs = await ask("/groups", { key: narrow });
  expect(theirs.body.data).toMatchObject([{ name: "Everybody", accounts: [follower()] }]);
  for (const [method, body] of [
    ["PUT", { name: "Mine", accounts: [follower()] }],
    ["DELETE", undefined],
  ] as const) {
    expect((await send(method, path, body, narrow)).status).toBe(404);
  }
  const beyond = await send("POST", "/groups", { name: "Mine", accounts: all }, narrow);
  expect(beyond.status).toBe(404);
  const own = await send("POST", "/groups", { name: "Mine", accounts: [follower()] }, narrow);
  expect(own.body.totals).toMatchObject([{ accounts: 1 }]);
  expect((await send("DELETE", `/groups/${own.body.id}`, undefined, narrow)).status).toBe(204);
});

test("accounts are summed up by what they share", async () => {
  for (const by of ["broker", "currency", "strategy", "tag", "group", "investor"]) {
    const { status, body } = await ask(`/subtotals?by=${by}`);
    expect(status).toBe(200);
    if (by !== "investor") expect(body.data.length).toBeGreaterThan(0);
  }
  expect((await ask("/subtotals?by=investor", { key: narrow })).body.code).toBe("FORBIDDEN");
  const { body } = await ask("/subtotals?by=broker", { key: narrow });
  expect(body.data).toMatchObject([{ of: world.ids["broker"], totals: [{ accounts: 1 }] }]);
});

test("a key of some accounts connects none that it could not see", async () => {
  const told = await send("POST", "/accounts", { ...NEW, login: "2" }, narrow);
  expect([told.status, told.body.code]).toEqual([403, "FORBIDDEN"]);
});
