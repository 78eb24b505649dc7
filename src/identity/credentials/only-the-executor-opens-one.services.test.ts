import { randomBytes, randomUUID } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ONE } from "../../domain/fixed.ts";
import { accountRefOf, enrol, tenantIdOf } from "../../hub/enrol.ts";
import { addMasterKey, openSealer } from "../../platform/key-ring.ts";
import { inTenant, openPostgres, type Sql } from "../../platform/postgres.ts";
import { type Sealer, sealedUnder, sealer } from "../../platform/sealed.ts";
import { type TestDatabase, testDatabase } from "../../testing/database.ts";
import { testPeople } from "../../testing/people.ts";
import { beginTotp, confirmTotp } from "../people/second-factor.ts";
import { giveSecondFactor, signIn } from "../people/sign-in.ts";
import type { Principal } from "../principal.ts";
import { EXECUTOR_ROLE, openCredential } from "./open.ts";
import { rotateSealed } from "./rotate.ts";
import {
  type CredentialDeps,
  findCredential,
  removeCredential,
  storeCredential,
} from "./service.ts";

const NOW = Date.parse("2026-03-01T00:00:00Z");
const CANARY = `canary-${randomUUID()}`;
const SECRET = { login: "880405", password: CANARY };

let database: TestDatabase;
let executor: Sql;
let dataDir: string;
let ring: Sealer;
let deps: CredentialDeps;

beforeAll(async () => {
  database = await testDatabase();
  executor = openPostgres(database.url, { max: 1, role: EXECUTOR_ROLE });
  dataDir = await mkdtemp(join(tmpdir(), "lockstep-keys-"));
  await chmod(dataDir, 0o700);
  ring = await openSealer(dataDir);
  deps = { sql: database.sql, sealer: ring, now: () => NOW };
  for (const tenant of ["ours", "theirs"]) {
    await enrol(database.sql, {
      ...{ tenant, brokers: [{ name: "B", gateway: "g" }], strategies: [], subscriptions: [] },
      accounts: ["1", "2", "3"].map((login) => ({
        ...{ broker: "B", login, name: login, currency: "USD", leverage: ONE },
        positionMode: "hedging" as const,
      })),
      ...{ at: NOW, by: "test" },
    });
  }
});
afterAll(async () => {
  await executor.end();
  await database.drop();
  await rm(dataDir, { recursive: true });
});

const account = (login: string, tenant = "ours") => accountRefOf(tenant, { broker: "B", login });

const person = (more: Partial<Principal> = {}): Principal => ({
  tenantId: tenantIdOf("ours"),
  actor: { kind: "person", id: randomUUID(), name: "Ada" },
  ...{ roles: ["admin"], scopes: null, accounts: "all", mode: "live" },
  ...{ steppedUpAt: NOW, address: "192.0.2.1", ...more },
});

test("what is stored is opened by the executor, and shown to nobody", async () => {
  const { accountId } = account("1");
  const facts = await storeCredential(deps, person(), accountId, SECRET);
  expect(facts).toMatchObject({ version: 1, fields: ["login", "password"], by: "Ada" });
  expect(JSON.stringify(await findCredential(deps.sql, person(), accountId))).not.toContain(CANARY);
  expect(await openCredential(executor, ring, account("1"))).toEqual(SECRET);
  expect(await openCredential(executor, ring, account("3"))).toBeNull();
});

test("the application cannot read what is sealed, and the executor nothing else", async () => {
  const tenant = tenantIdOf("ours");
  const refused = { code: "42501" };
  const asApp = inTenant(database.sql, tenant, (tx) => tx`select sealed from account_credentials`);
  await expect(asApp).rejects.toMatchObject(refused);
  const whole = inTenant(database.sql, tenant, (tx) => tx`select * from account_credentials`);
  await expect(whole).rejects.toMatchObject(refused);
  for (const table of ["people", "devices", "accounts", "audit", "api_keys"]) {
    const read = inTenant(executor, tenant, (tx) => tx`select 1 from ${tx(table)}`);
    await expect(read, table).rejects.toMatchObject(refused);
  }
  const edit = inTenant(executor, tenant, (tx) => tx`update account_credentials set sealed = 'x'`);
  await expect(edit).rejects.toMatchObject(refused);
  const [none] = await executor`select count(*)::int as n from account_credentials`;
  expect(none).toEqual({ n: 0 });
});

test("a newer one empties the one before, and a removed one is gone for good", async () => {
  const { accountId } = account("2");
  await storeCredential(deps, person(), accountId, SECRET);
  await storeCredential(deps, person(), accountId, { password: "newer" });
  expect(await openCredential(executor, ring, account("2"))).toEqual({ password: "newer" });
  const sealed = () => database.admin`select version, sealed = '' as empty
    from account_credentials where account_id = ${accountId} order by version`;
  expect([...(await sealed())]).toEqual([
    { version: 1, empty: true },
    { version: 2, empty: false },
  ]);
  await removeCredential(deps, person(), accountId);
  await removeCredential(deps, person(), accountId);
  expect((await sealed()).every(({ empty }) => empty)).toBe(true);
  expect(await findCredential(deps.sql, person(), accountId)).toBeNull();
  const actions = await database.admin`select action from audit
    where subject = ${accountId} order by number`;
  expect(actions.map(({ action }) => action)).toEqual([
    ...["store credential", "store credential", "remove credential"],
  ]);
});

