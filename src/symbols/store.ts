/**
 * What brokers offer, and which of it is the same at two of them, in Postgres. Confirmed mappings go
 * by the two brokers: the newest row of a symbol counts.
 */
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { formatInstant, type Instant } from "../domain/instant.ts";
import type { SymbolSpec } from "../domain/symbol.ts";
import { recordAudit } from "../identity/audit/record.ts";
import { inTenant, type Sql } from "../platform/postgres.ts";
import { type Confirmation, checkConfirmation, type MappedSymbol } from "./mapping.ts";
import { type StoredFacts, specOf, storedFacts } from "./stored.ts";

export type BrokerPair = { readonly masterBrokerId: string; readonly followerBrokerId: string };

export interface SymbolMappingStore {
  /** Recorded with who and why; the follower's broker must offer the symbol. */
  confirm(tenantId: string, brokers: BrokerPair, confirmation: Confirmation): Promise<void>;
  /** By the master's name. */
  load(tenantId: string, brokers: BrokerPair): Promise<ReadonlyMap<string, MappedSymbol>>;
  /** Of all pairs of brokers. */
  loadAll(tenantId: string): Promise<readonly PairMapping[]>;
  /** How many rows there are: more after each confirmation. */
  count(tenantId: string): Promise<number>;
  /** What a broker offers now: facts that have changed are replaced, and none is taken away. */
  offer(tenantId: string, brokerId: string, offer: Offer): Promise<void>;
  /** Symbols whose facts are known. */
  offered(tenantId: string, brokerId: string): Promise<readonly SymbolSpec[]>;
  /** A suggestion that somebody has looked at and does not want to see again. */
  reject(tenantId: string, brokers: BrokerPair, rejection: Rejection): Promise<void>;
  rejected(tenantId: string, brokers: BrokerPair): Promise<ReadonlySet<string>>;
}

export type Offer = { readonly specs: readonly SymbolSpec[]; readonly at: Instant };

export type Rejection = Omit<Confirmation, "to" | "priceFactor"> & { readonly to: string };

/** How a suggestion is named in `rejected`. */
export const suggestionKey = (from: string, to: string): string => JSON.stringify([from, to]);

export type PairMapping = BrokerPair & MappedSymbol & { readonly symbol: string };

type Row = { readonly symbol: string; readonly maps_to: string; readonly price_factor: string };

export function postgresSymbolMappingStore(sql: Sql): SymbolMappingStore {
  return {
    async confirm(tenantId, { masterBrokerId, followerBrokerId }, confirmation) {
      const { symbol, to, priceFactor, by, address, reason, at } = confirmation;
      await inTenant(sql, tenantId, async (tx) => {
        const offered = await tx<{ name: string }[]>`
          select name from symbols where broker_id = ${followerBrokerId} and name = ${to}`;
        checkConfirmation(confirmation, (name) => offered.some((row) => row.name === name));
        await tx`
          insert into symbol_mappings (tenant_id, master_broker_id, follower_broker_id, symbol,
            number, maps_to, price_factor, by_whom, reason, confirmed_at)
          select ${tenantId}, ${masterBrokerId}, ${followerBrokerId}, ${symbol},
            coalesce(max(number), 0) + 1, ${to}, ${formatFixed(priceFactor)}::numeric, ${by},
            ${reason}, ${formatInstant(at)}
          from symbol_mappings where master_broker_id = ${masterBrokerId}
            and follower_broker_id = ${followerBrokerId} and symbol = ${symbol}`;
        await recordAudit(tx, {
          ...{ tenantId, by, address: address ?? null, subject: symbol },
          action: to === null ? "withdraw symbol mapping" : "confirm symbol mapping",
          after: { masterBrokerId, followerBrokerId, to, reason },
        });
      });
    },
    async load(tenantId, { masterBrokerId, followerBrokerId }) {
      const rows = await inTenant(
        sql,
        tenantId,
        (tx) => tx<Row[]>`
          select * from (
            select distinct on (symbol) symbol, maps_to, price_factor from symbol_mappings
            where master_broker_id = ${masterBrokerId} and follower_broker_id = ${followerBrokerId}
            order by symbol, number desc) newest
          where maps_to is not null`,
      );
      return new Map(
        rows.map((row): [string, MappedSymbol] => [
          row.symbol,
          { to: row.maps_to, priceFactor: parseFixed(row.price_factor) },
        ]),
      );
    },
    async loadAll(tenantId) {
      const rows = await inTenant(
        sql,
        tenantId,
        (tx) => tx<(Row & Record<"master_broker_id" | "follower_broker_id", string>)[]>`
          select * from (
            select distinct on (master_broker_id, follower_broker_id, symbol) *
            from symbol_mappings
            order by master_broker_id, follower_broker_id, symbol, number desc) newest
          where maps_to is not null`,
      );
      return rows.map((row) => ({
        masterBrokerId: row.master_broker_id,
        followerBrokerId: row.follower_broker_id,
        symbol: row.symbol,
        to: row.maps_to,
        priceFactor: parseFixed(row.price_factor),
      }));
    },
    async count(tenantId) {
      const [row] = await inTenant(
        sql,
        tenantId,
        (tx) => tx<{ count: string }[]>`select count(*) as count from symbol_mappings`,
      );
      return Number(row?.count ?? 0);
    },
    ...offers(sql),
    ...rejections(sql),
  };
}

