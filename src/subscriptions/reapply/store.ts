/** The askings for the rules of now to be applied to what is open, and their owners' answers. */
import { inTenant, type Sql } from "../../platform/postgres.ts";

export type RulesRequest = {
  readonly requestId: string;
  readonly subscriptionId: string;
  readonly dryRun: boolean;
  /** The owner acts once it has read this version. */
  readonly rulesVersion: number;
  /** On the database's clock. */
  readonly ageMs: number;
};

export type RulesAnswer = {
  readonly isDone: boolean;
  readonly words: string;
  readonly rulesVersion: number | null;
  readonly fromSequence: number | null;
  readonly legs: readonly object[];
};

export interface ReapplyStore {
  /** Unanswered, oldest first. */
  requests(tenantId: string, partitions: readonly number[]): Promise<readonly RulesRequest[]>;
  answer(tenantId: string, requestId: string, answer: RulesAnswer): Promise<void>;
}

const REQUESTS_AT_ONCE = 100;

type Row = {
  readonly request_id: string;
  readonly subscription_id: string;
  readonly dry_run: boolean;
  readonly rules_version: number;
  readonly age_ms: number;
};

export function postgresReapplyStore(sql: Sql): ReapplyStore {
  return {
    async requests(tenantId, partitions) {
      const rows = await inTenant(
        sql,
        tenantId,
        (tx) => tx<Row[]>`
          select r.request_id, r.subscription_id, r.dry_run, r.rules_version,
            (extract(epoch from clock_timestamp() - r.at) * 1000)::float8 as age_ms
          from rules_requests r
          where r.partition = any(${`{${partitions.join(",")}}`}::text::int[])
            and r.at > clock_timestamp() - interval '1 day'
            and not exists (select 1 from rules_answers a where a.request_id = r.request_id)
          order by r.at, r.request_id limit ${REQUESTS_AT_ONCE}`,
      );
      return rows.map((row) => ({
        requestId: row.request_id,
        subscriptionId: row.subscription_id,
        dryRun: row.dry_run,
        rulesVersion: row.rules_version,
        ageMs: row.age_ms,
      }));
    },
    async answer(tenantId, requestId, { isDone, words, rulesVersion, fromSequence, legs }) {
      await inTenant(
        sql,
        tenantId,
        (tx) => tx`
          insert into rules_answers (tenant_id, request_id, is_done, words, rules_version,
            from_sequence, legs)
          values (${tenantId}, ${requestId}, ${isDone}, ${words}, ${rulesVersion}, ${fromSequence},
            ${JSON.stringify(legs)}::text::json) on conflict do nothing`,
      );
    },
  };
}
