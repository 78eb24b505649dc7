import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { enrol, tenantIdOf } from "../../hub/enrol.ts";
import { inTenant } from "../../platform/postgres.ts";
import { type TestDatabase, testDatabase } from "../../testing/database.ts";
import { formatSeal, sealAudit } from "./seals.ts";
import { parseSeals, verifyAudit } from "./verify.ts";

const OURS = tenantIdOf("ours");
const KEY = randomBytes(32);
const AT = new Date("2026-03-01T00:00:00Z");
const ROWS = 12;

let database: TestDatabase;

/** Each is a database of its own: tampering leaves marks. */
beforeEach(async () => {
  database = await testDatabase();
  for (const tenant of ["ours", "theirs"]) {
    const nothing = { brokers: [], accounts: [], strategies: [], subscriptions: [] };
    await enrol(database.sql, { tenant, ...nothing, at: 0, by: "test" });
  }
  await Promise.all(Array.from({ length: ROWS - 1 }, (_, place) => write(place)));
});
afterEach(() => database.drop());

/** Rows with what a text could be mistaken for: quotes, newlines, other alphabets, nothing. */
const write = (place: number): Promise<unknown> =>
  inTenant(
    database.sql,
    OURS,
    (tx) => tx`insert into audit (tenant_id, by_whom, address, action, subject, before, after)
      values (${OURS}, ${["Ada", "Ж\n'\"", "12:x;-;"][place % 3] ?? ""},
        ${place % 2 === 0 ? "192.0.2.1" : null}, ${place % 4 === 0 ? "" : "change"}, ${`row ${place}`},
        null, ${JSON.stringify({ a: [place, "\u2028"] })}::text::json)`,
  );

const found = async (kept: string[] = []): Promise<string[]> => {
  const seals = parseSeals(kept.join("\n"));
  const reports = await verifyAudit(database.sql, { key: KEY, kept: seals });
  expect(reports.map(({ tenant }) => tenant)).toEqual(["ours", "theirs"]);
  expect(reports[1]).toMatchObject({ rows: 1, faults: [] });
  return reports.flatMap(({ faults }) => faults.map(({ words }) => words));
};

/** As one who owns the database, past every trigger. */
const tamper = (statement: string): Promise<unknown> =>
  database.admin.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    await tx.unsafe(statement.replaceAll("OURS", `tenant_id = '${OURS}'`));
  });

test("what stands is as it was written, also by many at once", async () => {
  const [report] = await verifyAudit(database.sql, { key: KEY });
  expect(report).toMatchObject({ tenant: "ours", rows: ROWS, seals: 0, faults: [] });
  const rows = await database.admin`select number from audit where tenant_id = ${OURS}
    order by at, number`;
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: ROWS }, (_, i) => i + 1));
});

test("a writer cannot choose its row's place, time or hash", async () => {
  await inTenant(
    database.sql,
    OURS,
    (tx) => tx`insert into audit (tenant_id, by_whom, action, subject, number, previous, hash, at)
      values (${OURS}, 'x', 'y', 'z', 3, ${randomBytes(32)}, ${randomBytes(32)}, '2001-01-01')`,
  );
  expect(await found()).toEqual([]);
  const [row] = await database.admin`select number, at > '2025-01-01' as recent from audit
    where subject = 'z'`;
  expect(row).toEqual({ number: ROWS + 1, recent: true });
  for (const edit of ["update audit_heads set number = 1", "delete from audit_heads"]) {
    await expect(
      inTenant(database.sql, OURS, (tx) => (tx as typeof database.sql).unsafe(edit)),
    ).rejects.toMatchObject({ code: "42501" });
  }
});

