/** Strategies: what is published, and one with its growth, drawdown, months, risk and symbols. */
import { parseFixed } from "../../domain/fixed.ts";
import { allows } from "../../identity/permissions.ts";
import { mayReach } from "../../identity/principal.ts";
import type { Sql } from "../../platform/postgres.ts";
import { CopyRecords } from "../../records/copies.ts";
import { readCopying } from "../../records/copying.ts";
import { type Performance, readPerformance } from "../../records/performance.ts";
import type { Row } from "../../records/view.ts";
import { monthlyReturns } from "../../report/returns.ts";
import { growthCurve, waterCurve } from "../chart/curves.ts";
import { type ChartData, growthData } from "../chart/data.ts";
import { figuresOf, growthOf, riskOf } from "../chart/figures.ts";
import { heatMap, heatWords, MONTH_NAMES } from "../chart/heat.ts";
import { periodLinks, periodOf, within } from "../chart/period.ts";
import type { Asked, PageAnswer, Portal } from "../portal.ts";
import { copyingView } from "../strategies/copying.ts";
import { lots, profit, toneOf } from "../view/format.ts";
import { sparkline } from "../view/sparkline.ts";

const SHOWN_MAX = 60;
const SPARK_SAMPLES = 40;

export function addStrategies(portal: Portal, sql: () => Sql): void {
  portal.page("/strategies", "strategies:read", (asked) => listPage(asked, sql()));
  portal.page("/strategies/:id", "strategies:read", (asked) => strategyPage(asked, sql()));
  portal.data("/strategies/:id/growth.json", "strategies:read", (asked) =>
    growthJson(asked, sql()),
  );
}

const performanceOf = (sql: Sql, { principal }: Asked, strategy: Row): Promise<Performance> =>
  readPerformance(sql, principal, { accountId: String(strategy["master_id"]), published: true });

/** By return over drawdown, never by return alone: what is not known stands last. */
async function listPage(asked: Asked, sql: Sql): Promise<PageAnswer> {
  const page = { limit: SHOWN_MAX, after: null };
  const { rows } = await new CopyRecords(sql).strategies(asked.principal, page);
  const cards = await Promise.all(
    rows.map(async (row) => cardOf(row, await performanceOf(sql, asked, row))),
  );
  cards.sort((a, b) => b.order - a.order || (a.name < b.name ? -1 : 1));
  return {
    page: "strategies",
    head: {
      title: "Strategies",
      lead: "What can be followed, ordered by return over deepest drawdown.",
      ...(allows(asked.principal, "strategies:write")
        ? { action: { href: "/publish", label: "Publish a strategy" } }
        : {}),
      styles: ["rooms.css"],
    },
    view: { cards, none: cards.length === 0 },
  };
}

function cardOf(row: Row, performance: Performance) {
  const currency = String(row["currency"]);
  const growth = growthOf(performance);
  const step = Math.max(1, Math.ceil(growth.length / SPARK_SAMPLES));
  const spark = sparkline(
    growth.filter((_, index) => index % step === 0).map(({ value }) => value),
  );
  return {
    ...figuresOf(performance, growth, currency),
    name: String(row["name"]),
    href: `/strategies/${String(row["id"])}`,
    currency,
    followers: String(row["subscriptions"]),
    f: { spark: spark.points, sparkTone: spark.tone },
  };
}

async function growthJson(asked: Asked, sql: Sql): Promise<ChartData> {
  const strategy = await new CopyRecords(sql).strategy(asked.principal, asked.param("id"));
  const whole = await performanceOf(sql, asked, strategy);
  const growth = growthOf(within(whole, periodOf(asked.query("period"))));
  return growthData([{ name: "Growth", growth }]);
}

async function strategyPage(asked: Asked, sql: Sql): Promise<PageAnswer> {
  const strategy = await new CopyRecords(sql).strategy(asked.principal, asked.param("id"));
  const [whole, copying] = await Promise.all([
    performanceOf(sql, asked, strategy),
    readCopying(sql, asked.principal, String(strategy["id"])),
  ]);
  const currency = String(strategy["currency"]);
  const path = `/strategies/${String(strategy["id"])}`;
  const period = periodOf(asked.query("period"));
  const growth = growthOf(within(whole, period));
  const all = growthOf(whole);
  const months = monthlyReturns(all);
  return {
    page: "strategy",
    head: {
      title: String(strategy["name"]),
      lead: `Published over a master account in ${currency}.`,
      crumbs: [{ href: "/strategies", label: "Strategies" }],
      ...(allows(asked.principal, "copies:write")
        ? { action: { href: `${path}/follow`, label: "Follow" } }
        : {}),
      styles: ["rooms.css", "chart.css", "wizard.css"],
      scripts: ["chart.js"],
    },
    view: {
      figures: figuresOf(whole, all, currency),
      followers: String(strategy["subscriptions"]),
      copying: copyingView(copying, currency),
      description: String(strategy["description"]),
      layer: mayReach(asked.principal, String(strategy["master_id"])) ? `${path}/rules` : null,
      promises: allows(asked.principal, "strategies:write") ? `${path}/terms` : null,
      periods: periodLinks(path, period),
      growth: growthCurve(growth),
      source: `${path}/growth.json?period=${period.value}`,
      water: waterCurve(growth),
      risk: riskOf(all),
      months: heatMap(months),
      monthWords: heatWords(months),
      monthNames: MONTH_NAMES,
      currency,
      symbols: symbolsOf(whole, currency),
    },
  };
}

function symbolsOf({ symbols }: Performance, currency: string) {
  return symbols.map((one) => ({
    ...one,
    lots: lots(parseFixed(one.lots)),
    profit: profit(parseFixed(one.profit), currency),
    tone: toneOf(parseFixed(one.profit), currency),
    won: `${((one.won / Math.max(1, one.deals)) * 100).toFixed(0)} %`,
  }));
}
