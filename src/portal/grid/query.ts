/**
 * What is asked of the control room, as its address says it: filters, order, columns, groups. Pure.
 * Invariant: the order is total (the account's id decides last), so that a page neither skips nor
 * repeats an account; what is unknown in an address is left out, never an error.
 */
import { COLUMN_NAMES, COLUMNS, type ColumnName, columnOf, isColumn } from "./columns.ts";
import type { AccountFacts } from "./facts.ts";

export const GROUPS = ["strategy", "investor", "broker", "currency", "tag", "role"] as const;
export type GroupBy = (typeof GROUPS)[number];

export type GridQuery = {
  readonly q: string;
  readonly broker: string;
  readonly currency: string;
  readonly strategy: string;
  readonly tag: string;
  /** live, stale, offline, or attention: whatever wants to be looked at. */
  readonly state: string;
  readonly sort: ColumnName;
  readonly descending: boolean;
  readonly columns: readonly ColumnName[];
  readonly group: GroupBy | null;
  /** The reporting currency. */
  readonly in: string;
  readonly page: number;
};

const USUAL = COLUMN_NAMES.filter((name) => COLUMNS[name].usual);
const TEXT_MAX = 60;
const FILTERS = ["q", "broker", "currency", "strategy", "tag", "state"] as const;

export function gridQuery(params: URLSearchParams): GridQuery {
  const value = (name: string): string => (params.get(name) ?? "").trim().slice(0, TEXT_MAX);
  const sort = value("sort");
  const chosen = params.getAll("col").filter(isColumn);
  const group = GROUPS.find((one) => one === value("group")) ?? null;
  const currency = value("in").toUpperCase();
  return {
    q: value("q"),
    broker: value("broker"),
    currency: value("currency"),
    strategy: value("strategy"),
    tag: value("tag"),
    state: value("state"),
    sort: isColumn(sort) ? sort : "name",
    descending: value("dir") === "desc",
    columns: chosen.length === 0 ? USUAL : COLUMN_NAMES.filter((name) => chosen.includes(name)),
    group,
    in: /^[A-Z]{3}$/.test(currency) ? currency : "USD",
    page: Math.max(1, Math.min(10_000, Number.parseInt(value("page"), 10) || 1)),
  };
}

/** The address of the query with some of it changed; the first page unless it says another. */
export function addressOf(query: GridQuery, change: Partial<GridQuery> = {}): string {
  const next = { ...query, page: 1, ...change };
  const params = new URLSearchParams();
  for (const name of FILTERS) if (next[name] !== "") params.set(name, next[name]);
  if (next.sort !== "name") params.set("sort", next.sort);
  if (next.descending) params.set("dir", "desc");
  if (next.group !== null) params.set("group", next.group);
  if (next.in !== "USD") params.set("in", next.in);
  if (next.page > 1) params.set("page", String(next.page));
  if (next.columns.join() !== USUAL.join()) {
    for (const name of next.columns) params.append("col", name);
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

export function admits(query: GridQuery, account: AccountFacts): boolean {
  const { broker, currency, strategy, tag, state } = query;
  if (broker !== "" && account.broker !== broker) return false;
  if (currency !== "" && account.currency !== currency) return false;
  if (strategy !== "" && !account.strategies.includes(strategy)) return false;
  if (tag !== "" && !account.tags.includes(tag)) return false;
  if (state === "attention") {
    if (account.link === "live" && account.divergences === 0) return false;
  } else if (state !== "" && account.link !== state) return false;
  return query.q === "" || hasText(account, query.q.toLowerCase());
}

function hasText({ name, login, broker, tags, investors }: AccountFacts, wanted: string): boolean {
  return [name, login, broker, ...tags, ...investors].some((text) =>
    text.toLowerCase().includes(wanted),
  );
}

type Key = ReturnType<ReturnType<typeof columnOf>["order"]>;

function compare(a: Key, b: Key, way: number): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return (a < b ? -1 : 1) * way;
}

/** What is not known stands last, whichever way the order goes. */
export function ordered(query: GridQuery, accounts: readonly AccountFacts[]): AccountFacts[] {
  const column = columnOf(query.sort);
  const way = query.descending ? -1 : 1;
  return accounts
    .filter((account) => admits(query, account))
    .map((account) => ({ account, key: column.order(account) }))
    .sort((a, b) => compare(a.key, b.key, way) || (a.account.id < b.account.id ? -1 : 1))
    .map(({ account }) => account);
}

/** The groups an account belongs to: by strategy and tag it may be several, or none. */
export function groupsOf(account: AccountFacts, by: GroupBy): readonly string[] {
  switch (by) {
    case "strategy":
      return account.strategies.length === 0 ? ["no strategy"] : account.strategies;
    case "investor":
      return account.investors.length === 0 ? ["nobody in particular"] : account.investors;
    case "tag":
      return account.tags.length === 0 ? ["no tag"] : account.tags;
    default:
      return [account[by]];
  }
}
