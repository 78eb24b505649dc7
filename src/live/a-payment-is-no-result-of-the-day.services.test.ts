import { afterEach, beforeEach, expect, test } from "vitest";
import { formatFixed } from "../domain/fixed.ts";
import { createWorld, TENANT_ID } from "../testing/harness.ts";
import { openStage, type Stage } from "../testing/stage.ts";
import { readDay } from "./day.ts";

const NOON = Date.UTC(2026, 0, 15, 12);
const HOUR = 3_600_000;
let stage: Stage;
let account: string;

beforeEach(async () => {
  stage = await openStage();
  await stage.enrol(createWorld({ followers: 1 }));
  const rows = await stage.database.admin<{ id: string }[]>`
    select account_id as id from accounts where name like 'follower%'`;
  account = rows[0]?.id ?? "";
});
afterEach(() => stage.close());

async function point(hours: number, equity: number): Promise<void> {
  await stage.database.admin`insert into equity_points (tenant_id, account_id, at, currency,
      balance, credit, equity, margin)
    values (${TENANT_ID}, ${account}, ${new Date(NOON + hours * HOUR)}, 'USD', ${equity}, 0,
      ${equity}, 0)`;
}
async function paid(hours: number, kind: string, amount: number): Promise<void> {
  await stage.database.admin`insert into cash_movements (tenant_id, account_id, movement_id, kind,
      amount, comment, at)
    values (${TENANT_ID}, ${account}, ${`${kind} ${hours}`}, ${kind}, ${amount}, '',
      ${new Date(NOON + hours * HOUR)})`;
}
async function day(): Promise<readonly (string | null)[]> {
  const found = (await readDay(stage.database.sql, TENANT_ID, NOON)).get(account);
  return [found?.startEquity ?? null, found?.peakEquity ?? null].map((one) =>
    one === null ? null : formatFixed(one),
  );
}

test("without payments the day begins and the peak stands where the equity was", async () => {
  expect(await day()).toEqual([null, null]);
  await point(-30, 1_200);
  await point(-11, 1_000);
  await point(-2, 1_100);
  expect(await day()).toEqual(["1000", "1200"]);
});

test("what was paid since moves both by as much, and a fee moves neither", async () => {
  await point(-30, 1_200);
  await paid(-20, "withdrawal", -700);
  await point(-11, 400);
  await paid(-5, "deposit", 500);
  await paid(-4, "fee", -3);
  await paid(-3, "credit", 50);
  await point(-2, 1_050);
  // 1,200 less 700 plus 500 is 1,000; the 1,050 since is higher.
  expect(await day()).toEqual(["900", "1050"]);
  await paid(-1, "withdrawal", -1_000);
  expect(await day()).toEqual(["-100", "50"]);
});
