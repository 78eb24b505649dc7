/**
 * Totals and subtotals in the reporting currency. What has no rate or no figures is left out and
 * said; nothing partial is shown as if it were whole. Pure.
 */
import { type Fixed, fixedToNumber } from "../../domain/fixed.ts";
import { change, count, money, profit, toneOf } from "../view/format.ts";
import { NO_LISTS, type Row } from "../view/row.ts";
import { sparkline } from "../view/sparkline.ts";
import type { AccountFacts } from "./facts.ts";
import { type GridQuery, groupsOf } from "./query.ts";

type Sum = {
  accounts: number;
  summed: number;
  unrated: string[];
  equity: Fixed;
  openProfit: Fixed;
  dayChange: Fixed;
  positions: number;
  deals: number;
  live: number;
  stale: number;
  offline: number;
  diverging: number;
  /** The newest last. */
  spark: number[];
};

const GROUPS_MAX = 60;

const nothing = (): Sum => ({
  ...{ accounts: 0, summed: 0, unrated: [], equity: 0n, openProfit: 0n, dayChange: 0n },
  ...{ positions: 0, deals: 0, live: 0, stale: 0, offline: 0, diverging: 0 },
  spark: [],
});

function add(sum: Sum, account: AccountFacts): void {
  sum.accounts += 1;
  sum.positions += account.positions;
  sum.deals += account.dayDeals;
  sum[account.link] += 1;
  if (account.divergences > 0) sum.diverging += 1;
  const { reported } = account;
  if (reported === null) {
    if (account.figures !== null) sum.unrated.push(account.currency);
    return;
  }
  sum.summed += 1;
  sum.equity += reported.equity;
  sum.openProfit += reported.openProfit;
  sum.dayChange += reported.dayChange ?? 0n;
  addSpark(sum, account);
}

/** An account that came later counts with what it came with, so that its coming is no gain. */
function addSpark(sum: Sum, { figures, reported, spark }: AccountFacts): void {
  const first = spark[0];
  if (figures === null || reported === null || first === undefined || figures.equity === 0n) return;
  const rate = fixedToNumber(reported.equity) / fixedToNumber(figures.equity);
  const longer = Math.max(sum.spark.length, spark.length);
  const at = (list: readonly number[], place: number): number =>
    list[place - (longer - list.length)] ?? list[0] ?? 0;
  sum.spark = Array.from(
    { length: longer },
    (_, place) => at(sum.spark, place) + at(spark, place) * rate,
  );
}

export function totalsRow(accounts: readonly AccountFacts[], query: GridQuery, clock: string): Row {
  const whole = nothing();
  const groups = new Map<string, Sum>();
  for (const account of accounts) {
    add(whole, account);
    for (const name of query.group === null ? [] : groupsOf(account, query.group)) {
      const sum = groups.get(name) ?? nothing();
      groups.set(name, sum);
      add(sum, account);
    }
  }
  const rows = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, GROUPS_MAX)
    .map(([name, sum]) => ({
      id: `g:${name}`,
      f: { name, ...fieldsOf(sum, query.in) },
      lists: NO_LISTS,
    }));
  return { id: "page", f: { clock, ...fieldsOf(whole, query.in) }, lists: { groups: rows } };
}

function fieldsOf(sum: Sum, currency: string): Row["f"] {
  return {
    currency,
    accounts: count(sum.accounts),
    equity: money(sum.equity, currency),
    open: profit(sum.openProfit, currency),
    openTone: toneOf(sum.openProfit, currency),
    day: profit(sum.dayChange, currency),
    dayTone: toneOf(sum.dayChange, currency),
    positions: count(sum.positions),
    deals: count(sum.deals),
    live: count(sum.live),
    stale: count(sum.stale),
    offline: count(sum.offline),
    offlineTone: sum.offline > 0 ? "some" : "none",
    diverging: count(sum.diverging),
    divergingTone: sum.diverging > 0 ? "some" : "none",
    whole: partialWords(sum, currency),
    wholeTone: sum.summed < sum.accounts ? "partial" : "whole",
    ...sparkFields(sum),
  };
}

function sparkFields({ spark }: Sum): Row["f"] {
  const { points, tone, change: moved } = sparkline(spark);
  return { spark: points, sparkTone: tone, sparkChange: change(moved) };
}

/** "937 of 1,000 accounts are in the totals; no rate from XAU to USD for 2." */
function partialWords(sum: Sum, currency: string): string {
  if (sum.summed === sum.accounts) return "all accounts are in the totals";
  const words = `${count(sum.summed)} of ${count(sum.accounts)} accounts are in the totals`;
  if (sum.unrated.length === 0) return words;
  const names = [...new Set(sum.unrated)].sort().join(", ");
  return `${words}; no rate from ${names} to ${currency} for ${count(sum.unrated.length)}`;
}
