/**
 * What guards remember, in Postgres: the state that stands, and the events that led to it.
 * Invariant: a state and its new events are written together, and only over the version that was
 * read; so a trip is neither forgotten nor recorded twice, whoever else believes to be the owner.
 */
import { LockstepError } from "../domain/errors.ts";
import { formatInstant } from "../domain/instant.ts";
import { pgArray } from "../platform/columns.ts";
import { inTenant, type Sql } from "../platform/postgres.ts";
import type { LimitStage } from "./limit.ts";
import type { LimitEvent } from "./limit-event.ts";

export type GuardScope = { readonly kind: "account" | "subscription"; readonly id: string };

export type StoredGuard = {
  readonly guardId: string;
  readonly kind: "limit" | "throttle";
  readonly scope: GuardScope;
  readonly basis: string;
  readonly stage: LimitStage;
  readonly events: number;
  /** From 1; each save is the next. */
  readonly version: number;
  /** As state-json.ts writes it. */
  readonly state: unknown;
};

export type GuardChange = {
  /** With the version that it will have. */
  readonly guard: Omit<StoredGuard, "state"> & { readonly state: string };
  readonly events: readonly LimitEvent[];
};

export interface GuardStore {
  load(tenantId: string, scopeIds: readonly string[]): Promise<readonly StoredGuard[]>;
  /** All or none; FENCE_STALE where a guard was saved by somebody else since it was read. */
  save(tenantId: string, changes: readonly GuardChange[]): Promise<void>;
  /** Oldest first. */
  events(tenantId: string, guardId: string): Promise<readonly LimitEvent[]>;
}

type Row = Record<string, unknown>;

export function postgresGuardStore(sql: Sql): GuardStore {
  return {
    async load(tenantId, scopeIds) {
      const rows = await inTenant(
        sql,
        tenantId,
        (tx) => tx<Row[]>`
          select guard_id, kind, scope, scope_id, basis, stage, events, version, state
          from guard_states where scope_id = any(${pgArray(scopeIds)}::uuid[]) order by guard_id`,
      );
      return rows.map(guardOf);
    },
    async save(tenantId, changes) {
      const guards = JSON.stringify(changes.map(({ guard }) => guardValues(guard)));
      const events = JSON.stringify(changes.flatMap((change) => eventValues(change)));
      await inTenant(sql, tenantId, async (tx) => {
        const saved = await tx`
          insert into guard_states as g (tenant_id, guard_id, kind, scope, scope_id, basis, stage,
            events, version, state)
          select ${tenantId}, guard_id, kind, scope, scope_id, basis, stage, events, version, state
          from json_populate_recordset(null::guard_states, ${guards}::text::json)
          on conflict (tenant_id, guard_id) do update set basis = excluded.basis,
            stage = excluded.stage, events = excluded.events, version = excluded.version,
            state = excluded.state, updated_at = clock_timestamp()
          where g.version = excluded.version - 1
          returning 1`;
        if (saved.length !== changes.length) {
          throw new LockstepError("FENCE_STALE", { guards: changes.length, saved: saved.length });
        }
        await tx`
          insert into guard_events (tenant_id, guard_id, number, kind, from_stage, to_stage, words,
            facts, by_whom, reason, at)
          select ${tenantId}, guard_id, number, kind, from_stage, to_stage, words, facts, by_whom,
            reason, at
          from json_populate_recordset(null::guard_events, ${events}::text::json)`;
      });
    },
    async events(tenantId, guardId) {
      const rows = await inTenant(
        sql,
        tenantId,
        (tx) => tx<Row[]>`select * from guard_events where guard_id = ${guardId} order by number`,
      );
      return rows.map(eventOf);
    },
  };
}

function guardValues(guard: GuardChange["guard"]): Row {
  const { guardId, kind, scope, basis, stage, events, version, state } = guard;
  const [scope_id, parsed]: [string, unknown] = [scope.id, JSON.parse(state)];
  return {
    guard_id: guardId,
    kind,
    scope: scope.kind,
    scope_id,
    basis,
    stage,
    events,
    version,
    state: parsed,
  };
}

function eventValues({ guard, events }: GuardChange): Row[] {
  return events.map((event) => ({
    guard_id: guard.guardId,
    number: event.number,
    kind: event.kind,
    from_stage: event.from,
    to_stage: event.to,
    words: event.words,
    facts: event.facts,
    by_whom: event.by,
    reason: event.reason,
    at: formatInstant(event.at),
  }));
}

function guardOf(row: Row): StoredGuard {
  return {
    guardId: String(row["guard_id"]),
    kind: row["kind"] as StoredGuard["kind"],
    scope: { kind: row["scope"] as GuardScope["kind"], id: String(row["scope_id"]) },
    basis: String(row["basis"]),
    stage: row["stage"] as LimitStage,
    events: Number(row["events"]),
    version: Number(row["version"]),
    state: row["state"],
  };
}

function eventOf(row: Row): LimitEvent {
  return {
    number: Number(row["number"]),
    kind: row["kind"] as LimitEvent["kind"],
    from: row["from_stage"] as LimitStage,
    to: row["to_stage"] as LimitStage,
    at: (row["at"] as Date).getTime(),
    words: String(row["words"]),
    facts: row["facts"] as LimitEvent["facts"],
    by: row["by_whom"] as string | null,
    reason: row["reason"] as string | null,
  };
}
