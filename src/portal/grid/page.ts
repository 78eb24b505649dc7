/** The control room: page, stream, saved views, and what is done to accounts that were chosen. */

import { LockstepError } from "../../domain/errors.ts";
import { allows } from "../../identity/permissions.ts";
import { principalOf } from "../../identity/policy.ts";
import type { Principal } from "../../identity/principal.ts";
import { forgetView, savedViews, saveView, tagAccounts } from "../../labels/service.ts";
import type { Sql } from "../../platform/postgres.ts";
import { type Fields, ownPath } from "../fields.ts";
import type { Asked, Next, PageAnswer, Portal } from "../portal.ts";
import { planForAccounts } from "../rooms/reconciliation.ts";
import { answerStream } from "../routes.ts";
import { onlySameSite } from "../security.ts";
import { clockTime, count } from "../view/format.ts";
import { BULK_MODES, bulkKill, bulkMode } from "./bulk.ts";
import { COLUMN_NAMES, columnOf } from "./columns.ts";
import type { AccountFacts, GridSource } from "./facts.ts";
import { addressOf, admits, GROUPS, type GridQuery, gridQuery, ordered } from "./query.ts";
import { sentRow } from "./rows.ts";
import { type GridStream, WINDOW_MAX } from "./stream.ts";
import { totalsRow } from "./totals.ts";

export const PAGE_SIZE = 50;
const PATH = "/control";
const SHOWN_MAX = 200;

export type ControlDeps = {
  readonly source: GridSource & { forget(): void };
  readonly stream: GridStream;
  /** DATABASE_DOWN until the database is there. */
  readonly sql: () => Sql;
};

export function addControlRoom(portal: Portal, deps: ControlDeps): void {
  const { source, stream, sql } = deps;
  portal.page(PATH, "accounts:read", (asked) => controlPage(asked, deps));
  portal.guard.on("GET", `${PATH}/stream`, "accounts:read", onlySameSite, (context) => {
    const { searchParams } = new URL(context.req.url);
    const window = windowOf(searchParams);
    const viewer = { principal: principalOf(context), query: gridQuery(searchParams), window };
    return answerStream(context, stream.open(viewer));
  });
  portal.form(`${PATH}/views`, "accounts:read", async ({ principal }, fields) => {
    const name = fields.get("name");
    const query = fields.get("query");
    if (fields.has("forget")) {
      await forgetView(sql(), principal, { page: PATH, name });
      return { to: PATH + query, say: `The view “${name}” is forgotten.` };
    }
    await saveView(sql(), principal, { page: PATH, name, query });
    return { to: PATH + query, say: `Saved as “${name}”.` };
  });
  portal.form(`${PATH}/selected`, "accounts:read", ({ principal }, fields) =>
    selectedPage(source, principal, fields),
  );
  const withChosen = (asked: Asked, fields: Fields) => ({
    ...{ chosen: chosen(source, asked.principal, fields), sql: sql() },
  });
  portal.form(`${PATH}/mode`, "copies:write", (asked, fields) =>
    bulkMode(asked, fields, withChosen(asked, fields)),
  );
  portal.form(`${PATH}/kill`, "kill:engage", (asked, fields) =>
    bulkKill(asked, fields, withChosen(asked, fields)),
  );
  portal.form(`${PATH}/realign`, "divergences:write", (asked, fields) =>
    planForAccounts(asked, withChosen(asked, fields).chosen.accounts, sql()),
  );
  portal.form(`${PATH}/tag`, "accounts:write", (asked, fields) => tag(deps, asked, fields));
}

function windowOf(params: URLSearchParams): { from: number; to: number } {
  const from = Math.max(0, Number.parseInt(params.get("from") ?? "0", 10) || 0);
  const to = Number.parseInt(params.get("to") ?? String(PAGE_SIZE), 10) || PAGE_SIZE;
  return { from, to: Math.min(Math.max(to, from), from + WINDOW_MAX) };
}

async function controlPage(
  { principal, context, now }: Asked,
  deps: ControlDeps,
): Promise<PageAnswer> {
  const { source, sql } = deps;
  await source.refresh();
  const query = gridQuery(new URL(context.req.url).searchParams);
  const all = source.accounts(principal, query.in);
  const found = ordered(query, all);
  const from = (query.page - 1) * PAGE_SIZE;
  const shown = found.slice(from, from + PAGE_SIZE);
  const address = addressOf(query);
  const views = await savedViews(sql(), principal, PATH);
  return {
    page: "control",
    head: {
      title: "Control room",
      styles: ["control.css"],
      stream: `${PATH}/stream${address === "" ? "?" : `${address}&`}`,
      reloadSeconds: 10,
    },
    view: {
      page: totalsRow(found, query, clockTime(now)),
      query,
      address,
      total: found.length,
      none: all.length === 0,
      columns: headsOf(query),
      rows: shown.map((account, place) => ({
        ...sentRow(account, query.columns, now),
        name: account.name,
        index: from + place,
        rowIndex: from + place + 2,
        cells: cellsOf(account, query, now),
      })),
      rowCount: found.length + 1,
      span: query.columns.length + 1,
      pages: pagesOf(query, found.length),
      choices: choicesOf(all, query),
      views: views.map(({ name, query: saved }) => ({
        name,
        query: saved,
        href: PATH + saved,
        current: saved === address,
      })),
      mayTag: true,
    },
  };
}

