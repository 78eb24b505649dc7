/** Strategies, subscriptions, and what came of a master's trades: signals and decisions. */
import { inTenant, type Queries, type Sql } from "../platform/postgres.ts";
import { type Page, type PageRequest, readPage } from "./page.ts";
import {
  type Between,
  between,
  equals,
  type Labels,
  labelled,
  only,
  type Row,
  seen,
  type View,
} from "./view.ts";

const NEWEST = { by: ["instant", "uuid"] } as const;

/** Of the masters it may see, and of those that an account it may see follows. */
const visibleMaster = (tx: Queries, view: View, column: string) =>
  view.accounts === "all" && view.mode === "live"
    ? tx`true`
    : tx`(${seen(tx, view, column)} or ${tx(column)} in (select vu.master_id from subscriptions vu
        where ${seen(tx, view, "vu.account_id")}))`;

/** What is published to everybody; of the rest what its master or a follower of theirs is in. */
const strategy = (tx: Queries, view: View, known: string | null) => tx`
  select t.strategy_id as id, t.name, t.master_id, a.name as master, a.broker_id, a.currency,
    t.created_at,
    (select count(*)::int from subscriptions u where u.tenant_id = t.tenant_id
      and u.strategy_id = t.strategy_id and u.mode <> 'stopped') as subscriptions,
    coalesce(v.version, 0) as version, coalesce(v.visibility, 'private') as visibility,
    coalesce(v.description, '') as description, coalesce(v.terms, '') as terms
  from strategies t join accounts a on a.tenant_id = t.tenant_id and a.account_id = t.master_id
  left join lateral (select * from strategy_versions w where w.tenant_id = t.tenant_id
    and w.strategy_id = t.strategy_id order by w.version desc limit 1) v on true
  where v.visibility = 'public' or (v.visibility = 'unlisted' and t.strategy_id = ${known})
    or ${visibleMaster(tx, view, "t.master_id")}`;

const subscription = (tx: Queries, view: View) => tx`
  select u.subscription_id as id, u.strategy_id, t.name as strategy, u.master_id, u.account_id,
    a.name as account, u.mode, u.from_sequence, u.decided_through, u.created_at,
    (select max(r.version) from subscription_rules r where r.tenant_id = u.tenant_id
      and r.subscription_id = u.subscription_id) as rules_version
  from subscriptions u join strategies t using (tenant_id, strategy_id)
    join accounts a on a.tenant_id = u.tenant_id and a.account_id = u.account_id
  where ${seen(tx, view, "u.account_id")}`;

/** Seen by who may see every account in it. */
const operation = (tx: Queries, { accounts }: View) => tx`
  select o.operation_id as id, o.action, o.reason, o.dry_run, o.by_whom, o.at, o.ended_at,
    case when o.ended_at is null and o.beat_at < clock_timestamp() - interval '60 seconds'
      then 'interrupted' else o.state end as state,
    (select json_agg(l.leg order by l.number) from operation_legs l
      where l.tenant_id = o.tenant_id and l.operation_id = o.operation_id) as legs
  from operations o where ${accounts === "all"}::boolean
    or o.accounts <@ ${accounts === "all" ? "{}" : `{${[...accounts].join(",")}}`}::text::uuid[]`;

const signal = (tx: Queries, view: View) => tx`
  select s.signal_id as id, s.master_id, s.sequence, s.kind, s.position, s.symbol, s.side, s.volume,
    s.before_volume, s.after_volume, s.price, s.stop_loss, s.take_profit, s.order_id, s.order_type,
    s.limit_price, s.expires_at, s.magic, s.comment, s.existing, s.age_at_receipt_ms, s.at,
    s.received_at, s.committed_at
  from signals s where ${visibleMaster(tx, view, "s.master_id")}`;

const decision = (tx: Queries, view: View) => tx`
  select d.signal_id, d.subscription_id, u.account_id, s.master_id, s.sequence, s.symbol, s.kind,
    d.decision, d.reason, d.wanted, d.volume, d.rules_version, d.at, s.committed_at
  from decisions d join signals s using (tenant_id, signal_id)
    join subscriptions u using (tenant_id, subscription_id)
  where ${seen(tx, view, "u.account_id")}`;

export type StrategyFilter = {
  readonly name?: string | undefined;
  readonly master?: string | undefined;
  readonly broker?: string | undefined;
};

export type SubscriptionFilter = Labels & {
  readonly strategy?: string | undefined;
  readonly account?: string | undefined;
  readonly mode?: string | undefined;
};

export type SignalFilter = Between & {
  readonly master?: string | undefined;
  readonly symbol?: string | undefined;
  readonly kind?: string | undefined;
};

export type DecisionFilter = Between & {
  readonly signal?: string | undefined;
  readonly subscription?: string | undefined;
  readonly account?: string | undefined;
  readonly decision?: string | undefined;
  readonly reason?: string | undefined;
};