describe("tampering is found at its row:", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["by whom", "update audit set by_whom = 'Eve' where OURS and number = 5", "row 5 was changed"],
    ["what", "update audit set after = '{}' where OURS and number = 7", "row 7 was changed"],
    ["no more from where", "update audit set address = '::1' where OURS and number = 4", "row 4"],
    ["when", "update audit set at = at - interval '1 us' where OURS and number = 1", "row 1 was"],
    [
      "another tenant's",
      "update audit set tenant_id = gen_random_uuid() where OURS and number = 2",
      "row 2 is missing",
    ],
    ["one gone", "delete from audit where OURS and number = 6", "row 6 is missing"],
    ["several gone", "delete from audit where OURS and number in (3, 4)", "row 3 to 4 are missing"],
    [
      "the end cut off",
      "delete from audit where OURS and number > 9",
      `row 10 to ${ROWS} are missing`,
    ],
    ["all gone", "delete from audit where OURS", `row 1 to ${ROWS} are missing`],
    [
      "the head lowered",
      "update audit_heads set number = 10 where OURS",
      "row 11 comes after the head",
    ],
    ["the head gone", "delete from audit_heads where OURS", `row ${ROWS} has no head`],
  ];
  test.each(cases)("%s", async (_, statement, words) => {
    await tamper(statement);
    const faults = await found();
    expect(faults[0]).toContain(words);
    expect(faults.length).toBeLessThanOrEqual(2);
  });

  test("two that changed places", async () => {
    await tamper(`update audit set number = 1005 where OURS and number = 5;
      update audit set number = 5 where OURS and number = 6;
      update audit set number = 6 where OURS and number = 1005`);
    expect(await found()).toEqual([
      expect.stringContaining("row 5 was changed"),
      expect.stringContaining("row 6 was changed"),
    ]);
  });

  test("one with its hash written anew", async () => {
    await tamper(`update audit set by_whom = 'Eve' where OURS and number = 8;
      update audit a set hash = audit_hash(a) where OURS and number = 8`);
    expect(await found()).toEqual([expect.stringContaining("row 8 was replaced")]);
  });

  test("the last with its hash written anew", async () => {
    await tamper(`update audit set by_whom = 'Eve' where OURS and number = ${ROWS};
      update audit a set hash = audit_hash(a) where OURS and number = ${ROWS}`);
    expect(await found()).toEqual([expect.stringContaining(`row ${ROWS} was replaced`)]);
  });
});

/** Writes every hash from a row on anew, and the head: a chain that is sound in itself. */
const REWRITE = `update audit set by_whom = 'Eve' where OURS and number = 5;
  do $$ declare a audit; last bytea; begin
    select hash into last from audit where OURS and number = 4;
    for a in select * from audit where OURS and number >= 5 order by number loop
      a.previous := last; a.hash := audit_hash(a); last := a.hash;
      update audit set previous = a.previous, hash = a.hash where OURS and number = a.number;
    end loop;
    update audit_heads set hash = last where OURS;
  end $$`;

describe("a chain that was written anew", () => {
  test("shows against the seals, unless they were forged too, which shows as well", async () => {
    await tamper(`update audit_heads set number = 3, hash = (select hash from audit where OURS
      and number = 3) where OURS`);
    await sealAudit(database.sql, KEY, AT);
    await tamper(`update audit_heads set number = ${ROWS}, hash = (select hash from audit where OURS
      and number = ${ROWS}) where OURS`);
    const kept = (await sealAudit(database.sql, KEY, AT)).map(formatSeal);
    expect(await found(kept)).toEqual([]);
    await tamper(REWRITE);
    const rewritten = [`row 4 or a row up to ${ROWS} was rewritten after it was sealed`];
    expect(await found()).toEqual(rewritten);
    await tamper(`update audit_seals s set hash = a.hash from audit a where s.number = ${ROWS}
      and a.number = s.number and a.tenant_id = s.tenant_id and s.tenant_id = '${OURS}'`);
    expect(await found()).toEqual([
      `the seal of row ${ROWS} is not ours: it was changed, or another key made it`,
    ]);
    await tamper("delete from audit_seals where OURS");
    expect(await found()).toEqual([]);
    expect(await found(kept)).toEqual([
      `row 1 or a row up to ${ROWS} was rewritten after it was sealed`,
    ]);
  });

  test("a tail that was cut off with its head shows against a seal", async () => {
    await sealAudit(database.sql, KEY, AT);
    await tamper(`delete from audit where OURS and number > 8;
      update audit_heads set number = 8, hash = (select hash from audit where OURS and number = 8)
      where OURS`);
    expect(await found()).toEqual([`row 9 to ${ROWS} are missing`]);
  });

  test("a seal is made once, and one of another key is not mistaken for a forged one", async () => {
    expect(await sealAudit(database.sql, KEY, AT)).toHaveLength(2);
    expect(await sealAudit(database.sql, KEY, AT)).toEqual([]);
    await sealAudit(database.sql, randomBytes(32), AT);
    const [report] = await verifyAudit(database.sql, { key: KEY });
    expect(report).toMatchObject({ seals: 1, foreignSeals: 1, faults: [] });
  });
});

test("a line that is no seal is refused by its number", () => {
  expect(() => parseSeals("\n{}")).toThrow(/line=2/);
  expect(() => parseSeals("x")).toThrow(/BAD_INPUT/);
});
