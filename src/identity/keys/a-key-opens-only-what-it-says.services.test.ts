import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { enrol, tenantIdOf } from "../../hub/enrol.ts";
import { type TestDatabase, testDatabase } from "../../testing/database.ts";
import { HERE, PASSWORD, testPeople } from "../../testing/people.ts";
import { invite, join } from "../people/links.ts";
import { setDisabled, setRoles } from "../people/manage.ts";
import type { Principal } from "../principal.ts";
import {
  createKey,
  type KeyDeps,
  listKeys,
  type NewKey,
  principalOfKey,
  revokeKey,
} from "./service.ts";

const NOW = Date.parse("2026-03-01T00:00:00Z");
const WANTED: NewKey = { name: "bot", mode: "live", scopes: ["accounts:read"] };

let database: TestDatabase;
let deps: KeyDeps;
let now = NOW;

beforeAll(async () => {
  database = await testDatabase();
  deps = { sql: database.sql, now: () => now, random: randomBytes, newId: () => randomUUID() };
  for (const tenant of ["ours", "theirs"]) {
    const nothing = { brokers: [], accounts: [], strategies: [], subscriptions: [] };
    await enrol(database.sql, { tenant, ...nothing, at: NOW, by: "test" });
  }
});
afterAll(() => database.drop());

const person = (tenant: string, more: Partial<Principal> = {}): Principal => ({
  tenantId: tenantIdOf(tenant),
  actor: { kind: "person", id: randomUUID(), name: "Ada" },
  roles: ["admin"],
  scopes: null,
  accounts: "all",
  mode: "live",
  steppedUpAt: NOW,
  address: "192.0.2.1",
  ...more,
});

const refused = { code: "UNAUTHENTICATED" };

test("its secret is shown once, is kept nowhere, and opens what it says", async () => {
  const { key, secret } = await createKey(deps, person("ours"), WANTED);
  expect(secret).toMatch(/^ck_live_[A-Za-z0-9_-]{43}$/);
  const principal = await principalOfKey(deps, secret, null);
  expect(principal).toMatchObject({
    tenantId: tenantIdOf("ours"),
    actor: { kind: "key", id: key.keyId, name: "bot" },
    scopes: ["accounts:read"],
    mode: "live",
    steppedUpAt: null,
  });
  const rows = await database.admin`select to_jsonb(k)::text as row from api_keys k
    union all select to_jsonb(a)::text from audit a`;
  expect(rows.length).toBeGreaterThan(1);
  for (const { row } of rows) expect(row).not.toContain(secret.slice(20));
  const [listed] = await listKeys(deps, person("ours"));
  expect(listed?.lastUsedAt?.getTime()).toBe(NOW);
});

test("what is unknown, misshapen, expired, revoked or from elsewhere is refused alike", async () => {
  const by = person("ours");
  const { key, secret } = await createKey(deps, by, { ...WANTED, networks: ["10.0.0.0/8", "::1"] });
  for (const address of ["10.1.2.3", "::ffff:10.9.9.9", "::1"]) {
    await expect(principalOfKey(deps, secret, address)).resolves.toBeDefined();
  }
  for (const address of ["192.0.2.1", null, "nonsense"]) {
    await expect(principalOfKey(deps, secret, address)).rejects.toMatchObject(refused);
  }
  const other = `ck_live_${randomBytes(32).toString("base64url")}`;
  for (const bad of ["", "Bearer", "ck_live_short", other, secret.replace("live", "test")]) {
    await expect(principalOfKey(deps, bad, "10.1.2.3")).rejects.toMatchObject(refused);
  }
  now = NOW + 91 * 86_400_000;
  await expect(principalOfKey(deps, secret, "10.1.2.3")).rejects.toMatchObject(refused);
  now = NOW;
  await revokeKey(deps, by, key.keyId);
  await revokeKey(deps, by, key.keyId);
  await expect(principalOfKey(deps, secret, "10.1.2.3")).rejects.toMatchObject(refused);
  const revocations = await database.admin`select 1 from audit where action = 'revoke API key'`;
  expect(revocations).toHaveLength(1);
});

test("nobody hands out more than they have, nor touches another tenant's key", async () => {
  const investor = person("ours", { roles: ["investor"] });
  const wider = { ...WANTED, scopes: ["copies:write" as const] };
  await expect(createKey(deps, investor, wider)).rejects.toMatchObject({ code: "FORBIDDEN" });
  const { key } = await createKey(deps, person("ours"), WANTED);
  await expect(revokeKey(deps, person("theirs"), key.keyId)).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  expect(await listKeys(deps, person("theirs"))).toEqual([]);
});

test("bad input names the field and makes nothing", async () => {
  const by = person("theirs");
  const bad: NewKey[] = [
    { ...WANTED, name: " " },
    { ...WANTED, scopes: [] },
    { ...WANTED, scopes: ["everything" as never] },
    { ...WANTED, networks: ["10.0.0.0/99"] },
    { ...WANTED, networks: ["example.org"] },
    { ...WANTED, expiresAt: NOW },
    { ...WANTED, expiresAt: Number.NaN },
  ];
  for (const wanted of bad) {
    await expect(createKey(deps, by, wanted)).rejects.toMatchObject({ code: "BAD_INPUT" });
  }
  expect(await listKeys(deps, by)).toEqual([]);
});

test("what its person may do no more, it may not either, and nothing while they are kept out", async () => {
  const people = testPeople(database);
  const { principal: admin } = await people.admin("keyed");
  const url = await invite(people.deps, admin, { email: "eve@k.example", roles: ["operator"] });
  const link = { token: url.split("/").at(-1) ?? "", kind: "invitation" as const };
  const joining = { name: "Eve", password: PASSWORD };
  const eve = await people.principal(await join(people.deps, link, joining, HERE));
  const personId = eve.actor.id;
  const { secret } = await createKey(deps, eve, WANTED);
  const shown = () => principalOfKey(deps, secret, null);
  expect(await shown()).toMatchObject({ roles: ["operator"], accounts: "all" });
  await setRoles(people.deps, admin, { personId, roles: ["operator", "investor"] });
  expect(await shown()).toMatchObject({ roles: ["operator"], accounts: "all" });
  await setRoles(people.deps, admin, { personId, roles: ["investor"] });
  expect(await shown()).toMatchObject({ roles: [], accounts: new Set() });
  await setRoles(people.deps, admin, { personId, roles: ["operator"] });
  await setDisabled(people.deps, admin, { personId, disabled: true });
  await expect(shown()).rejects.toMatchObject(refused);
  await setDisabled(people.deps, admin, { personId, disabled: false });
  await expect(shown()).resolves.toMatchObject({ roles: ["operator"] });
});
