/** Brokers of the accounts that may be seen, and what they offer. */
import { inTenant, type Queries, type Sql } from "../platform/postgres.ts";
import { type Page, type PageRequest, readPage } from "./page.ts";
import { equals, only, type Row, seen, type View } from "./view.ts";

const BY_NAME = { by: ["text", "uuid"], ascending: true } as const;

const broker = (tx: Queries, view: View) => tx`
  select b.broker_id as id, b.name, b.gateway,
    (select count(*)::int from accounts a where a.broker_id = b.broker_id
      and ${seen(tx, view, "a.account_id")}) as accounts,
    (select count(*)::int from symbols s where s.broker_id = b.broker_id) as symbols
  from brokers b where exists (select 1 from accounts a where a.broker_id = b.broker_id
    and ${seen(tx, view, "a.account_id")})`;

const mapping = (tx: Queries, view: View) => tx`
  select m.* from (
    select distinct on (n.master_broker_id, n.follower_broker_id, n.symbol) n.*
    from symbol_mappings n
    order by n.master_broker_id, n.follower_broker_id, n.symbol, n.number desc) m
  where m.maps_to is not null
    and m.follower_broker_id in (select id from (${broker(tx, view)}) seen_brokers)`;

export type MappingFilter = {
  readonly master_broker?: string | undefined;
  readonly follower_broker?: string | undefined;
};

export class BrokerRecords {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  list(view: View, page: PageRequest): Promise<Page> {
    return readPage(
      this.#sql,
      view,
      { order: BY_NAME, page },
      (tx) => tx<Row[]>`select q.*, q.name as o1, q.id as o2 from (${broker(tx, view)}) q`,
    );
  }

  async read(view: View, id: string): Promise<Row> {
    const rows = await inTenant(
      this.#sql,
      view.tenantId,
      (tx) => tx<Row[]>`select * from (${broker(tx, view)}) q where q.id = ${id}`,
    );
    return only(rows, "broker");
  }

  /** Of a broker that may be seen. */
  symbols(view: View, id: string, page: PageRequest): Promise<Page> {
    return readPage(
      this.#sql,
      view,
      { order: { by: ["text", "text"], ascending: true }, page },
      (tx) => tx<Row[]>`
        select s.name, s.facts, s.seen_at, s.name as o1, '' as o2 from symbols s
        where s.broker_id = ${id} and s.facts ? 'volumeStep'`,
    );
  }

  mappings(view: View, filter: MappingFilter, page: PageRequest): Promise<Page> {
    return readPage(
      this.#sql,
      view,
      { order: { by: ["text", "text"], ascending: true }, page },
      (tx) => tx<Row[]>`
        select q.master_broker_id, q.follower_broker_id, q.symbol, q.maps_to, q.price_factor,
          q.by_whom, q.reason, q.confirmed_at,
          q.master_broker_id::text || q.follower_broker_id::text as o1, q.symbol as o2
        from (${mapping(tx, view)}) q
        where ${equals(tx, "q.master_broker_id", filter.master_broker)}
          and ${equals(tx, "q.follower_broker_id", filter.follower_broker)}`,
    );
  }

  /** Brokers of masters that accounts of this one follow or, where none does, may follow. */
  async masterBrokers(view: View, follower: string): Promise<readonly string[]> {
    const rows = await inTenant(
      this.#sql,
      view.tenantId,
      (tx) => tx<{ id: string }[]>`
        select distinct m.broker_id as id from strategies t
          join accounts m on m.tenant_id = t.tenant_id and m.account_id = t.master_id
        where m.broker_id <> ${follower} order by 1`,
    );
    return rows.map(({ id }) => id);
  }

  /** That masters at a broker have traded. */
  async traded(view: View, brokerId: string): Promise<ReadonlySet<string>> {
    const rows = await inTenant(
      this.#sql,
      view.tenantId,
      (tx) => tx<{ symbol: string }[]>`
        select distinct s.symbol from signals s
          join accounts m on m.tenant_id = s.tenant_id and m.account_id = s.master_id
        where m.broker_id = ${brokerId}`,
    );
    return new Set(rows.map(({ symbol }) => symbol));
  }
}
