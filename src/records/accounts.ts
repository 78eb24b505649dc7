/** Accounts with the newest figures the ledger has, their deals, orders, positions and equity. */
import type { StampedFigures } from "../domain/account.ts";
import { formatFixed } from "../domain/fixed.ts";
import { inTenant, type Queries, type Sql } from "../platform/postgres.ts";
import { type Page, type PageRequest, readPage } from "./page.ts";
import {
  type Between,
  between,
  equals,
  labelled,
  only,
  type Row,
  seen,
  type View,
} from "./view.ts";

export type AccountFilter = {
  readonly broker?: string | undefined;
  readonly currency?: string | undefined;
  readonly strategy?: string | undefined;
  /** That neither follows this strategy nor is its master. */
  readonly may_follow?: string | undefined;
  /** A person whose account it is. */
  readonly investor?: string | undefined;
  readonly tag?: string | undefined;
  readonly group?: string | undefined;
  /** Those that are archived, instead of those that are not. */
  readonly archived?: boolean | undefined;
};

/** Of the accounts `t`. */
function fits(tx: Queries, filter: AccountFilter) {
  const { broker, currency, strategy, may_follow: wanted, investor } = filter;
  const all = tx`true`;
  const member =
    strategy === undefined
      ? all
      : tx`(t.id in (select u.account_id from subscriptions u where u.strategy_id = ${strategy})
          or t.id in (select s.master_id from strategies s where s.strategy_id = ${strategy}))`;
  const free =
    wanted === undefined
      ? all
      : tx`not exists (select 1 from strategies s where s.strategy_id = ${wanted}
          and (s.master_id = t.id or exists (select 1 from subscriptions u
            where u.strategy_id = s.strategy_id and u.account_id = t.id)))`;
  const owned =
    investor === undefined
      ? all
      : tx`t.id in (select p.account_id from account_people p where p.person_id = ${investor})`;
  return tx`${equals(tx, "t.broker_id", broker)} and ${equals(tx, "t.currency", currency)}
    and (t.archived_at is not null) = ${filter.archived ?? false}::boolean
    and ${member} and ${free} and ${owned}
    and ${labelled(tx, "t.id", filter)}`;
}

const account = (tx: Queries, view: View) => tx`
  select a.account_id as id, a.broker_id, b.name as broker, a.login, a.name, a.currency,
    a.position_mode, a.leverage, a.created_at, a.archived_at,
    (select coalesce(json_agg(g.tag order by g.tag), '[]') from account_tags g
      where g.tenant_id = a.tenant_id and g.account_id = a.account_id) as tags,
    e.balance, e.credit, e.equity, e.margin, e.at as as_of
  from accounts a join brokers b using (tenant_id, broker_id)
  left join lateral (select * from equity_points p
    where p.tenant_id = a.tenant_id and p.account_id = a.account_id
    order by p.at desc limit 1) e on true
  where ${seen(tx, view, "a.account_id")}`;

/** So many accounts are summed up at most. */
const ALL_MAX = 20_000;

/** The figures that a process which owns the account has in memory; null elsewhere. */
export type LiveFigures = (accountId: string) => StampedFigures | null;

export class AccountRecords {
  readonly #sql: Sql;
  readonly #live: LiveFigures;

  constructor(sql: Sql, live: LiveFigures = () => null) {
    this.#sql = sql;
    this.#live = live;
  }

