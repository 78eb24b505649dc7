/** What a connection of the application is, and what values it gives. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isLockstepError } from "../domain/errors.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { inTenant, openPostgres } from "./postgres.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

test("the application runs as a role that owns nothing and bypasses nothing", async () => {
  const [row] = await database.sql`
    select current_user as who, rolsuper, rolbypassrls,
      (select count(*)::int from pg_class where relowner = pg_roles.oid) as owns
    from pg_roles where rolname = current_user`;
  expect(row).toEqual({ who: "lockstep_app", rolsuper: false, rolbypassrls: false, owns: 0 });
});

test("numeric is exact text, int8 a safe number or refused", async () => {
  const [row] = await database.sql`
    select 0.10::numeric as n, 9007199254740991::int8 as i, ${123n}::int8 as b, count(*) as c`;
  expect(row).toEqual({ n: "0.10", i: 9_007_199_254_740_991, b: 123, c: 1 });
  const error = await database.sql`select 9007199254740993::int8`.catch(
    (caught: unknown) => caught,
  );
  expect(isLockstepError(error, "BAD_NUMBER")).toBe(true);
});

test("a transaction in a tenant sees it, and the connection forgets it", async () => {
  const sql = openPostgres(database.url, { max: 1 });
  const tenant = randomUUID();
  const seen = await inTenant(sql, tenant, async (tx) => {
    const [row] = await tx`select current_setting('lockstep.tenant', true) as tenant`;
    return row?.["tenant"];
  });
  const [after] = await sql`select current_setting('lockstep.tenant', true) as tenant`;
  await sql.end();
  expect([seen, after?.["tenant"]]).toEqual([tenant, ""]);
});

test("a failure inside is rolled back and passed on as it is", async () => {
  const failure = new Error("a fault of the caller");
  const tenant = randomUUID();
  const act = inTenant(database.admin, tenant, async (tx) => {
    await tx`insert into tenants (tenant_id, name) values (${tenant}, 'gone')`;
    throw failure;
  });
  await expect(act).rejects.toBe(failure);
  expect(await database.admin`select from tenants where tenant_id = ${tenant}`).toHaveLength(0);
});

test("a database that cannot be reached is DATABASE_DOWN, which may be tried again", async () => {
  const sql = openPostgres("postgres://u:p@127.0.0.1:1/none", { max: 1 });
  const error = await inTenant(sql, randomUUID(), async () => 1).catch((caught: unknown) => caught);
  await sql.end();
  expect(isLockstepError(error, "DATABASE_DOWN") && error.retry).toBe(true);
});
