/** Webhooks, their deliveries, and events, as they stand. */
import { inTenant, type Sql } from "../platform/postgres.ts";
import { type Page, type PageRequest, readPage } from "./page.ts";
import { equals, only, type Row, seen, type View } from "./view.ts";

const NEWEST = { by: ["instant", "uuid"] } as const;

export class WebhookRecords {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Whoever has some accounts only sees the webhooks that are bound to no more. */
  endpoints(view: View, page: PageRequest): Promise<Page> {
    return readPage(
      this.#sql,
      view,
      { order: NEWEST, page },
      (tx) => tx<Row[]>`
        select e.endpoint_id as id, e.url, to_json(e.types) as types, e.by_whom, e.created_at,
          e.disabled_at, e.disabled_because, e.created_at as o1, e.endpoint_id as o2
        from webhook_endpoints e
        where ${view.accounts === "all"}::boolean
          or e.accounts <@ ${pgUuids(view)}::text::uuid[]`,
    );
  }

  async endpoint(view: View, id: string): Promise<Row> {
    const rows = await inTenant(
      this.#sql,
      view.tenantId,
      (tx) => tx<Row[]>`
        select e.endpoint_id as id, e.url, to_json(e.types) as types, e.by_whom, e.created_at,
          e.disabled_at, e.disabled_because
        from webhook_endpoints e where e.endpoint_id = ${id} and (${view.accounts === "all"}::boolean
          or e.accounts <@ ${pgUuids(view)}::text::uuid[])`,
    );
    return only(rows, "webhook");
  }

  deliveries(view: View, endpoint: string, page: PageRequest): Promise<Page> {
    return readPage(
      this.#sql,
      view,
      { order: NEWEST, page },
      (tx) => tx<Row[]>`
        select d.delivery_id as id, d.event_id, v.type, d.attempts, d.next_at, d.delivered_at,
          d.last_status, d.last_error, d.created_at, d.created_at as o1, d.delivery_id as o2
        from webhook_deliveries d join events v using (tenant_id, event_id)
        where d.endpoint_id = ${endpoint}`,
    );
  }

  /** NOT_FOUND where it is no delivery of that webhook. */
  async delivery(view: View, endpoint: string, id: string): Promise<Row> {
    const rows = await inTenant(
      this.#sql,
      view.tenantId,
      (tx) => tx<Row[]>`
        select d.delivery_id as id, d.event_id, v.type, d.attempts, d.next_at, d.delivered_at,
          d.last_status, d.last_error, d.created_at
        from webhook_deliveries d join events v using (tenant_id, event_id)
        where d.delivery_id = ${id} and d.endpoint_id = ${endpoint}`,
    );
    return only(rows, "delivery");
  }

  events(view: View, type: string | undefined, page: PageRequest): Promise<Page> {
    return readPage(
      this.#sql,
      view,
      { order: NEWEST, page },
      (tx) => tx<Row[]>`
        select v.event_id as id, v.type, v.account_id, v.data, v.at, v.at as o1, v.event_id as o2
        from events v where ${equals(tx, "v.type", type)} and (${seen(tx, view, "v.account_id")}
          or (v.account_id is null and ${view.accounts === "all"}::boolean))`,
    );
  }
}

const pgUuids = ({ accounts }: View): string =>
  accounts === "all" ? "{}" : `{${[...accounts].join(",")}}`;
