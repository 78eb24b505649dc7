import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseFixed } from "../../domain/fixed.ts";
import { accountRefOf, enrol } from "../../hub/enrol.ts";
import { sealer } from "../../platform/sealed.ts";
import { type TestDatabase, testDatabase } from "../../testing/database.ts";
import { PostgresDevices } from "./device-store.ts";
import { handOutCode } from "./pairing.ts";
import { typedCode } from "./proofs.ts";

const NOW = Date.parse("2026-01-05T10:00:00Z");
const clock = { now: () => NOW };
const random = randomBytes;
const BY = { name: "test", address: "192.0.2.1" };
const TENANT = "pairing";
const ACCOUNT = {
  ...{ broker: "Broker", login: "1001", name: "mine", currency: "USD" },
  ...{ positionMode: "hedging" as const, leverage: parseFixed("100") },
};
const account = accountRefOf(TENANT, ACCOUNT);

let database: TestDatabase;
let store: PostgresDevices;

beforeAll(async () => {
  database = await testDatabase();
  store = new PostgresDevices(database.sql, sealer(randomBytes(32)));
  await enrol(database.sql, {
    ...{ tenant: TENANT, brokers: [{ name: "Broker", gateway: "metatrader" }] },
    ...{ accounts: [ACCOUNT], strategies: [], subscriptions: [], at: NOW, by: "test" },
  });
});
afterAll(() => database.drop());

async function offered() {
  const { code, expiresAt } = await handOutCode({ store, clock, random }, account, BY);
  const typed = typedCode(code);
  if (typed === null) throw new Error(`no code: ${code}`);
  return { ...typed, expiresAt };
}

const deviceOf = (id: string, key = randomBytes(32)) => {
  const facts = { server: "Demo", platform: "mt5", at: NOW };
  return { id, account, key, ...facts };
};

test("a code is for its account, for a quarter of an hour, and its secret comes back whole", async () => {
  const { id, secret, expiresAt } = await offered();
  expect(expiresAt - NOW).toBe(900_000);
  expect(await store.offer(id)).toEqual({ id, account, mode: "hedging", secret, expiresAt });
  expect(await store.offer("ZZZZZZZZ")).toBeNull();
});

test("of fifty that pair by one code at once, one is paired", async () => {
  const { id } = await offered();
  const keys = Array.from({ length: 50 }, () => randomBytes(32));
  const paired = await Promise.all(keys.map((key) => store.pair(deviceOf(id, key))));
  expect(paired.filter(Boolean)).toHaveLength(1);
  expect(await store.offer(id)).toBeNull();
  expect((await store.device(id))?.key).toEqual(keys[paired.indexOf(true)]);
});

test("the newest epoch of an account holds for all its devices, and never falls", async () => {
  const [first, second] = [await offered(), await offered()];
  for (const { id } of [first, second]) await store.pair(deviceOf(id));
  const [one, two] = [await store.device(first.id), await store.device(second.id)];
  if (one === null || two === null) throw new Error("not paired");
  await store.ran(one, 7, "aaaaaaaaaaaaaaaa");
  await store.ran(two, 9, "bbbbbbbbbbbbbbbb");
  await store.ran(two, 8, "cccccccccccccccc");
  for (const { id } of [first, second]) {
    expect(await store.device(id)).toMatchObject({ epoch: 9, run: "bbbbbbbbbbbbbbbb" });
  }
});

test("a revoked device is told of to the bridge, once for all, and stays in the list", async () => {
  const [one, two] = [await offered(), await offered()];
  for (const { id } of [one, two]) await store.pair(deviceOf(id));
  const devices = [await store.device(one.id), await store.device(two.id)].filter(
    (d) => d !== null,
  );
  expect((await store.revoked(devices)).size).toBe(0);
  expect(await store.revoke(account.tenantId, one.id, BY)).toEqual({ login: "1001" });
  expect(await store.revoke(account.tenantId, one.id, BY)).toBeNull();
  expect(await store.revoke(account.tenantId, "ZZZZZZZZ", BY)).toBeNull();
  expect([...(await store.revoked(devices))]).toEqual([one.id]);
  expect(await store.device(one.id)).toMatchObject({ revoked: true });
  const listed = (await store.list(account.tenantId)).find(({ device }) => device === one.id);
  expect(listed).toMatchObject({ broker: "Broker", login: "1001", platform: "mt5" });
  expect(listed?.revokedAt).not.toBeNull();
  const audited = await database.admin`select by_whom, address::text, subject from audit
    where action = 'revoke-terminal'`;
  expect(audited).toEqual([{ by_whom: "test", address: "192.0.2.1", subject: account.accountId }]);
});

test("no row holds a secret or a key, and a sealed key does not open in another row", async () => {
  const { id, secret } = await offered();
  const other = await offered();
  const dump = async (): Promise<string> => {
    const rows = await database.admin`select * from pairing_codes`;
    const keys = await database.admin`select * from devices`;
    return JSON.stringify([...rows, ...keys]);
  };
  expect(await dump()).not.toContain(secret);
  const key = randomBytes(32);
  await store.pair(deviceOf(id, key));
  for (const form of ["hex", "base64"] as const)
    expect(await dump()).not.toContain(key.toString(form));
  await store.pair(deviceOf(other.id));
  await database.admin`update devices set key = (select key from devices where device_id = ${id})
    where device_id = ${other.id}`;
  await expect(store.device(other.id)).rejects.toMatchObject({ code: "BAD_MESSAGE" });
});
