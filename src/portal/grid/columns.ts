/** The columns of the control room: how each is written, and what it is ordered by. */
import type { Instant } from "../../domain/instant.ts";
import { count, duration, money, percent, profit, toneOf } from "../view/format.ts";
import { freshnessOf, freshnessWords } from "../view/freshness.ts";
import type { AccountFacts } from "./facts.ts";

export type Cell = { readonly text: string; readonly tone: string };

export type Column = {
  readonly label: string;
  readonly numeric: boolean;
  /** Shown where nobody chose columns. */
  readonly usual: boolean;
  cell(account: AccountFacts, now: Instant): Cell;
  order(account: AccountFacts): bigint | number | string | null;
};

const plain = (text: string): Cell => ({ text, tone: "" });
const text = (label: string, of: (account: AccountFacts) => string, usual = true): Column => ({
  label,
  numeric: false,
  usual,
  cell: (account) => plain(of(account)),
  order: (account) => of(account).toLowerCase(),
});

const LOW_LEVEL = 150;
const DEEP_DRAWDOWN = 0.1;
const SLOW_MS = 1_000;
const LINK_ORDER = { live: 0, stale: 1, offline: 2 } as const;

export const COLUMNS = {
  name: text("Account", ({ name }) => name),
  login: text("Login", ({ login }) => login, false),
  broker: text("Broker", ({ broker }) => broker),
  role: text("Role", ({ role }) => role, false),
  strategies: text("Strategy", ({ strategies }) => strategies.join(", ")),
  link: {
    label: "Link",
    numeric: false,
    usual: true,
    cell: ({ link, asOf }, now) => {
      const tone = freshnessOf(link, asOf, now);
      return { text: freshnessWords(tone, asOf, now), tone };
    },
    order: ({ link }) => LINK_ORDER[link],
  },
  currency: text("Ccy", ({ currency }) => currency),
  balance: {
    label: "Balance",
    numeric: true,
    usual: false,
    cell: ({ figures, currency }) => plain(money(figures?.balance ?? null, currency)),
    order: ({ figures }) => figures?.balance ?? null,
  },
  equity: {
    label: "Equity",
    numeric: true,
    usual: true,
    cell: ({ figures, currency }) => plain(money(figures?.equity ?? null, currency)),
    order: ({ reported }) => reported?.equity ?? null,
  },
  open: {
    label: "Open profit",
    numeric: true,
    usual: true,
    cell: ({ figures, currency }) => {
      const value = figures?.openProfit ?? null;
      return { text: profit(value, currency), tone: toneOf(value, currency) };
    },
    order: ({ reported }) => reported?.openProfit ?? null,
  },
  day: {
    label: "Day",
    numeric: true,
    usual: true,
    cell: ({ dayChange, currency }) => ({
      text: profit(dayChange, currency),
      tone: toneOf(dayChange, currency),
    }),
    order: ({ reported }) => reported?.dayChange ?? null,
  },
  deals: {
    label: "Deals",
    numeric: true,
    usual: false,
    cell: ({ dayDeals }) => plain(count(dayDeals)),
    order: ({ dayDeals }) => dayDeals,
  },
  level: {
    label: "Margin level",
    numeric: true,
    usual: true,
    cell: ({ figures }) => {
      const level = figures?.marginLevelPercent ?? null;
      return { text: percent(level), tone: level !== null && level < LOW_LEVEL ? "warn" : "" };
    },
    order: ({ figures }) => figures?.marginLevelPercent ?? null,
  },
  positions: {
    label: "Pos.",
    numeric: true,
    usual: true,
    cell: ({ positions }) => plain(count(positions)),
    order: ({ positions }) => positions,
  },
  drawdown: {
    label: "Drawdown",
    numeric: true,
    usual: true,
    cell: ({ drawdown }) => ({
      text: drawdown === null ? "–" : `${(drawdown * 100).toFixed(2)} %`,
      tone: drawdown !== null && drawdown >= DEEP_DRAWDOWN ? "warn" : "",
    }),
    order: ({ drawdown }) => drawdown,
  },
  lag: {
    label: "Copy lag",
    numeric: true,
    usual: true,
    cell: ({ lagMs }) => ({
      text: duration(lagMs),
      tone: lagMs !== null && lagMs > SLOW_MS ? "warn" : "",
    }),
    order: ({ lagMs }) => lagMs,
  },
  divergences: {
    label: "Diverges",
    numeric: true,
    usual: true,
    cell: ({ divergences }) => ({
      text: divergences === 0 ? "–" : count(divergences),
      tone: divergences === 0 ? "" : "warn",
    }),
    order: ({ divergences }) => divergences,
  },
  tags: text("Tags", ({ tags }) => tags.join(", ")),
  investor: text("Investor", ({ investors }) => investors.join(", "), false),
} as const satisfies Readonly<Record<string, Column>>;

export type ColumnName = keyof typeof COLUMNS;

export const COLUMN_NAMES = Object.keys(COLUMNS) as readonly ColumnName[];
export const columnOf = (name: ColumnName): Column => COLUMNS[name];
export const isColumn = (name: string): name is ColumnName => Object.hasOwn(COLUMNS, name);
