/** Confirmed symbol mappings in Postgres, by the two brokers: the newest row of a symbol counts. */
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { formatInstant } from "../domain/instant.ts";
import { inTenant, type Sql } from "../platform/postgres.ts";
import { type Confirmation, checkConfirmation, type MappedSymbol } from "./mapping.ts";

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
}

export type PairMapping = BrokerPair & MappedSymbol & { readonly symbol: string };

type Row = { readonly symbol: string; readonly maps_to: string; readonly price_factor: string };

export function postgresSymbolMappingStore(sql: Sql): SymbolMappingStore {
  return {
    async confirm(tenantId, { masterBrokerId, followerBrokerId }, confirmation) {
      const { symbol, to, priceFactor, by, reason, at } = confirmation;
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
  };
}
