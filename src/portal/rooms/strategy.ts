/** Strategies: what is published, and one with its equity, drawdown, months, symbols and copying. */
import { parseFixed } from "../../domain/fixed.ts";
import { allows } from "../../identity/permissions.ts";
import type { Sql } from "../../platform/postgres.ts";
import { CopyRecords } from "../../records/copies.ts";
import { readCopying } from "../../records/copying.ts";
import { type Performance, readPerformance } from "../../records/performance.ts";
import type { Row } from "../../records/view.ts";
import { curve, underWater } from "../chart/curve.ts";
import { heatMap, MONTH_NAMES } from "../chart/heat.ts";
import type { Asked, PageAnswer, Portal } from "../portal.ts";
import { copyingView } from "../strategies/copying.ts";
import { change, lots, NOTHING, profit, toneOf } from "../view/format.ts";
import { sparkline } from "../view/sparkline.ts";
import { equityCurve } from "./account.ts";

const SHOWN_MAX = 60;
const SPARK_SAMPLES = 40;
const DAY_MS = 86_400_000;

export function addStrategies(portal: Portal, sql: () => Sql): void {
  portal.page("/strategies", "strategies:read", (asked) => listPage(asked, sql()));
  portal.page("/strategies/:id", "strategies:read", (asked) => strategyPage(asked, sql()));
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

function figuresOf({ points, sums }: Performance, currency: string) {
  const values = points.map(({ at, equity }) => ({ at: at.getTime(), value: equity }));
  const depth = -Math.min(0, ...underWater(values).map(({ value }) => value));
  const [first, last] = [values[0], values.at(-1)];
  const gain = first === undefined || last === undefined ? null : gainOf(first.value, last.value);
  const closed = parseFixed(sums.gains) + parseFixed(sums.losses);
  return {
    ...ratios(gain, points.length < 2 ? null : depth),
    trades: String(sums.closed),
    won: sums.closed === 0 ? NOTHING : `${((sums.won / sums.closed) * 100).toFixed(0)} %`,
    factor: factorOf(sums),
    closed: profit(closed, currency),
    closedTone: toneOf(closed, currency),
    age: ageOf((last?.at ?? 0) - (first?.at ?? 0)),
  };
}

const gainOf = (first: number, last: number): number | null =>
  first === 0 ? null : last / first - 1;

function ratios(gain: number | null, depth: number | null) {
  const ratio = gain === null || depth === null || depth === 0 ? null : gain / depth;
  const tone = gain === null || gain === 0 ? "flat" : gain > 0 ? "up" : "down";
  return {
    gain: change(gain),
    gainTone: tone,
    depth: depth === null ? NOTHING : `${(depth * 100).toFixed(2)} %`,
    ratio: ratio === null ? NOTHING : ratio.toFixed(2).replace("-", "−"),
    order: ratio ?? Number.NEGATIVE_INFINITY,
  };
}

function factorOf({ gains, losses }: Performance["sums"]): string {
  const lost = Math.abs(Number(losses));
  return lost === 0 ? NOTHING : (Number(gains) / lost).toFixed(2);
}

function ageOf(ms: number): string {
  const days = ms / DAY_MS;
  if (days < 1) return "less than a day";
  return days < 14 ? `${Math.round(days)} days` : `${Math.round(days / 7)} weeks`;
}

function cardOf(row: Row, performance: Performance) {
  const currency = String(row["currency"]);
  const { points } = performance;
  const step = Math.max(1, Math.ceil(points.length / SPARK_SAMPLES));
  const spark = sparkline(
    points.filter((_, index) => index % step === 0).map(({ equity }) => equity),
  );
  return {
    ...figuresOf(performance, currency),
    name: String(row["name"]),
    href: `/strategies/${String(row["id"])}`,
    currency,
    followers: String(row["subscriptions"]),
    f: { spark: spark.points, sparkTone: spark.tone },
  };
}

async function strategyPage(asked: Asked, sql: Sql): Promise<PageAnswer> {
  const strategy = await new CopyRecords(sql).strategy(asked.principal, asked.param("id"));
  const [performance, copying] = await Promise.all([
    performanceOf(sql, asked, strategy),
    readCopying(sql, asked.principal, String(strategy["id"])),
  ]);
  const currency = String(strategy["currency"]);
  const values = performance.points.map(({ at, equity }) => ({ at: at.getTime(), value: equity }));
  return {
    page: "strategy",
    head: {
      title: String(strategy["name"]),
      lead: `Published over a master account in ${currency}.`,
      crumbs: [{ href: "/strategies", label: "Strategies" }],
      ...(allows(asked.principal, "copies:write")
        ? { action: { href: `/strategies/${String(strategy["id"])}/follow`, label: "Follow" } }
        : {}),
      styles: ["rooms.css", "wizard.css"],
    },
    view: {
      figures: figuresOf(performance, currency),
      followers: String(strategy["subscriptions"]),
      copying: copyingView(copying, currency),
      description: String(strategy["description"]),
      promises: allows(asked.principal, "strategies:write")
        ? `/strategies/${String(strategy["id"])}/terms`
        : null,
      equity: equityCurve(performance, currency),
      water: waterOf(values),
      months: heatMap(performance.months, currency),
      monthNames: MONTH_NAMES,
      currency,
      symbols: performance.symbols.map((one) => ({
        ...one,
        lots: lots(parseFixed(one.lots)),
        profit: profit(parseFixed(one.profit), currency),
        tone: toneOf(parseFixed(one.profit), currency),
        won: `${((one.won / Math.max(1, one.deals)) * 100).toFixed(0)} %`,
      })),
    },
  };
}

function waterOf(values: readonly { readonly at: number; readonly value: number }[]) {
  const words = (value: number): string => `${(value * 100).toFixed(2)} %`.replace("-", "−");
  return curve(underWater(values), {
    words,
    fromZero: true,
    summary: (all) => {
      const deepest = Math.min(...all.map(({ value }) => value));
      const now = all.at(-1)?.value ?? 0;
      return `The deepest drawdown was ${words(deepest)} of the highest equity; now it is ${words(now)}.`;
    },
  });
}