export class CopyRecords {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  strategies(view: View, page: PageRequest, filter: StrategyFilter = {}): Promise<Page> {
    return readPage(
      this.#sql,
      view,
      { order: NEWEST, page },
      (tx) => tx<Row[]>`
        select q.*, q.created_at as o1, q.id as o2 from (${strategy(tx, view, null)}) q
        where ${equals(tx, "q.name", filter.name)}
          and ${equals(tx, "q.master_id", filter.master)}
          and ${equals(tx, "q.broker_id", filter.broker)}`,
    );
  }

  strategy(view: View, id: string): Promise<Row> {
    return this.#one(
      view,
      "strategy",
      (tx) => tx<Row[]>`select * from (${strategy(tx, view, id)}) q where q.id = ${id}`,
    );
  }

  strategyVersions(view: View, id: string, page: PageRequest): Promise<Page> {
    return readPage(
      this.#sql,
      view,
      { order: { by: ["number", "uuid"] }, page },
      (tx) => tx<Row[]>`
        select v.strategy_id, v.version, v.visibility, v.description, v.terms, v.by_whom,
          v.created_at, v.version as o1, v.strategy_id as o2
        from strategy_versions v where v.strategy_id = ${id}`,
    );
  }

  operations(view: View, page: PageRequest): Promise<Page> {
    return readPage(
      this.#sql,
      view,
      { order: NEWEST, page },
      (tx) => tx<Row[]>`select q.*, q.at as o1, q.id as o2 from (${operation(tx, view)}) q`,
    );
  }

  operation(view: View, id: string): Promise<Row> {
    return this.#one(
      view,
      "operation",
      (tx) => tx<Row[]>`select * from (${operation(tx, view)}) q where q.id = ${id}`,
    );
  }

  /** The newest version. */
  rules(view: View, id: string): Promise<Row> {
    return this.#one(
      view,
      "subscription",
      (tx) => tx<Row[]>`
        select r.subscription_id, r.version, r.from_sequence, r.rules
        from subscription_rules r join subscriptions u using (tenant_id, subscription_id)
        where r.subscription_id = ${id} and ${seen(tx, view, "u.account_id")}
        order by r.version desc limit 1`,
    );
  }

  subscriptions(view: View, filter: SubscriptionFilter, page: PageRequest): Promise<Page> {
    return readPage(
      this.#sql,
      view,
      { order: NEWEST, page },
      (tx) => tx<Row[]>`
        select q.*, q.created_at as o1, q.id as o2 from (${subscription(tx, view)}) q
        where ${equals(tx, "q.strategy_id", filter.strategy)}
          and ${equals(tx, "q.account_id", filter.account)} and ${equals(tx, "q.mode", filter.mode)}
          and ${labelled(tx, "q.account_id", filter)}`,
    );
  }

  subscription(view: View, id: string): Promise<Row> {
    return this.#one(
      view,
      "subscription",
      (tx) => tx<Row[]>`select * from (${subscription(tx, view)}) q where q.id = ${id}`,
    );
  }

  signals(view: View, filter: SignalFilter, page: PageRequest): Promise<Page> {
    return readPage(
      this.#sql,
      view,
      { order: NEWEST, page },
      (tx) => tx<Row[]>`
        select q.*, q.committed_at as o1, q.id as o2 from (${signal(tx, view)}) q
        where ${equals(tx, "q.master_id", filter.master)} and ${equals(tx, "q.symbol", filter.symbol)}
          and ${equals(tx, "q.kind", filter.kind)} and ${between(tx, "q.committed_at", filter)}`,
    );
  }

  signal(view: View, id: string): Promise<Row> {
    return this.#one(
      view,
      "signal",
      (tx) => tx<Row[]>`select * from (${signal(tx, view)}) q where q.id = ${id}`,
    );
  }

  decisions(view: View, filter: DecisionFilter, page: PageRequest): Promise<Page> {
    return readPage(
      this.#sql,
      view,
      { order: { by: ["instant", "text"] }, page },
      (tx) => tx<Row[]>`
        select q.*, q.committed_at as o1, q.signal_id::text || q.subscription_id::text as o2
        from (${decision(tx, view)}) q
        where ${equals(tx, "q.signal_id", filter.signal)}
          and ${equals(tx, "q.subscription_id", filter.subscription)}
          and ${equals(tx, "q.account_id", filter.account)}
          and ${equals(tx, "q.decision", filter.decision)}
          and ${equals(tx, "q.reason", filter.reason)} and ${between(tx, "q.committed_at", filter)}`,
    );
  }

  decision(view: View, id: DecisionId): Promise<Row> {
    return this.#one(
      view,
      "decision",
      (tx) => tx<Row[]>`select * from (${decision(tx, view)}) q
        where q.signal_id = ${id.signal} and q.subscription_id = ${id.subscription}`,
    );
  }

  async #one(view: View, what: string, select: (tx: Queries) => Promise<readonly Row[]>) {
    return only(await inTenant(this.#sql, view.tenantId, select), what);
  }
}

export type DecisionId = { readonly signal: string; readonly subscription: string };
