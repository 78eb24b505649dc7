import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { migrate } from "../platform/migrate.ts";
import { inTenant, openPostgres, type Queries, type Sql } from "../platform/postgres.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { oneRowEach } from "../testing/one-row-each.ts";

const OURS = randomUUID();
const THEIRS = randomUUID();

/** What belongs to the machinery and to no tenant. */
const SHARED = ["leases", "lockstep_migrations", "processes", "terminal_places"];

/** Indexes over all tenants whose values nobody can guess, so that a clash tells nothing. */
const UNGUESSABLE = /sha256/;

/** Looks over all tenants, each for ids or counts and never a row; and what keeps the audit's head. */
const LOOKS_OVER_TENANTS = [
  "api_key_tenant",
  "chain_audit",
  "changes_after",
  "email_tenants",
  "ledger_figures",
  "link_tenant",
  "newest_kill",
  "passkey_tenant",
  "session_tenant",
  "tenant_ids",
  "tenant_of_device",
];

let database: TestDatabase;
let tables: string[];

beforeAll(async () => {
  database = await testDatabase();
  tables = await oneRowEach(database.admin, [OURS, THEIRS]);
});
afterAll(() => database.drop());

const count = async (tx: Queries, table: string): Promise<number> => {
  const [row] = await tx<{ n: number }[]>`select count(*)::int as n from ${tx(table)}`;
  return row?.n ?? -1;
};

const seen = (table: string, tenant: string): Promise<number> =>
  inTenant(database.sql, tenant, (tx) => count(tx, table));

test("every table is a tenant's, or is known to be nobody's", async () => {
  const rows = await database.admin<{ name: string }[]>`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace
      and relkind in ('r', 'p') and relname <> all(${`{${tables.join(",")}}`}::text::text[])
    order by 1`;
  expect(rows.map(({ name }) => name)).toEqual(SHARED);
  expect(tables.length).toBeGreaterThanOrEqual(27);
});

test("without a tenant no row of any table is seen, with one its own", async () => {
  for (const table of tables) {
    expect(await count(database.sql, table), table).toBe(0);
    expect(await seen(table, OURS), table).toBe(1);
    expect(await seen(table, randomUUID()), table).toBe(0);
  }
});

test("another tenant's row is neither written, edited nor deleted", async () => {
  const refused = { code: "42501" };
  for (const table of tables) {
    const ours = <T>(act: (tx: Queries) => Promise<T>) => inTenant(database.sql, OURS, act);
    const copy = ours(
      (tx) => tx`insert into ${tx(table)} overriding system value
        select * from jsonb_populate_record(null::${tx(table)},
          ${JSON.stringify({ tenant_id: THEIRS })}::text::jsonb)`,
    );
    await expect(copy, table).rejects.toMatchObject(refused);
    const gone = await ours((tx) => tx`delete from ${tx(table)} where tenant_id = ${THEIRS}`).catch(
      (error: unknown) => error,
    );
    if (gone instanceof Error) expect(gone, table).toMatchObject(refused);
    expect(await seen(table, THEIRS), table).toBe(1);
  }
});

test("a tenant's own row cannot be handed to another", async () => {
  for (const table of tables) {
    const given = inTenant(
      database.sql,
      OURS,
      (tx) => tx`update ${tx(table)} set tenant_id = ${THEIRS}`,
    );
    await expect(given, table).rejects.toMatchObject({ code: "42501" });
  }
});

test("rows are isolated from the owner too, and no key tells that another has one", async () => {
  const open = await database.admin`
    select relname from pg_class c where relnamespace = 'public'::regnamespace
      and relkind in ('r', 'p') and not (relrowsecurity and relforcerowsecurity)
      and relname <> all(${`{${SHARED.join(",")}}`}::text::text[])`;
  expect([...open]).toEqual([]);
  const keys = await database.admin<{ words: string }[]>`
    select format('%s (%s)', i.indrelid::regclass, string_agg(a.attname, ', ' order by a.attnum))
      as words
    from pg_index i join pg_class c on c.oid = i.indrelid
      join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey)
    where c.relnamespace = 'public'::regnamespace and i.indisunique
      and c.relname <> all(${`{${SHARED.join(",")}}`}::text::text[])
    group by i.indexrelid, i.indrelid having not bool_or(a.attname = 'tenant_id') order by 1`;
  expect(keys.map(({ words }) => words).filter((words) => !UNGUESSABLE.test(words))).toEqual([]);
});

test("every view asks with the rights of who reads it", async () => {
  const views = await database.admin<{ name: string; options: string | null }[]>`
    select relname as name, reloptions::text as options from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')`;
  expect(views.length).toBeGreaterThan(0);
  for (const { name, options } of views) {
    expect(options, name).toContain("security_invoker=true");
    expect(await count(database.sql, name), name).toBe(0);
  }
});

