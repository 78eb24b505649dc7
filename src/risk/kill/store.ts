/** Kill switches in the ledger: engaging and releasing are rows, the newest of a scope tells. */
import { inTenant, type Sql, type Transaction } from "../../platform/postgres.ts";
import type { Kill, KillScope } from "./kill.ts";

/** A lane that knows of a switch, told under its owner's lease. */
export type Acknowledgement = {
  readonly killId: number;
  readonly accountId: string;
  readonly partition: number;
  readonly fence: number;
};

export interface KillStore {
  /** The newest switch of any tenant, engaged or released; 0 where there is none. */
  newest(): Promise<number>;
  /** What is engaged. */
  engaged(tenantId: string): Promise<readonly Kill[]>;
  /** What is written already is no failure; what is not under a lease that holds is left out. */
  acknowledge(tenantId: string, lanes: readonly Acknowledgement[]): Promise<void>;
}

export function postgresKillStore(sql: Sql): KillStore {
  return {
    async newest() {
      const [row] = await sql<{ id: number }[]>`select newest_kill() as id`;
      return Number(row?.id ?? 0);
    },
    engaged: (tenantId) => inTenant(sql, tenantId, engagedKills),
    async acknowledge(tenantId, lanes) {
      const json = JSON.stringify(lanes);
      await inTenant(
        sql,
        tenantId,
        (tx) => tx`
          insert into kill_acknowledgements (tenant_id, kill_id, account_id, fence)
          select ${tenantId}, r."killId", r."accountId", r.fence
          from json_to_recordset(${json}::text::json)
            r("killId" bigint, "accountId" uuid, partition smallint, fence bigint)
            join leases l on l.partition = r.partition and l.fence = r.fence
              and l.expires_at > clock_timestamp()
          on conflict do nothing`,
      );
    },
  };
}

type Row = {
  readonly kill_id: number;
  readonly scope: KillScope;
  readonly scope_id: string;
  readonly engaged: boolean;
  readonly close_all: boolean;
  readonly after_snapshot: boolean;
};

/** Within a transaction of the tenant's. */
export async function engagedKills(tx: Transaction): Promise<readonly Kill[]> {
  const rows = await tx<Row[]>`
    select distinct on (scope, scope_id) kill_id, scope, scope_id, engaged, close_all, after_snapshot
    from kill_states order by scope, scope_id, kill_id desc`;
  return rows
    .filter(({ engaged }) => engaged)
    .map((row) => ({
      killId: Number(row.kill_id),
      scope: row.scope,
      scopeId: row.scope_id,
      closeAll: row.close_all,
      afterSnapshot: row.after_snapshot,
    }));
}
