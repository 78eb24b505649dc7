/**
 * Totals and subtotals in the reporting currency. What has no rate or no figures is left out and
 * said; nothing partial is shown as if it were whole. Pure.
 */
import type { Fixed } from "../../domain/fixed.ts";
import { count, money, profit, toneOf } from "../view/format.ts";
import { NO_LISTS, type Row } from "../view/row.ts";
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
};

const GROUPS_MAX = 60;

const nothing = (): Sum => ({
  ...{ accounts: 0, summed: 0, unrated: [], equity: 0n, openProfit: 0n, dayChange: 0n },
  ...{ positions: 0, deals: 0, live: 0, stale: 0, offline: 0, diverging: 0 },
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
  };
}

/** "937 of 1,000 accounts are in the totals; no rate from XAU to USD for 2." */
function partialWords(sum: Sum, currency: string): string {
  if (sum.summed === sum.accounts) return "all accounts are in the totals";
  const words = `${count(sum.summed)} of ${count(sum.accounts)} accounts are in the totals`;
  if (sum.unrated.length === 0) return words;
  const names = [...new Set(sum.unrated)].sort().join(", ");
  return `${words}; no rate from ${names} to ${currency} for ${count(sum.unrated.length)}`;
}