  /** With what is known here and not yet in the ledger. */
  #withLive(row: Row): Row {
    const figures = this.#live(String(row["id"]));
    if (figures === null) return row;
    const { balance, credit, equity, margin, asOf } = figures;
    return {
      ...row,
      ...{ balance: formatFixed(balance), credit: formatFixed(credit) },
      ...{ equity: formatFixed(equity), margin: formatFixed(margin), as_of: new Date(asOf) },
    };
  }

  async list(view: View, filter: AccountFilter, page: PageRequest): Promise<Page> {
    const order = { by: ["text", "uuid"], ascending: true } as const;
    const { rows, next } = await readPage(
      this.#sql,
      view,
      { order, page },
      (tx) =>
        tx<Row[]>`select t.*, t.name as o1, t.id as o2 from (${account(tx, view)}) t
        where ${fits(tx, filter)}`,
    );
    return { rows: rows.map((row) => this.#withLive(row)), next };
  }

  async read(view: View, id: string): Promise<Row> {
    const rows = await inTenant(
      this.#sql,
      view.tenantId,
      (tx) => tx<Row[]>`select * from (${account(tx, view)}) t where t.id = ${id}`,
    );
    return this.#withLive(only(rows, "account"));
  }

  /** Every account that fits, with its figures: for sums. */
  async all(view: View, filter: AccountFilter): Promise<readonly Row[]> {
    const rows = await inTenant(
      this.#sql,
      view.tenantId,
      (tx) => tx<Row[]>`select t.* from (${account(tx, view)}) t where ${fits(tx, filter)}
        order by t.name, t.id limit ${ALL_MAX}`,
    );
    return rows.map((row) => this.#withLive(row));
  }

  positions(view: View, filter: PositionFilter, page: PageRequest): Promise<Page> {
    const order = { by: ["instant", "text"] } as const;
    return readPage(
      this.#sql,
      view,
      { order, page },
      (tx) => tx<Row[]>`
        select p.account_id, p.position_id, p.leg, p.key, p.symbol, p.side, p.volume, p.open_price,
          p.stop_loss, p.take_profit, p.opened_at, p.as_of, p.opened_at as o1,
          p.account_id::text || p.position_id || ' ' || p.leg as o2
        from positions p where ${seen(tx, view, "p.account_id")}
          and ${equals(tx, "p.account_id", filter.account)}
          and ${equals(tx, "p.symbol", filter.symbol)} and ${equals(tx, "p.side", filter.side)}`,
    );
  }

  orders(view: View, id: string, page: PageRequest): Promise<Page> {
    const order = { by: ["instant", "text"] } as const;
    return readPage(
      this.#sql,
      view,
      { order, page },
      (tx) => tx<Row[]>`
        select o.account_id, o.order_id, o.key, o.symbol, o.side, o.volume, o.filled, o.at,
          o.at as o1, o.order_id as o2
        from orders o where o.account_id = ${id} and ${seen(tx, view, "o.account_id")}`,
    );
  }

  deals(view: View, id: string, { page, ...when }: Within): Promise<Page> {
    const order = { by: ["instant", "text"] } as const;
    return readPage(
      this.#sql,
      view,
      { order, page },
      (tx) => tx<Row[]>`
        select d.account_id, d.deal_id, d.order_id, d.position_id, d.leg, d.key, d.magic, d.symbol,
          d.side, d.entry, d.volume, d.price, d.profit, d.commission, d.swap, d.reason, d.at,
          d.at as o1, d.deal_id as o2
        from deals d where d.account_id = ${id} and ${seen(tx, view, "d.account_id")}
          and ${between(tx, "d.at", when)}`,
    );
  }

  equityPoints(view: View, id: string, { page, ...when }: Within): Promise<Page> {
    const order = { by: ["instant", "uuid"] } as const;
    return readPage(
      this.#sql,
      view,
      { order, page },
      (tx) => tx<Row[]>`
        select e.account_id, e.at, e.currency, e.balance, e.credit, e.equity, e.margin,
          e.at as o1, e.account_id as o2
        from equity_points e where e.account_id = ${id} and ${seen(tx, view, "e.account_id")}
          and ${between(tx, "e.at", when)}`,
    );
  }
}

export type PositionFilter = {
  readonly account?: string | undefined;
  readonly symbol?: string | undefined;
  readonly side?: string | undefined;
};

export type Within = Between & { readonly page: PageRequest };
