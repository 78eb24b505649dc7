/** Groups, and accounts put together by what they share, each with its sums. */
import { inTenant, type Queries, type Sql } from "../platform/postgres.ts";
import type { AccountRecords } from "./accounts.ts";
import { type Page, type PageRequest, readPage } from "./page.ts";
import { type Total, totalsOf } from "./totals.ts";
import { only, type Row, seen, type View } from "./view.ts";

const group = (tx: Queries, view: View) => tx`
  select g.group_id as id, g.name, g.created_at,
    (select coalesce(json_agg(m.account_id order by m.account_id), '[]')
      from account_group_members m where m.group_id = g.group_id
        and ${seen(tx, view, "m.account_id")}) as accounts
  from account_groups g
  where (${view.accounts === "all"}::boolean and not exists (select 1 from account_group_members n
      where n.group_id = g.group_id))
    or exists (select 1 from account_group_members m where m.group_id = g.group_id
      and ${seen(tx, view, "m.account_id")})`;

/** What accounts can be put together by. */
export const SHARED = ["broker", "currency", "strategy", "investor", "tag", "group"] as const;
export type Shared = (typeof SHARED)[number];

export type Subtotal = {
  /** The broker's, strategy's, person's or group's id; the tag or currency itself. */
  readonly of: string;
  readonly name: string;
  readonly totals: readonly Total[];
};

export class GroupRecords {
  readonly #sql: Sql;
  readonly #accounts: AccountRecords;

  constructor(sql: Sql, accounts: AccountRecords) {
    this.#sql = sql;
    this.#accounts = accounts;
  }

  async list(view: View, page: PageRequest): Promise<Page> {
    const { rows, next } = await readPage(
      this.#sql,
      view,
      { order: { by: ["text", "uuid"], ascending: true }, page },
      (tx) => tx<Row[]>`select q.*, q.name as o1, q.id as o2 from (${group(tx, view)}) q`,
    );
    const all = await this.#byId(view);
    return { rows: rows.map((row) => withTotals(row, all)), next };
  }

  async read(view: View, id: string): Promise<Row> {
    const rows = await inTenant(
      this.#sql,
      view.tenantId,
      (tx) => tx<Row[]>`select * from (${group(tx, view)}) q where q.id = ${id}`,
    );
    return withTotals(only(rows, "group"), await this.#byId(view));
  }

  /** Accounts are in as many lines as they share something of that kind with. */
  async subtotals(view: View, by: Shared): Promise<readonly Subtotal[]> {
    const accounts = await this.#byId(view);
    const members = await inTenant(this.#sql, view.tenantId, (tx) => sharing(tx, by));
    const lines = new Map<string, { name: string; rows: Row[] }>();
    for (const { of, name, account_id } of members) {
      const account = accounts.get(account_id);
      if (account === undefined) continue;
      const line = lines.get(of) ?? { name, rows: [] };
      lines.set(of, line);
      line.rows.push(account);
    }
    return [...lines]
      .map(([of, { name, rows }]) => ({ of, name, totals: totalsOf(rows) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #byId(view: View): Promise<ReadonlyMap<string, Row>> {
    const rows = await this.#accounts.all(view, {});
    return new Map(rows.map((row) => [String(row["id"]), row]));
  }
}

function withTotals(row: Row, accounts: ReadonlyMap<string, Row>): Row {
  const members = (row["accounts"] as readonly string[])
    .map((id) => accounts.get(id))
    .filter((one) => one !== undefined);
  return { ...row, totals: totalsOf(members) };
}

type Member = { readonly of: string; readonly name: string; readonly account_id: string };

function sharing(tx: Queries, by: Shared) {
  switch (by) {
    case "broker":
      return tx<Member[]>`select broker_id::text as of, b.name, a.account_id
        from accounts a join brokers b using (tenant_id, broker_id)`;
    case "currency":
      return tx<Member[]>`select currency as of, currency as name, account_id from accounts`;
    case "strategy":
      return tx<Member[]>`select t.strategy_id::text as of, t.name, u.account_id
        from strategies t join (select strategy_id, account_id from subscriptions
          where mode <> 'stopped' union select strategy_id, master_id from strategies) u
          using (strategy_id)`;
    case "investor":
      return tx<Member[]>`select p.person_id::text as of, p.name, m.account_id
        from account_people m join people p using (tenant_id, person_id)`;
    case "tag":
      return tx<Member[]>`select tag as of, tag as name, account_id from account_tags`;
    case "group":
      return tx<Member[]>`select g.group_id::text as of, g.name, m.account_id
        from account_groups g join account_group_members m using (tenant_id, group_id)`;
  }
}
