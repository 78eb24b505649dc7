/** What the owner of accounts reads and writes for those who look after their divergences. */
import { formatFixed } from "../../domain/fixed.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import { inTenant, type Sql } from "../../platform/postgres.ts";
import { DEFAULT_POLICY, type Policy, policySchema } from "../policy.ts";
import { type Proposal, proposalJson } from "../proposal.ts";

export const ACTIONS = ["realign", "accept", "ignore", "detach", "adopt"] as const;
export type Action = (typeof ACTIONS)[number];

export type DivergenceRequest = {
  readonly requestId: string;
  readonly divergenceId: string;
  readonly action: Action;
  readonly digest: string | null;
  readonly until: Instant | null;
};

export type Valued = { readonly divergenceId: string; readonly proposal: Proposal };

export interface DeskStore {
  /** By subscription, the newest of each; who has none has the default. */
  policies(tenantId: string): Promise<ReadonlyMap<string, Policy>>;
  /** Unanswered, oldest first. */
  requests(tenantId: string, partitions: readonly number[]): Promise<readonly DivergenceRequest[]>;
  answer(tenantId: string, requestId: string, end: Answer): Promise<void>;
  value(tenantId: string, list: readonly Valued[], at: Instant): Promise<void>;
  ignore(tenantId: string, divergenceId: string, until: Instant): Promise<void>;
  /** The copy that the instruction of a key was for; null where there is none. */
  placeOfKey(tenantId: string, key: string): Promise<KeyPlace | null>;
}

export type Answer = { readonly isDone: boolean; readonly words: string };
export type KeyPlace = { readonly subscriptionId: string; readonly position: string };

const REQUESTS_AT_ONCE = 500;

export function postgresDeskStore(sql: Sql): DeskStore {
  return {
    async policies(tenantId) {
      const rows = await inTenant(
        sql,
        tenantId,
        (tx) => tx<{ id: string; policy: unknown }[]>`
          select distinct on (subscription_id) subscription_id as id, policy
          from divergence_policies order by subscription_id, version desc`,
      );
      return new Map(rows.map(({ id, policy }) => [id, policyOf(policy)]));
    },
    async requests(tenantId, partitions) {
      const rows = await inTenant(
        sql,
        tenantId,
        (tx) => tx<RequestRow[]>`
          select r.request_id, r.divergence_id, r.action, r.digest, r.until
          from divergence_requests r
          where r.partition = any(${`{${partitions.join(",")}}`}::text::int[])
            and r.at > clock_timestamp() - interval '1 hour'
            and not exists (select 1 from divergence_answers a where a.request_id = r.request_id)
          order by r.at, r.request_id limit ${REQUESTS_AT_ONCE}`,
      );
      return rows.map((row) => ({
        requestId: row.request_id,
        divergenceId: row.divergence_id,
        action: row.action,
        digest: row.digest,
        until: row.until?.getTime() ?? null,
      }));
    },
    async answer(tenantId, requestId, { isDone, words }) {
      await inTenant(
        sql,
        tenantId,
        (tx) => tx`
          insert into divergence_answers (tenant_id, request_id, is_done, words)
          values (${tenantId}, ${requestId}, ${isDone}, ${words}) on conflict do nothing`,
      );
    },
    value: (tenantId, list, at) => writeValues(sql, { tenantId, list, at }),
    async ignore(tenantId, divergenceId, until) {
      await inTenant(
        sql,
        tenantId,
        (tx) => tx`update divergences set ignored_until = ${formatInstant(until)}
          where divergence_id = ${divergenceId} and closed_at is null`,
      );
    },
    async placeOfKey(tenantId, key) {
      const [row] = await inTenant(
        sql,
        tenantId,
        (tx) => tx<{ id: string; position: string }[]>`
          select subscription_id as id, position from instructions where key = ${key}`,
      );
      return row === undefined ? null : { subscriptionId: row.id, position: row.position };
    },
  };
}

type RequestRow = {
  readonly request_id: string;
  readonly divergence_id: string;
  readonly action: Action;
  readonly digest: string | null;
  readonly until: Date | null;
};

/** One that this version cannot read counts as none: nothing is done by itself. */
function policyOf(json: unknown): Policy {
  const parsed = policySchema.safeParse(json);
  return parsed.success ? parsed.data : DEFAULT_POLICY;
}

type Values = { readonly tenantId: string; readonly list: readonly Valued[]; readonly at: Instant };

async function writeValues(sql: Sql, { tenantId, list, at }: Values): Promise<void> {
  const text = (value: bigint | null): string | null =>
    value === null ? null : formatFixed(value);
  const rows = list.map(({ divergenceId, proposal }) => ({
    id: divergenceId,
    value: text(proposal.value),
    cost: text(proposal.cost),
    currency: proposal.currency,
    proposal: proposalJson(proposal),
  }));
  await inTenant(
    sql,
    tenantId,
    (tx) => tx`
      update divergences d set value = r.value, cost = r.cost, currency = r.currency,
        proposal = r.proposal, valued_at = ${formatInstant(at)}
      from json_to_recordset(${JSON.stringify(rows)}::text::json)
        r(id uuid, value numeric, cost numeric, currency text, proposal json)
      where d.divergence_id = r.id and d.closed_at is null`,
  );
}
