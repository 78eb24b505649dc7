/** Divergences, incidents and the audit, as they stand. */
import { inTenant, type Sql } from "../platform/postgres.ts";
import { type Page, type PageRequest, readPage } from "./page.ts";
import {
  type Between,
  between,
  equals,
  type Labels,
  labelled,
  type Row,
  seen,
  type View,
} from "./view.ts";

const NEWEST = { by: ["instant", "uuid"] } as const;
const BY_NUMBER = { by: ["number", "number"] } as const;

export type DivergenceFilter = Labels & {
  readonly account?: string | undefined;
  /** Of what is copied of it. */
  readonly strategy?: string | undefined;
  readonly state?: "open" | "closed" | undefined;
};

export class DeskRecords {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  divergences(view: View, filter: DivergenceFilter, page: PageRequest): Promise<Page> {
    return readPage(this.#sql, view, { order: NEWEST, page }, (tx) => {
      const { account, strategy, state } = filter;
      const followed =
        strategy === undefined
          ? tx`true`
          : tx`d.subscription_id in (select u.subscription_id from subscriptions u
              where u.strategy_id = ${strategy})`;
      const open = state === "open" ? tx`d.closed_at is null` : tx`d.closed_at is not null`;
      return tx<Row[]>`
        select d.divergence_id as id, d.account_id, d.subscription_id, d.position, d.symbol, d.cause,
          d.expected, d.actual, d.opened_at, d.closed_at, d.resolution,
          d.opened_at as o1, d.divergence_id as o2
        from divergences d where ${seen(tx, view, "d.account_id")}
          and ${equals(tx, "d.account_id", account)} and ${state === undefined ? tx`true` : open}
          and ${followed} and ${labelled(tx, "d.account_id", filter)}`;
    });
  }

  /** How many of these there are that may be seen. */
  async divergenceCount(view: View, ids: readonly string[]): Promise<number> {
    const rows = await inTenant(
      this.#sql,
      view.tenantId,
      (tx) => tx<Row[]>`select 1 from divergences d
        where d.divergence_id = any(${`{${ids.join(",")}}`}::text::uuid[])
          and ${seen(tx, view, "d.account_id")}`,
    );
    return rows.length;
  }

  incidents(view: View, page: PageRequest): Promise<Page> {
    return readPage(
      this.#sql,
      view,
      { order: NEWEST, page },
      (tx) => tx<Row[]>`
        select i.incident_id as id, i.account_id, i.code, i.facts, i.at, i.at as o1,
          i.incident_id as o2
        from incidents i where ${seen(tx, view, "i.account_id")}`,
    );
  }

  audit(view: View, when: Between, page: PageRequest): Promise<Page> {
    return readPage(
      this.#sql,
      view,
      { order: BY_NUMBER, page },
      (tx) => tx<Row[]>`
        select a.audit_id as number, a.by_whom, a.action, a.subject, a.before, a.after, a.at,
          a.audit_id as o1, 0::bigint as o2
        from audit a where ${between(tx, "a.at", when)}`,
    );
  }
}