function cellsOf(account: AccountFacts, query: GridQuery, now: number) {
  return query.columns.map((name) => ({
    ...columnOf(name).cell(account, now),
    name,
    label: columnOf(name).label,
    numeric: columnOf(name).numeric,
    isName: name === "name",
    href: `/accounts/${account.id}`,
  }));
}

function headsOf(query: GridQuery) {
  return query.columns.map((name) => {
    const isSorted = query.sort === name;
    const descending = isSorted ? !query.descending : columnOf(name).numeric;
    return {
      name,
      label: columnOf(name).label,
      numeric: columnOf(name).numeric,
      href: PATH + addressOf(query, { sort: name, descending }),
      sorted: isSorted ? (query.descending ? "descending" : "ascending") : "none",
    };
  });
}

function pagesOf(query: GridQuery, total: number) {
  const last = Math.max(1, Math.ceil(total / PAGE_SIZE));
  const from = (query.page - 1) * PAGE_SIZE;
  return {
    words: `${count(Math.min(total, from + 1))}–${count(Math.min(total, from + PAGE_SIZE))} of ${count(total)}`,
    back: query.page > 1 ? PATH + addressOf(query, { page: query.page - 1 }) : null,
    next: query.page < last ? PATH + addressOf(query, { page: query.page + 1 }) : null,
    many: last > 1,
  };
}

function choicesOf(all: readonly AccountFacts[], query: GridQuery) {
  const options = (values: readonly string[], chosen: string, any: string) => [
    { value: "", label: any, selected: chosen === "" },
    ...[...new Set(values)]
      .sort()
      .map((value) => ({ value, label: value, selected: value === chosen })),
  ];
  return {
    brokers: options(
      all.map(({ broker }) => broker),
      query.broker,
      "all brokers",
    ),
    currencies: options(
      all.map(({ currency }) => currency),
      query.currency,
      "all currencies",
    ),
    strategies: options(
      all.flatMap(({ strategies }) => strategies),
      query.strategy,
      "all strategies",
    ),
    tags: options(
      all.flatMap(({ tags }) => tags),
      query.tag,
      "all tags",
    ),
    states: options(["attention", "live", "stale", "offline"], query.state, "any state"),
    groups: options(GROUPS, query.group ?? "", "no groups"),
    reporting: options(
      [...all.map(({ currency }) => currency), "USD", query.in],
      query.in,
      "",
    ).slice(1),
    columns: COLUMN_NAMES.map((name) => ({
      name,
      label: columnOf(name).label,
      checked: query.columns.includes(name),
    })),
  };
}

/** By key, or all that the filter admits at this moment. */
function chosen(source: GridSource, principal: Principal, fields: Fields) {
  const query = gridQuery(new URLSearchParams(fields.get("query").replace(/^\?/, "")));
  const accounts = source.accounts(principal, query.in);
  if (fields.has("all")) return { query, accounts: accounts.filter((one) => admits(query, one)) };
  const ids = new Set(fields.all("id"));
  return { query, accounts: accounts.filter(({ id }) => ids.has(id)) };
}

function selectedPage(source: GridSource, principal: Principal, fields: Fields): PageAnswer | Next {
  const { query, accounts } = chosen(source, principal, fields);
  const back = PATH + addressOf(query);
  if (accounts.length === 0) return { to: back, say: "No account was selected." };
  return {
    page: "selected",
    head: {
      title: `${count(accounts.length)} selected`,
      crumbs: [{ href: back, label: "Control room" }],
      lead: "Nothing is done until you choose below.",
    },
    view: {
      sums: totalsRow(accounts, query, "").f,
      ids: accounts.map(({ id }) => id),
      names: accounts.slice(0, SHOWN_MAX).map(({ id, name, broker }) => ({ id, name, broker })),
      more: accounts.length > SHOWN_MAX ? `and ${count(accounts.length - SHOWN_MAX)} more` : "",
      back,
      query: addressOf(query),
      modes: allows(principal, "copies:write")
        ? Object.entries(BULK_MODES).map(([value, { words }]) => ({ value, words }))
        : null,
      mayKill: allows(principal, "kill:engage"),
      mayRealign: allows(principal, "divergences:write"),
      diverging: count(accounts.filter(({ divergences }) => divergences > 0).length),
      mayTag: allows(principal, "accounts:write"),
    },
  };
}

async function tag(
  { source, sql }: ControlDeps,
  { principal }: Asked,
  fields: Fields,
): Promise<Next> {
  const name = fields.get("tag");
  if (name === "") throw new LockstepError("BAD_INPUT", { field: "tag", expected: "a word" });
  const accounts = fields.all("id");
  const remove = fields.has("remove");
  const changed = await tagAccounts(sql(), principal, { accounts, tag: name, remove });
  source.forget();
  const words = remove ? "no longer carry" : "now carry";
  return {
    to: ownPath(fields.get("back")),
    say: `${count(changed)} accounts ${words} the tag “${name}”.`,
  };
}
