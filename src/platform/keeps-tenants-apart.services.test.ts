import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tenantIdOf } from "../hub/enrol.ts";
import { audit } from "../testing/audit.ts";
import { createWorld, settled, type World } from "../testing/harness.ts";
import { openStage, type Stage } from "../testing/stage.ts";
import { inTenant, type Queries } from "./postgres.ts";

const OURS = "ours";
const THEIRS = "theirs";
const ourId = tenantIdOf(OURS);
const theirId = tenantIdOf(THEIRS);

let stage: Stage;
let tables: string[];

/** Two tenants with accounts of the same names trade at the same time in one hub. */
beforeAll(async () => {
  stage = await openStage();
  const worlds = [OURS, THEIRS].map((tenant) => createWorld({ followers: 2, tenant }));
  for (const world of worlds) await stage.enrol(world);
  const gateways = new Map(worlds.flatMap((world) => [...world.gateways]));
  const [first] = worlds;
  if (first === undefined) throw new Error("no world");
  const hub = await stage.start(first, { gateways });
  await tradeAtOnce(worlds);
  await settled(hub);
  for (const world of worlds) {
    expect(await foundIn(world)).toEqual([]);
  }
  await hub.stop();
  expect(stage.faults).toEqual([]);
  const rows = await stage.database.admin<{ table_name: string }[]>`
    select table_name from information_schema.columns c join pg_tables t on t.tablename = c.table_name
    where column_name = 'tenant_id' and c.table_schema = 'public' order by 1`;
  tables = rows.map((row) => row.table_name);
});
afterAll(() => stage.close());

async function tradeAtOnce(worlds: readonly World[]): Promise<void> {
  const opened = worlds.map((world) => world.trade({}));
  for (const [index, world] of worlds.entries()) {
    world.trade({ symbol: "NZDUSD" });
    const positionId = opened[index]?.positionId ?? "";
    world.trade({ kind: "protect", positionId, volume: null, stopLoss: 105_000_000n });
  }
}

/** The auditor sees one tenant's ledger at a time, as the application does. */
async function foundIn(world: World): Promise<string[]> {
  return inTenant(stage.database.sql, tenantIdOf(world.tenant), (tx) =>
    audit(tx, world, world.records()),
  );
}

const countIn = async (table: string, tenant: string | null): Promise<number> => {
  const ask = (tx: Queries) => tx<{ count: number }[]>`
    select count(*)::int as count from ${tx(table)}`;
  const { sql } = stage.database;
  const rows = tenant === null ? await ask(sql) : await inTenant(sql, tenant, (tx) => ask(tx));
  return rows[0]?.count ?? 0;
};

test("every table of tenants' rows is known to this test", () => {
  expect(tables).toContain("signals");
  expect(tables.length).toBeGreaterThanOrEqual(26);
});

test("without a tenant the application sees no row of any table", async () => {
  for (const table of tables) expect(await countIn(table, null), table).toBe(0);
});

test("a tenant sees its own rows and none of another's", async () => {
  for (const table of tables) {
    const [row] = await stage.database.admin<{ ours: number; theirs: number }[]>`
      select count(*) filter (where tenant_id = ${ourId})::int as ours,
        count(*) filter (where tenant_id = ${theirId})::int as theirs
      from ${stage.database.admin(table)}`;
    expect(await countIn(table, ourId), table).toBe(row?.ours);
    expect(await countIn(table, theirId), table).toBe(row?.theirs);
    if (["signals", "decisions", "instructions", "outcomes"].includes(table)) {
      expect(row?.theirs, table).toBeGreaterThan(0);
    }
  }
});

test("a row of another tenant cannot be written", async () => {
  for (const table of tables) {
    const [row] = await stage.database.admin<{ row: string }[]>`
      select to_jsonb(t)::text as row from ${stage.database.admin(table)} t
      where tenant_id = ${theirId} limit 1`;
    if (row === undefined) continue;
    await expect(
      inTenant(
        stage.database.sql,
        ourId,
        (tx) => tx`insert into ${tx(table)} overriding system value
          select * from jsonb_populate_record(null::${tx(table)}, ${row.row}::text::jsonb)`,
      ),
      table,
    ).rejects.toMatchObject({ code: "42501" });
  }
});

describe("what happened is never edited, not even one's own", () => {
  const appendOnly = [
    "tenants",
    "signals",
    "decisions",
    "instructions",
    "outcomes",
    "orders",
    "deals",
    "equity_points",
    "cash_movements",
    "subscription_rules",
    "audit",
    "kill_states",
    "kill_acknowledgements",
    "divergence_policies",
    "divergence_requests",
    "divergence_answers",
    "rules_requests",
    "rules_answers",
    "divergence_events",
    "incidents",
    "guard_events",
    "calendar_imports",
    "calendar_events",
    "symbol_mappings",
    "reenablings",
    "restores",
  ];

  test.each(appendOnly)("%s", async (table) => {
    const { sql } = stage.database;
    const edit = inTenant(sql, ourId, (tx) => tx`update ${tx(table)} set tenant_id = tenant_id`);
    await expect(edit).rejects.toMatchObject({ code: "42501" });
    const remove = inTenant(sql, ourId, (tx) => tx`delete from ${tx(table)}`);
    await expect(remove).rejects.toMatchObject({ code: "42501" });
  });
});
