/** Accounts: the list is the control room's; one account with its figures, positions and deals. */
import { fixedToNumber, parseFixed } from "../../domain/fixed.ts";
import { mayReach } from "../../identity/principal.ts";
import type { Sql } from "../../platform/postgres.ts";
import { AccountRecords } from "../../records/accounts.ts";
import { CopyRecords } from "../../records/copies.ts";
import { readPerformance } from "../../records/performance.ts";
import type { Row as RecordRow } from "../../records/view.ts";
import { monthlyReturns } from "../../report/returns.ts";
import { equityCurve, waterCurve } from "../chart/curves.ts";
import { type ChartData, equityData, pointsOf } from "../chart/data.ts";
import { figuresOf, growthOf } from "../chart/figures.ts";
import { heatMap, heatWords, MONTH_NAMES } from "../chart/heat.ts";
import { periodLinks, periodOf, within } from "../chart/period.ts";
import type { LiveFollower, LiveMaster, LiveSource } from "../live.ts";
import type { Asked, PageAnswer, Portal } from "../portal.ts";
import { clockTime, lots, money, percent, price, profit, toneOf } from "../view/format.ts";
import { freshnessOf, freshnessWords } from "../view/freshness.ts";

const DEALS_SHOWN = 50;
const SUBSCRIPTIONS_SHOWN = 50;

export type AccountDeps = { readonly sql: () => Sql; readonly live: LiveSource };

export function addAccounts(portal: Portal, deps: AccountDeps): void {
  portal.page("/accounts/:id", "accounts:read", (asked) => accountPage(asked, deps));
  portal.data("/accounts/:id/equity.json", "accounts:read", (asked) => equityJson(asked, deps));
}

/** The whole curve, or with `after` what is known since: the account as it stands. */
async function equityJson(asked: Asked, { sql, live }: AccountDeps): Promise<ChartData> {
  const { principal } = asked;
  const account = await new AccountRecords(sql()).read(principal, asked.param("id"));
  const id = String(account["id"]);
  const currency = String(account["currency"]);
  const seen = seenOf(live, id);
  const now =
    seen?.figures == null || seen.asOf === null
      ? []
      : [
          {
            at: seen.asOf,
            equity: fixedToNumber(seen.figures.equity),
            balance: fixedToNumber(seen.figures.balance),
          },
        ];
  const after = Number(asked.query("after"));
  if (after > 0)
    return equityData(
      now.filter(({ at }) => at > after),
      currency,
    );
  const whole = await readPerformance(sql(), principal, { accountId: id, published: false });
  const points = pointsOf(within(whole, periodOf(asked.query("period"))));
  const last = points.at(-1)?.at ?? 0;
  return equityData([...points, ...now.filter(({ at }) => at > last)], currency);
}

function seenOf(live: LiveSource, id: string): LiveFollower | LiveMaster | null {
  const state = live.state();
  return [...state.followers, ...state.masters].find((one) => one.id === id) ?? null;
}

async function accountPage(asked: Asked, { sql, live }: AccountDeps): Promise<PageAnswer> {
  const { principal, now } = asked;
  const records = new AccountRecords(sql());
  const account = await records.read(principal, asked.param("id"));
  const id = String(account["id"]);
  const [deals, subscriptions, performance] = await Promise.all([
    records.deals(principal, id, { page: { limit: DEALS_SHOWN, after: null } }),
    new CopyRecords(sql()).subscriptions(
      principal,
      { account: id },
      { limit: SUBSCRIPTIONS_SHOWN, after: null },
    ),
    readPerformance(sql(), principal, { accountId: id, published: false }),
  ]);
  const currency = String(account["currency"]);
  const seen = seenOf(live, id);
  const period = periodOf(asked.query("period"));
  const shown = within(performance, period);
  const growth = growthOf(performance);
  const months = monthlyReturns(growth);
  return {
    page: "account",
    head: {
      title: String(account["name"]),
      lead: `${String(account["login"])} at ${String(account["broker"])} · ${String(account["position_mode"])} · leverage ${Number(account["leverage"])}`,
      crumbs: [{ href: "/control", label: "Control room" }],
      styles: ["rooms.css", "chart.css"],
      scripts: ["chart.js"],
      reloadSeconds: 10,
    },
    view: {
      currency,
      mayReach: mayReach(principal, id),
      strip: stripOf(seen, currency, now),
      positions: positionsOf(seen, currency),
      deals: deals.rows.map((deal) => dealOf(deal, currency)),
      moreDeals: deals.next !== null,
      subscriptions: subscriptions.rows.map((one) => ({
        ...one,
        href: `/subscriptions/${String(one["id"])}`,
      })),
      equity: equityCurve(shown, currency),
      source: `/accounts/${id}/equity.json?period=${period.value}`,
      periods: periodLinks(`/accounts/${id}`, period),
      water: waterCurve(growthOf(shown)),
      figures: figuresOf(performance, growth, currency),
      ...{ months: heatMap(months), monthWords: heatWords(months), monthNames: MONTH_NAMES },
      kill: `/kill?scope=account&id=${id}`,
      connection: `/accounts/${id}/connection`,
      layer: `/accounts/${id}/rules`,
    },
  };
}

function stripOf(seen: LiveFollower | LiveMaster | null, currency: string, now: number) {
  const figures = seen?.figures ?? null;
  const freshness = seen === null ? "offline" : freshnessOf(seen.link, seen.asOf, now);
  return {
    freshness,
    link: seen === null ? "not served by this hub now" : freshnessWords(freshness, seen.asOf, now),
    asOf: clockTime(seen?.asOf ?? null),
    equity: money(figures?.equity ?? null, currency),
    balance: money(figures?.balance ?? null, currency),
    open: profit(figures?.openProfit ?? null, currency),
    openTone: toneOf(figures?.openProfit ?? null, currency),
    level: percent(figures?.marginLevelPercent ?? null),
    positions: seen?.positions.length ?? 0,
  };
}

function positionsOf(seen: LiveFollower | LiveMaster | null, currency: string) {
  return (seen?.positions ?? []).map((one) => ({
    symbol: one.symbol,
    side: one.side,
    lots: lots(one.volume),
    openPrice: price(one.openPrice, one.digits),
    profit: profit(one.profit, currency),
    tone: toneOf(one.profit, currency),
  }));
}

function dealOf(deal: RecordRow, currency: string) {
  const sum = ["profit", "commission", "swap"]
    .map((name) => parseFixed(String(deal[name])))
    .reduce((all, one) => all + one, 0n);
  return {
    at: (deal["at"] as Date).toISOString().slice(0, 19).replace("T", " "),
    symbol: String(deal["symbol"]),
    side: String(deal["side"]),
    entry: String(deal["entry"]),
    lots: lots(parseFixed(String(deal["volume"]))),
    price: plain(String(deal["price"])),
    result: profit(sum, currency),
    tone: toneOf(sum, currency),
    ours: deal["key"] === null ? whoElse(String(deal["reason"])) : "the hub",
  };
}

/** Of deals without our key: a stop, the broker, or somebody past the hub. */
function whoElse(reason: string): string {
  if (reason === "stop-loss" || reason === "take-profit") return `its ${reason}`;
  return reason === "stop-out" ? "the broker's stop-out" : "by hand or another program";
}

const plain = (text: string): string => text.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
