/** What the broker said and what is wrong, in Postgres. Everything here may be written twice. */

import type { JSONValue } from "postgres";
import type { AccountRef, StampedFigures } from "../domain/account.ts";
import type { CashMovement } from "../domain/cash.ts";
import { formatFixed } from "../domain/fixed.ts";
import { formatInstant, type Instant } from "../domain/instant.ts";
import type { Deal, Position } from "../domain/trade.ts";
import { pgArray } from "../platform/columns.ts";
import { inTenant, type Queries, type Sql } from "../platform/postgres.ts";
import type { Divergence } from "./divergence.ts";

export type RecordedDeal = { readonly account: AccountRef; readonly deal: Deal };
export type RecordedPosition = {
  readonly account: AccountRef;
  readonly id: string;
  readonly leg: number;
  readonly position: Position | null;
  readonly at: Instant;
};
export type RecordedFigures = { readonly account: AccountRef; readonly figures: StampedFigures };
export type RecordedCash = { readonly account: AccountRef; readonly movement: CashMovement };
export type Resolution = "realigned" | "gone" | "accepted" | "detached" | "adopted";

export interface ReconcileStore {
  /** Deals and the orders behind them; a deal that is known is left as it is. */
  recordDeals(tenantId: string, deals: readonly RecordedDeal[]): Promise<void>;
  /** Open exposure as last heard; a position of null is closed. */
  recordPositions(tenantId: string, list: readonly RecordedPosition[]): Promise<void>;
  recordEquity(tenantId: string, points: readonly RecordedFigures[]): Promise<void>;
  /** A payment that is known is left as it is. */
  recordCash(tenantId: string, list: readonly RecordedCash[]): Promise<void>;
  /** Answers the ids that stand open: one that was settled before is not opened again. */
  openDivergences(tenantId: string, list: readonly Divergence[]): Promise<ReadonlySet<string>>;
  closeDivergences(
    tenantId: string,
    ids: readonly string[],
    end: { readonly resolution: Resolution; readonly at: Instant },
  ): Promise<void>;
  recordIncident(incident: Incident): Promise<void>;
}

export type Incident = {
  readonly id: string;
  readonly account: AccountRef;
  readonly code: string;
  readonly facts: Record<string, string>;
  readonly at: Instant;
};

export function postgresReconcileStore(sql: Sql): ReconcileStore {
  return {
    async recordDeals(tenantId, deals) {
      const values: JSONValue = deals.map(dealValues);
      await inTenant(
        sql,
        tenantId,
        (tx) => tx`
          with r as materialized (select * from json_populate_recordset(null::deals, ${JSON.stringify(values)}::text::json)),
          o as (insert into orders (tenant_id, account_id, order_id, key, symbol, side, volume, filled, at)
            select tenant_id, account_id, order_id, max(key), max(symbol), max(side), sum(volume),
              sum(volume), min(at) from r group by 1, 2, 3 on conflict do nothing)
          insert into deals select * from r on conflict do nothing`,
      );
    },
    async recordPositions(tenantId, list) {
      const values: JSONValue = list.map(positionValues);
      await inTenant(
        sql,
        tenantId,
        (tx) => tx`
          with r as materialized (
            select * from json_populate_recordset(null::positions, ${JSON.stringify(values)}::text::json)),
          gone as (delete from positions p using r where p.tenant_id = r.tenant_id
            and p.account_id = r.account_id and p.position_id = r.position_id and p.leg = r.leg
            and r.volume is null)
          insert into positions select * from r where volume is not null
          on conflict (tenant_id, account_id, position_id, leg) do update set
            volume = excluded.volume, open_price = excluded.open_price,
            stop_loss = excluded.stop_loss, take_profit = excluded.take_profit,
            as_of = excluded.as_of`,
      );
    },
    async recordEquity(tenantId, points) {
      const values: JSONValue = points.map(({ account, figures }) => ({
        tenant_id: tenantId,
        account_id: account.accountId,
        at: formatInstant(figures.asOf),
        currency: figures.currency,
        balance: formatFixed(figures.balance),
        credit: formatFixed(figures.credit),
        equity: formatFixed(figures.equity),
        margin: formatFixed(figures.margin),
      }));
      await inTenant(
        sql,
        tenantId,
        (tx) => tx`
          insert into equity_points
          select * from json_populate_recordset(null::equity_points, ${JSON.stringify(values)}::text::json)
          on conflict do nothing`,
      );
    },
    recordCash: (tenantId, list) => recordCash(sql, tenantId, list),
    openDivergences: (tenantId, list) => openAll(sql, tenantId, list),
    closeDivergences: (tenantId, ids, end) => closeAll(sql, { tenantId, ids, end }),
    async recordIncident(incident) {
      const { account, id, code, facts, at } = incident;
      await inTenant(
        sql,
        account.tenantId,
        (tx) => tx`
          insert into incidents (tenant_id, incident_id, account_id, code, facts, at)
          values (${account.tenantId}, ${id}, ${account.accountId}, ${code}, ${tx.json(facts)},
            ${formatInstant(at)})
          on conflict do nothing`,
      );
    },
  };
}

