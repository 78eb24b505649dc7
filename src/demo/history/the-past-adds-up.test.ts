/** Three months of the demo's past, played as the demo plays eighteen. */
import { hash } from "node:crypto";
import { expect, test } from "vitest";
import { parseFixed } from "../../domain/fixed.ts";
import { accountRefOf } from "../../hub/enrol.ts";
import { DEMO_TENANT } from "../definition.ts";
import { type PastRows, playHistory } from "./play.ts";
import { beginningOf, pastHours } from "./prices.ts";
import { PAST_ACCOUNTS } from "./world.ts";

const endsAt = Date.UTC(2026, 3, 15);
const from = Date.UTC(2026, 1, 24);
const played = (seed: number): PastRows[] => [...playHistory({ seed, endsAt, from })];
const text = (rows: unknown): string =>
  JSON.stringify(rows, (_, value) => (typeof value === "bigint" ? `${value}` : value));
const rows = played(7);

test("the same seed gives the same rows, another seed others", () => {
  const mark = (all: PastRows[]): string => hash("sha256", text(all));
  expect(mark(played(7))).toBe(mark(rows));
  expect(mark(played(8))).not.toBe(mark(rows));
});

test("between two points a balance changes by deals and cash flows alone, to the cent", () => {
  const balances = new Map(
    PAST_ACCOUNTS.map((account) => [
      accountRefOf(DEMO_TENANT, account).accountId,
      parseFixed(account.balance),
    ]),
  );
  const add = (id: string, amount: bigint) => balances.set(id, (balances.get(id) ?? 0n) + amount);
  for (const { deals, points, cash } of rows) {
    for (const { deal, account } of deals)
      add(account.accountId, deal.profit + deal.commission + deal.swap);
    for (const { account, figures } of points) {
      expect(figures.balance).toBe(balances.get(account.accountId));
    }
    for (const { account, movement } of cash) add(account.accountId, movement.amount);
  }
  expect(rows.flatMap(({ points }) => points).length).toBeGreaterThan(1_000);
  expect(rows.flatMap(({ cash }) => cash).length).toBeGreaterThan(10);
});

test("every account ends flat, with the balance that the demo opens it with", () => {
  const last = rows.at(-1)?.points ?? [];
  expect(last).toHaveLength(PAST_ACCOUNTS.length);
  for (const account of PAST_ACCOUNTS) {
    const { accountId } = accountRefOf(DEMO_TENANT, account);
    const end = last.find((point) => point.account.accountId === accountId)?.figures;
    expect(end?.balance).toBe(parseFixed(account.balance));
    expect(end?.equity).toBe(end?.balance);
    expect(end?.margin).toBe(0n);
  }
});

test("followers copy under keys, and their brokers' deals never share an id with live ones", () => {
  const deals = rows.flatMap((hour) => hour.deals);
  expect(deals.filter(({ deal }) => deal.key !== null).length).toBeGreaterThan(500);
  expect(deals.every(({ deal }) => deal.id.startsWith("past-"))).toBe(true);
  expect(deals.every(({ deal }) => deal.at >= from && deal.at < endsAt)).toBe(true);
});

test("it is eighteen months of weekdays", () => {
  const hours = pastHours(beginningOf(endsAt), endsAt);
  expect(new Date(hours[0] ?? 0).toISOString()).toBe("2024-10-15T08:00:00.000Z");
  expect(hours.length).toBe(3_910);
  expect(hours.some((at) => [0, 6].includes(new Date(at).getUTCDay()))).toBe(false);
});