test("one of another account, tenant or version does not open", async () => {
  await storeCredential(deps, person(), account("2").accountId, { password: "other" });
  const theirs = person({ tenantId: tenantIdOf("theirs") });
  await storeCredential(deps, theirs, account("1", "theirs").accountId, { password: "theirs" });
  const move = async (from: string, to: string) => {
    await database.admin`update account_credentials set sealed = (select sealed from
      account_credentials where account_id = ${from} and ended_at is null)
      where account_id = ${to} and ended_at is null`;
  };
  const [before] = await database.admin<{ sealed: string }[]>`select sealed
    from account_credentials where account_id = ${account("1").accountId} and ended_at is null`;
  for (const from of [account("2").accountId, account("1", "theirs").accountId]) {
    await move(from, account("1").accountId);
    await expect(openCredential(executor, ring, account("1"))).rejects.toMatchObject({
      code: "BAD_MESSAGE",
    });
  }
  await database.admin`update account_credentials set sealed = ${before?.sealed ?? ""}, version = 7
    where account_id = ${account("1").accountId} and ended_at is null`;
  await expect(openCredential(executor, ring, account("1"))).rejects.toMatchObject({
    code: "BAD_MESSAGE",
  });
  await database.admin`update account_credentials set version = 1
    where account_id = ${account("1").accountId} and ended_at is null`;
  expect(await openCredential(executor, ring, account("1"))).toEqual(SECRET);
});

test("whose the account is not, is told that there is none, and bad input names no value", async () => {
  const unknown = { code: "NOT_FOUND" };
  const { accountId } = account("1");
  const investor = person({ accounts: new Set() });
  await expect(storeCredential(deps, investor, accountId, SECRET)).rejects.toMatchObject(unknown);
  await expect(findCredential(deps.sql, investor, accountId)).rejects.toMatchObject(unknown);
  const theirs = person({ tenantId: tenantIdOf("theirs") });
  await expect(removeCredential(deps, theirs, accountId)).rejects.toMatchObject(unknown);
  const huge = CANARY.padEnd(9_000, "x");
  for (const bad of [{}, { "Pass word": CANARY }, { password: "" }, { password: huge }]) {
    const told = await storeCredential(deps, person(), accountId, bad).catch(String);
    expect(told).toContain("BAD_INPUT");
    expect(told).not.toContain(CANARY);
  }
});

test("after a rotation every secret is under the new key, and the old one opens none", async () => {
  const people = testPeople(database);
  const totp = { ...people.deps, sealer: ring };
  const { principal } = await people.admin("rotating");
  const { seed } = await beginTotp(totp, principal);
  const { generate } = await import("otplib");
  const codeNow = () => generate({ secret: seed, epoch: people.clock.at / 1_000 });
  await confirmTotp(totp, principal, await codeNow());
  const [old = ""] = await readdir(join(dataDir, "keys"));
  const oldKey = Buffer.from(await readFile(join(dataDir, "keys", old), "utf8"), "hex");
  const running = await openSealer(dataDir);
  expect(await addMasterKey(dataDir)).toBe("master-2.key");
  const done = await rotateSealed(database.admin, await openSealer(dataDir), "test");
  const counts = Object.fromEntries(done.map(({ table, rewrapped }) => [table, rewrapped]));
  expect(counts).toMatchObject({ account_credentials: 3, people: 1 });
  const again = await rotateSealed(database.admin, ring, "test");
  expect(again.every(({ rewrapped }) => rewrapped === 0)).toBe(true);
  const rows = await database.admin<{ sealed: string }[]>`select sealed from account_credentials
    where sealed <> '' union all select totp_seed from people where totp_seed is not null`;
  expect(new Set(rows.map(({ sealed }) => sealedUnder(sealed))).size).toBe(1);
  const withOld = openCredential(executor, sealer(oldKey), account("1"));
  await expect(withOld).rejects.toMatchObject({ code: "BAD_MESSAGE" });
  // A hub that was running all the while.
  expect(await openCredential(executor, running, account("1"))).toEqual(SECRET);
  people.clock.at += 60_000;
  const from = { address: null, agent: null };
  const credentials = { email: "admin@rotating.example", password: "correct horse battery" };
  const half = await signIn({ ...totp, sealer: running }, credentials, from);
  const full = await giveSecondFactor(
    { ...totp, sealer: running },
    half.token,
    await codeNow(),
    from,
  );
  expect(full.session.isFull).toBe(true);
});

test("a canary is in no row of the database", async () => {
  const tables = await database.admin<{ name: string }[]>`select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r'`;
  expect(tables.length).toBeGreaterThan(30);
  for (const { name } of tables) {
    const rows = await database.admin`select 1 from ${database.admin(name)} t
      where to_jsonb(t)::text like ${`%${CANARY}%`}`;
    expect(rows.length, name).toBe(0);
  }
});

test("a text that was sealed before keys had names opens with the oldest", async () => {
  const [old = ""] = (await readdir(join(dataDir, "keys"))).filter(
    (name) => name === "devices.key",
  );
  const key = Buffer.from(await readFile(join(dataDir, "keys", old), "utf8"), "hex");
  const named = Buffer.from(sealer(key).seal(Buffer.from("first"), ["row"]), "base64");
  const unnamed = Buffer.concat([Buffer.of(1), named.subarray(9)]).toString("base64");
  expect(ring.open(unnamed, ["row"]).toString()).toBe("first");
  const fresh = ring.rewrap(unnamed, ["row"]) ?? "";
  expect(ring.open(fresh, ["row"]).toString()).toBe("first");
  expect(() => ring.rewrap(unnamed, ["another row"])).toThrow("BAD_MESSAGE");
  expect(() => ring.open(sealer(randomBytes(32)).seal(Buffer.from("x"), ["row"]), ["row"])).toThrow(
    "BAD_MESSAGE",
  );
});