async function recordCash(
  sql: Sql,
  tenantId: string,
  list: readonly RecordedCash[],
): Promise<void> {
  const values = list.map(({ account, movement }) => ({
    account_id: account.accountId,
    movement_id: movement.id,
    kind: movement.kind,
    amount: formatFixed(movement.amount),
    comment: movement.comment,
    at: formatInstant(movement.at),
  }));
  await inTenant(
    sql,
    tenantId,
    (tx) => tx`
      insert into cash_movements (tenant_id, account_id, movement_id, kind, amount, comment, at)
      select ${tenantId}, account_id, movement_id, kind, amount, comment, at
      from json_populate_recordset(null::cash_movements, ${JSON.stringify(values)}::text::json)
      on conflict do nothing`,
  );
}

const divergenceValues = (tenantId: string, one: Divergence) => ({
  tenant_id: tenantId,
  divergence_id: one.id,
  account_id: one.accountId,
  subscription_id: one.subscriptionId,
  position: one.position,
  symbol: one.symbol,
  cause: one.cause,
  expected: formatFixed(one.expected),
  actual: formatFixed(one.actual),
  opened_at: formatInstant(one.openedAt),
  side: one.side ?? null,
  master_price: fixedText(one.masterPrice),
  code: one.code ?? null,
  position_id: one.positionId ?? null,
  key: one.key ?? null,
  cost: fixedText(one.cost),
  currency: one.currency ?? null,
});

async function openAll(
  sql: Sql,
  tenantId: string,
  list: readonly Divergence[],
): Promise<ReadonlySet<string>> {
  const values = JSON.stringify(list.map((one) => divergenceValues(tenantId, one)));
  const ids = list.map((one) => one.id);
  const may = list.filter((one) => one.mayReturn === true).map((one) => one.id);
  const [, , standing] = await inTenant(sql, tenantId, (tx) =>
    Promise.all([
      tx`
            with opened as (insert into divergences
              select * from json_populate_recordset(null::divergences, ${values}::text::json)
              on conflict do nothing returning divergence_id, opened_at)
            insert into divergence_events (tenant_id, divergence_id, what, at)
            select ${tenantId}, divergence_id, 'opened', opened_at from opened`,
      may.length > 0 ? returned(tx, { tenantId, ids: may, json: values }) : [],
      tx<{ divergence_id: string }[]>`
            select divergence_id from divergences
            where divergence_id = any(${pgArray(ids)}::uuid[]) and closed_at is null`,
    ]),
  );
  return new Set(standing.map((row) => row.divergence_id));
}

type Closing = {
  readonly tenantId: string;
  readonly ids: readonly string[];
  readonly end: { readonly resolution: Resolution; readonly at: Instant };
};

async function closeAll(sql: Sql, { tenantId, ids, end }: Closing): Promise<void> {
  const at = formatInstant(end.at);
  await inTenant(
    sql,
    tenantId,
    (tx) => tx`
          with ended as (update divergences set closed_at = ${at}, resolution = ${end.resolution}
            where divergence_id = any(${pgArray(ids)}::uuid[]) and closed_at is null
            returning divergence_id)
          insert into divergence_events (tenant_id, divergence_id, what, resolution, at)
          select ${tenantId}, divergence_id, 'ended', ${end.resolution}, ${at} from ended`,
  );
}

type Returned = {
  readonly tenantId: string;
  readonly ids: readonly string[];
  readonly json: string;
};

/** Gone and found again: the same row, but for what is found now. Nothing else stands at its place. */
const returned = (tx: Queries, { tenantId, ids, json }: Returned) => tx`
  with returned as (update divergences d set closed_at = null, resolution = null,
      expected = r.expected, actual = r.actual
    from json_populate_recordset(null::divergences, ${json}::text::json) r
    where d.divergence_id = r.divergence_id and d.divergence_id = any(${pgArray(ids)}::uuid[])
      and d.resolution = 'gone' and not exists (select 1 from divergences o
        where o.account_id = d.account_id and o.position = d.position and o.closed_at is null
          and o.subscription_id is not distinct from d.subscription_id)
    returning d.divergence_id, r.opened_at)
  insert into divergence_events (tenant_id, divergence_id, what, at)
  select ${tenantId}, divergence_id, 'returned', opened_at from returned`;

function dealValues({ account, deal }: RecordedDeal): Record<string, string | number | null> {
  return {
    tenant_id: account.tenantId,
    account_id: account.accountId,
    deal_id: deal.id,
    order_id: deal.orderId,
    position_id: deal.positionId,
    leg: deal.leg,
    key: deal.key,
    magic: deal.magic,
    symbol: deal.symbol,
    side: deal.side,
    entry: deal.entry,
    volume: formatFixed(deal.volume),
    price: formatFixed(deal.price),
    profit: formatFixed(deal.profit),
    commission: formatFixed(deal.commission),
    swap: formatFixed(deal.swap),
    reason: deal.reason,
    at: formatInstant(deal.at),
  };
}

function positionValues(one: RecordedPosition): Record<string, string | number | null> {
  const { account, id, leg, position, at } = one;
  return {
    tenant_id: account.tenantId,
    account_id: account.accountId,
    position_id: id,
    leg,
    as_of: formatInstant(at),
    ...(position === null ? {} : openValues(position)),
  };
}

function openValues(position: Position): Record<string, string | null> {
  return {
    key: position.key,
    symbol: position.symbol,
    side: position.side,
    volume: formatFixed(position.volume),
    open_price: formatFixed(position.openPrice),
    stop_loss: position.stopLoss === null ? null : formatFixed(position.stopLoss),
    take_profit: position.takeProfit === null ? null : formatFixed(position.takeProfit),
    opened_at: formatInstant(position.openedAt),
  };
}

const fixedText = (value: bigint | null | undefined): string | null =>
  value === null || value === undefined ? null : formatFixed(value);
