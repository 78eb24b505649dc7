import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ONE } from "../domain/fixed.ts";
import { PostgresDevices } from "../gateway/metatrader/device-store.ts";
import { enrol, tenantIdOf } from "../hub/enrol.ts";
import type { Principal } from "../identity/principal.ts";
import { sealer } from "../platform/sealed.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { PairingService } from "./service.ts";

const tenant = "pairing service";
const tenantId = tenantIdOf(tenant);
const operator: Principal = {
  tenantId,
  actor: { kind: "person", id: randomUUID(), name: "Olga" },
  roles: ["operator"],
  ...{ scopes: null, accounts: "all", mode: "live", steppedUpAt: null, address: "192.0.2.7" },
};
const limited = (accounts: readonly string[], more: Partial<Principal> = {}): Principal => ({
  ...operator,
  ...{ roles: ["subscriber"], accounts: new Set(accounts), ...more },
});
const broker = "Broker";
let now = Date.parse("2026-01-05T10:00:00Z");
let database: TestDatabase;
let service: PairingService;
let devices: PostgresDevices;

beforeAll(async () => {
  database = await testDatabase();
  await enrol(database.sql, {
    ...{ tenant, accounts: [], strategies: [], subscriptions: [], at: now, by: "test" },
    brokers: [{ name: "Simulated", gateway: "simulator" }],
  });
  const seal = sealer(randomBytes(32));
  service = new PairingService(database.sql, seal, { now: () => now });
  devices = new PostgresDevices(database.sql, seal);
});
afterAll(() => database.drop());

async function paired(accountId: string): Promise<string> {
  const { device } = await service.offer(operator, accountId);
  const account = { tenantId, accountId, brokerId: "", login: "" };
  const facts = { server: "Demo", platform: "mt5", at: now, key: randomBytes(32) };
  expect(await devices.pair({ id: device, account, ...facts })).toBe(true);
  return device;
}

test("linking an account twice is linking it once, and changes nothing of it", async () => {
  const wanted = { broker, login: "2001", mode: "netting", currency: "EUR" } as const;
  const first = await service.link(operator, wanted);
  expect(await service.link(operator, wanted)).toEqual(first);
  expect(await service.link(operator, { broker, login: "2001" })).toEqual(first);
  for (const contrary of [
    { mode: "hedging" },
    { currency: "USD" },
    { leverage: 30n * ONE },
  ] as const)
    await expect(service.link(operator, { ...wanted, ...contrary })).rejects.toMatchObject({
      code: "BAD_INPUT",
      context: { field: Object.keys(contrary)[0] },
    });
  const { accountId } = first;
  const audited = await database.admin`select by_whom, address from audit
    where action = 'link account' and subject = ${accountId}`;
  expect(audited).toEqual([{ by_whom: "Olga", address: "192.0.2.7" }]);
});

test.each([
  ["broker", { broker: " ", login: "1" }],
  ["login", { broker, login: "one two" }],
  ["login", { broker: "Simulated", login: "1" }],
  ["currency", { broker, login: "1", currency: "euro" }],
  ["leverage", { broker, login: "1", leverage: 0n }],
])("a %s that is none is refused by its name, and nothing is entered", async (field, wanted) => {
  const fault = await service.link(operator, wanted).catch((error: unknown) => error);
  expect(fault).toMatchObject({ code: "BAD_INPUT" });
  const asked = wanted.broker === "Simulated" ? "account" : field;
  expect(fault).toMatchObject({ context: { field: asked } });
  const rows = await database.admin`select 1 from accounts where login = '1'`;
  expect(rows).toEqual([]);
});

test("what a person links is theirs, and nobody else finds it", async () => {
  const person = randomUUID();
  await database.admin`insert into people (tenant_id, person_id, email, name, roles, created_at)
    values (${tenantId}, ${person}, 'sue@example.org', 'Sue', '{subscriber}', ${new Date(now)})`;
  const sue = limited([], { actor: { kind: "person", id: person, name: "Sue" } });
  const { accountId } = await service.link(sue, { broker, login: "2002" });
  const own = await database.admin`select account_id from account_people
    where person_id = ${person}`;
  expect(own).toEqual([{ account_id: accountId }]);
  const stranger = limited([]);
  const taken = service.link(stranger, { broker, login: "2002" });
  await expect(taken).rejects.toMatchObject({ code: "BAD_INPUT", context: { field: "login" } });
  await expect(service.offer(stranger, accountId)).rejects.toMatchObject({ code: "NOT_FOUND" });
  const device = await paired(accountId);
  for (const act of [service.progress(stranger, device), service.revoke(stranger, device)])
    await expect(act).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await service.devices(stranger)).toEqual([]);
  const found = await service.devices(limited([accountId]));
  expect(found.map((one) => one.device)).toEqual([device]);
});

test("a key that reaches some accounts links no new one, and a test key none at all", async () => {
  const key = { actor: { kind: "key", id: randomUUID(), name: "a key" } } as const;
  const { accountId } = await service.link(operator, { broker, login: "2003" });
  const wanted = { broker, login: "2004" };
  for (const by of [limited([accountId], key), { ...operator, mode: "test" } as const])
    await expect(service.link(by, wanted)).rejects.toMatchObject({ code: "FORBIDDEN" });
  await expect(service.offer({ ...operator, mode: "test" }, accountId)).rejects.toMatchObject({
    code: "FORBIDDEN",
  });
  expect(await service.offer(limited([accountId], key), accountId)).toMatchObject({ accountId });
});

test("a code says how far it has come, and a withdrawn one pairs nothing", async () => {
  const { accountId } = await service.link(operator, { broker, login: "2005" });
  const stateOf = async (device: string) => (await service.progress(operator, device)).state;
  const device = await paired(accountId);
  expect(await stateOf(device)).toBe("paired");
  expect(await service.revoke(operator, device)).toEqual({ login: "2005" });
  expect(await stateOf(device)).toBe("revoked");
  await expect(service.revoke(operator, device)).rejects.toMatchObject({ code: "NOT_FOUND" });

  const waiting = await service.offer(operator, accountId);
  expect(await stateOf(waiting.device)).toBe("waiting");
  expect(await service.revoke(operator, waiting.device)).toEqual({ login: "2005" });
  expect(await stateOf(waiting.device)).toBe("withdrawn");
  expect(await devices.offer(waiting.device)).toBeNull();

  const late = await service.offer(operator, accountId);
  now += 15 * 60_000 + 1;
  expect(await stateOf(late.device)).toBe("expired");
});