function offers(sql: Sql): Pick<SymbolMappingStore, "offer" | "offered"> {
  return {
    async offer(tenantId, brokerId, { specs, at }) {
      const rows = specs.map((spec) => ({ name: spec.name, facts: storedFacts(spec) }));
      await inTenant(
        sql,
        tenantId,
        (tx) => tx`
          insert into symbols as s (tenant_id, broker_id, name, facts, seen_at)
          select ${tenantId}, ${brokerId}, r.name, r.facts, ${formatInstant(at)}
          from json_to_recordset(${JSON.stringify(rows)}::text::json) r(name text, facts jsonb)
          order by r.name
          on conflict (tenant_id, broker_id, name) do update
            set facts = excluded.facts, seen_at = excluded.seen_at
            where s.facts is distinct from excluded.facts`,
      );
    },
    async offered(tenantId, brokerId) {
      const rows = await inTenant(
        sql,
        tenantId,
        (tx) => tx<{ name: string; facts: Partial<StoredFacts> }[]>`
          select name, facts from symbols where broker_id = ${brokerId} order by name`,
      );
      return rows.flatMap(({ name, facts }) => specOf(name, facts) ?? []);
    },
  };
}

function rejections(sql: Sql): Pick<SymbolMappingStore, "reject" | "rejected"> {
  return {
    async reject(tenantId, { masterBrokerId, followerBrokerId }, rejection) {
      const { symbol, to, by, address, reason, at } = rejection;
      await inTenant(sql, tenantId, async (tx) => {
        await tx`
          insert into symbol_rejections (tenant_id, master_broker_id, follower_broker_id, symbol,
            rejected, by_whom, reason, at)
          values (${tenantId}, ${masterBrokerId}, ${followerBrokerId}, ${symbol}, ${to}, ${by},
            ${reason}, ${formatInstant(at)}) on conflict do nothing`;
        await recordAudit(tx, {
          ...{ tenantId, by, address: address ?? null, subject: symbol },
          action: "reject symbol mapping",
          after: { masterBrokerId, followerBrokerId, rejected: to, reason },
        });
      });
    },
    async rejected(tenantId, { masterBrokerId, followerBrokerId }) {
      const rows = await inTenant(
        sql,
        tenantId,
        (tx) => tx<{ symbol: string; rejected: string }[]>`
          select symbol, rejected from symbol_rejections
          where master_broker_id = ${masterBrokerId} and follower_broker_id = ${followerBrokerId}`,
      );
      return new Set(rows.map(({ symbol, rejected }) => suggestionKey(symbol, rejected)));
    },
  };
}