test("what looks over tenants is listed here, pinned to its schema and not for everybody", async () => {
  const functions = await database.admin<Definer[]>`
    select proname as name, proconfig::text as settings,
      coalesce(proacl::text, '{=X/owner}') ~ '[{,]=X' as everybody
    from pg_proc where pronamespace = 'public'::regnamespace and prosecdef order by 1`;
  expect(functions.map(({ name }) => name)).toEqual(LOOKS_OVER_TENANTS);
  for (const { name, settings, everybody } of functions) {
    expect(settings, name).toContain("search_path=public");
    expect(everybody, name).toBe(false);
  }
});

type Definer = { readonly name: string; readonly settings: string; readonly everybody: boolean };

test("the application's role owns nothing and may not see past isolation", async () => {
  const [role] = await database.admin`
    select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin,
      exists (select 1 from pg_class where relowner = r.oid) as owns
    from pg_roles r where rolname = 'lockstep_app'`;
  const none = { rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false };
  expect(role).toEqual({ ...none, rolcanlogin: false, owns: false });
  for (const statement of ["drop table signals", "copy signals to program 'cat'"]) {
    await expect(database.sql.unsafe(statement), statement).rejects.toMatchObject({
      code: "42501",
    });
  }
});

describe("in a database whose owner is no superuser", () => {
  const owner = `owner_${randomUUID().slice(0, 8)}`;
  let plain: TestDatabase;
  let sql: Sql;

  beforeAll(async () => {
    const password = randomUUID();
    plain = await testDatabase("template1");
    const { admin, url } = plain;
    await admin.unsafe(`create role ${owner} login createrole password '${password}'`);
    for (const role of ["lockstep_app", "lockstep_executor"]) {
      await admin.unsafe(`grant ${role} to ${owner} with admin option`);
    }
    const name = new URL(url).pathname.slice(1);
    await admin.unsafe(`alter database ${name} owner to ${owner}`);
    await admin.unsafe(`grant create on schema public to ${owner}`);
    const own = new URL(inject("adminUrl"));
    own.pathname = `/${name}`;
    own.username = owner;
    own.password = password;
    await migrate(own.href);
    await oneRowEach(admin, [OURS, THEIRS]);
    sql = openPostgres(own.href, { max: 1, role: "lockstep_app" });
  });
  afterAll(async () => {
    await sql.end();
    const { admin } = plain;
    await admin.unsafe(`reassign owned by ${owner} to current_user; drop owned by ${owner}`);
    await admin.unsafe(
      `alter database ${new URL(plain.url).pathname.slice(1)} owner to current_user`,
    );
    await plain.drop();
    await database.admin.unsafe(`drop role ${owner}`);
  });

  test("the looks over tenants see what they are for", async () => {
    const tenants = await sql<{ id: string }[]>`select tenant_ids() as id`;
    expect(tenants.map(({ id }) => id).sort()).toEqual([OURS, THEIRS].sort());
    const [figures] = await sql`select * from ledger_figures()`;
    expect(figures).toMatchObject({ outbox_rows: 2 });
    const [changes] = await sql`select count(*)::int as n from changes_after(0)`;
    expect(changes).toEqual({ n: 2 });
    const [kill] = await sql`select newest_kill() as id`;
    expect(kill).toEqual({ id: 1 });
    const [device] = await sql`select count(*)::int as n
      from tenant_of_device(${await idIn(plain.admin, "pairing_codes", "code_id")})`;
    expect(device).toEqual({ n: 1 });
    const [person] = await sql`select email_tenants as id
      from email_tenants(${await idIn(plain.admin, "people", "email")})`;
    expect(person).toEqual({ id: THEIRS });
    for (const [find, table, column] of BY_HASH) {
      const hash = await idIn(plain.admin, table, column);
      const [found] = await sql`select ${sql(find)}(${hash}::bytea) as id`;
      expect(found, find).toEqual({ id: THEIRS });
    }
  });

  test("and the application still sees one tenant at a time", async () => {
    for (const table of tables) {
      expect(await count(sql, table), table).toBe(0);
      expect(await inTenant(sql, OURS, (tx) => count(tx, table)), table).toBe(1);
    }
  });
});

/** Functions that lead from a hash to its tenant. */
const BY_HASH = [
  ["api_key_tenant", "api_keys", "secret_sha256"],
  ["session_tenant", "sessions", "token_sha256"],
  ["link_tenant", "links", "token_sha256"],
  ["passkey_tenant", "passkeys", "credential_sha256"],
] as const;

async function idIn(admin: Sql, table: string, column: string): Promise<string> {
  const [row] = await admin<{ id: string }[]>`
    select ${admin(column)} as id from ${admin(table)} where tenant_id = ${THEIRS}`;
  return row?.id ?? "";
}
