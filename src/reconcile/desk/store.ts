/** What the owner of accounts reads and writes for those who look after their divergences. */
import { formatFixed, parseFixed } from "../../domain/fixed.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import { inTenant, type Sql } from "../../platform/postgres.ts";
import { type Policy, readPolicy } from "../policy.ts";
import { type Proposal, proposalJson, type Stops } from "../proposal.ts";
import { type Tries, type Try, triesOf } from "../tries.ts";

export const ACTIONS = ["realign", "accept", "ignore", "detach", "adopt"] as const;
export type Action = (typeof ACTIONS)[number];

export type DivergenceRequest = {
  readonly requestId: string;
  readonly divergenceId: string;
  readonly action: Action;
  readonly digest: string | null;
  readonly until: Instant | null;
  /** On the database's clock. */
  readonly ageMs: number;
};

export type Valued = { readonly divergenceId: string; readonly proposal: Proposal };

export interface DeskStore {
  /** By subscription, the newest of each; who has none has the default. */
  policies(tenantId: string): Promise<ReadonlyMap<string, Policy>>;
  /** Unanswered, oldest first. */
  requests(tenantId: string, partitions: readonly number[]): Promise<readonly DivergenceRequest[]>;
  answer(tenantId: string, requestId: string, end: Answer): Promise<void>;
  /** Answers those that were written: one that is not in the ledger yet is not. */
  value(tenantId: string, list: readonly Valued[], at: Instant): Promise<ReadonlySet<string>>;
  ignore(tenantId: string, divergenceId: string, until: Instant): Promise<void>;
  /** By divergence; who was never tried is absent. */
  tries(tenantId: string, divergenceIds: readonly string[]): Promise<ReadonlyMap<string, Tries>>;
  /** The copy that the instruction of a key was for, and the stops it bore; null where there is none. */
  placeOfKey(tenantId: string, key: string): Promise<KeyPlace | null>;
}

export type Answer = { readonly isDone: boolean; readonly words: string };
export type KeyPlace = { readonly subscriptionId: string; readonly position: string } & Stops;
type KeyRow = { readonly id: string } & Record<"position", string> &
  Record<"stop_loss" | "take_profit", string | null>;

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
      return new Map(rows.map(({ id, policy }) => [id, readPolicy(policy)]));
    },
    async requests(tenantId, partitions) {
      const rows = await inTenant(
        sql,
        tenantId,
        (tx) => tx<RequestRow[]>`
          select r.request_id, r.divergence_id, r.action, r.digest, r.until,
            (extract(epoch from clock_timestamp() - r.at) * 1000)::float8 as age_ms
          from divergence_requests r
          where r.partition = any(${`{${partitions.join(",")}}`}::text::int[])
            and r.at > clock_timestamp() - interval '1 day'
            and not exists (select 1 from divergence_answers a where a.request_id = r.request_id)
          order by r.at, r.request_id limit ${REQUESTS_AT_ONCE}`,
      );
      return rows.map((row) => ({
        requestId: row.request_id,
        divergenceId: row.divergence_id,
        action: row.action,
        digest: row.digest,
        until: row.until?.getTime() ?? null,
        ageMs: row.age_ms,
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
    tries: (tenantId, ids) => readTries(sql, tenantId, ids),
    async placeOfKey(tenantId, key) {
      const [row] = await inTenant(
        sql,
        tenantId,
        (tx) => tx<KeyRow[]>`
          select subscription_id as id, position, stop_loss::text, take_profit::text
          from instructions where key = ${key}`,
      );
      if (row === undefined) return null;
      const { id: subscriptionId, position, stop_loss: stopLoss, take_profit: takeProfit } = row;
      const price = (text: string | null) => (text === null ? null : parseFixed(text));
      return {
        subscriptionId,
        position,
        stopLoss: price(stopLoss),
        takeProfit: price(takeProfit),
      };
    },
  };
}

type RequestRow = {
  readonly request_id: string;
  readonly divergence_id: string;
  readonly action: Action;
  readonly digest: string | null;
  readonly until: Date | null;
  readonly age_ms: number;
};

type TryRow = {
  readonly id: string;
  readonly state: Try["state"];
  readonly filled: string;
} & Record<"sequence" | "part" | "attempt", number>;

async function readTries(sql: Sql, tenantId: string, ids: readonly string[]) {
  const rows = await inTenant(
    sql,
    tenantId,
    (tx) => tx<TryRow[]>`
      select origin_id as id, origin_sequence::float8 as sequence, part, attempt, state,
        coalesce(filled, 0)::text as filled
      from instruction_states
      where origin = 'realign' and origin_id = any(${`{${ids.join(",")}}`}::text::uuid[])`,
  );
  const lists = new Map<string, Try[]>();
  for (const { id, ...row } of rows) {
    const one = { ...row, filled: parseFixed(row.filled) };
    const list = lists.get(id);
    if (list === undefined) lists.set(id, [one]);
    else list.push(one);
  }
  return new Map([...lists].map(([id, list]) => [id, triesOf(list)]));
}

type Values = { readonly tenantId: string; readonly list: readonly Valued[]; readonly at: Instant };

async function writeValues(sql: Sql, { tenantId, list, at }: Values): Promise<ReadonlySet<string>> {
  const text = (value: bigint | null): string | null =>
    value === null ? null : formatFixed(value);
  const rows = list.map(({ divergenceId, proposal }) => ({
    id: divergenceId,
    value: text(proposal.value),
    cost: text(proposal.cost),
    currency: proposal.currency,
    proposal: proposalJson(proposal),
  }));
  const written = await inTenant(
    sql,
    tenantId,
    (tx) => tx<{ id: string }[]>`
      update divergences d set value = r.value, cost = r.cost, currency = r.currency,
        proposal = r.proposal, valued_at = ${formatInstant(at)}
      from json_to_recordset(${JSON.stringify(rows)}::text::json)
        r(id uuid, value numeric, cost numeric, currency text, proposal json)
      where d.divergence_id = r.id and d.closed_at is null returning r.id`,
  );
  return new Set(written.map(({ id }) => id));
}
