/**
 * Subscriptions and strategies as people arrange them: publishing, following, modes and rules. A
 * running hub reads what has changed within two seconds.
 * Invariants: a change, its audit and the word to the owner are one transaction; rules are versions
 * that hold from the master's next signal on; what was stopped begins anew at the next signal.
 */
import { LockstepError } from "../domain/errors.ts";
import { idOf, partitionOf } from "../domain/ids.ts";
import type { SubscriptionMode } from "../follower/mode.ts";
import { rulesInForce, type StoredRules } from "../follower/rules/stored.ts";
import { recordAudit } from "../identity/audit/record.ts";
import { mayReach, type Principal } from "../identity/principal.ts";
import { pgArray } from "../platform/columns.ts";
import { inTenant, type Queries, type Sql } from "../platform/postgres.ts";
import { alone } from "./layers/service.ts";

export type NewStrategy = {
  readonly name: string;
  readonly master: string;
  readonly visibility: "private" | "unlisted" | "public";
  readonly description: string;
  readonly terms: string;
};

export type NewSubscription = {
  readonly strategy: string;
  readonly account: string;
  readonly rules: unknown;
  readonly mode: Exclude<SubscriptionMode, "stopped">;
};

type Held = {
  readonly subscription_id: string;
  readonly master_id: string;
  readonly account_id: string;
  readonly partition: number;
  readonly mode: SubscriptionMode;
  readonly stopping: string | null;
};

export class SubscriptionService {
  readonly #sql: Sql;
  readonly #now: () => number;

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  /** The strategy's id. CONFLICT as BAD_INPUT where the name is taken. */
  async publish(by: Principal, wanted: NewStrategy): Promise<string> {
    const { tenantId } = by;
    const id = idOf("strategy", tenantId, wanted.name);
    await inTenant(this.#sql, tenantId, async (tx) => {
      const { partition } = await accountOf(tx, by, wanted.master);
      const made = await tx`
        insert into strategies (tenant_id, strategy_id, master_id, name, created_at)
        values (${tenantId}, ${id}, ${wanted.master}, ${wanted.name}, ${new Date(this.#now())})
        on conflict do nothing returning 1`;
      if (made.length === 0) {
        throw new LockstepError("BAD_INPUT", { field: "name", expected: "a name of its own" });
      }
      await this.#version(tx, by, { ...wanted, id });
      await tell(tx, tenantId, partition);
    });
    return id;
  }

  /** A new version of what is promised: the newest is in force. */
  async revise(by: Principal, id: string, wanted: Omit<NewStrategy, "name" | "master">) {
    await inTenant(this.#sql, by.tenantId, async (tx) => {
      const [row] = await tx<{ master_id: string }[]>`
        select master_id from strategies where strategy_id = ${id}`;
      if (row === undefined || !mayReach(by, row.master_id)) throw missing("strategy");
      await this.#version(tx, by, { ...wanted, id });
    });
  }

  async #version(
    tx: Queries,
    { tenantId, actor, address }: Principal,
    { id, visibility, description, terms }: Omit<NewStrategy, "name" | "master"> & { id: string },
  ): Promise<void> {
    await tx`select pg_advisory_xact_lock(hashtextextended(${`strategy ${id}`}, 0))`;
    await tx`
      insert into strategy_versions (tenant_id, strategy_id, version, visibility, description,
        terms, by_whom, created_at)
      select ${tenantId}, ${id}, coalesce(max(version), 0) + 1, ${visibility}, ${description},
        ${terms}, ${actor.name}, ${new Date(this.#now())}
      from strategy_versions where strategy_id = ${id}`;
    const entry = { tenantId, by: actor.name, address, action: "publish strategy", subject: id };
    await recordAudit(tx, { ...entry, after: { visibility, description, terms } });
  }

  /** The subscription's id; BAD_RULES with every fault of its rules. */
  async follow(by: Principal, { strategy, account, rules, mode }: NewSubscription) {
    const { tenantId } = by;
    const id = idOf("subscription", strategy, account);
    await inTenant(this.#sql, tenantId, async (tx) => {
      const { partition } = await accountOf(tx, by, account);
      const master = await masterOf(tx, by, strategy);
      if (master === account) throw bad("account_id", "another account than the master");
      const since = await lastSequence(tx, master);
      const made = await tx`
        insert into subscriptions (tenant_id, subscription_id, strategy_id, master_id, account_id,
          partition, mode, from_sequence, decided_through)
        values (${tenantId}, ${id}, ${strategy}, ${master}, ${account}, ${partition}, ${mode},
          ${since}, ${since}) on conflict do nothing returning 1`;
      if (made.length === 0) throw bad("account_id", "an account that does not follow it yet");
      const [row] = await tx<StoredRules[]>`
        insert into subscription_rules (tenant_id, subscription_id, version, from_sequence, rules)
        values (${tenantId}, ${id}, 1, ${since}, ${JSON.stringify(rules)}::text::jsonb)
        returning rules, layers`;
      if (row !== undefined) rulesInForce(row);
      await told(tx, by, { partition, action: "subscribe", id, after: { mode, rules } });
    });
    return id;
  }

  async setMode(by: Principal, id: string, wanted: ModeChange): Promise<void> {
    await inTenant(this.#sql, by.tenantId, async (tx) => {
      const held = await heldOf(tx, by, id);
      const { mode, reason } = wanted;
      if (held.mode === mode && held.stopping === null) return;
      await tx`update subscriptions set stopping = null where subscription_id = ${id}`;
      if (held.mode === "stopped") {
        const since = await lastSequence(tx, held.master_id);
        await tx`update subscriptions set mode = ${mode}, stopping = null,
          decided_through = greatest(decided_through, ${since}) where subscription_id = ${id}`;
      } else
        await tx`update subscriptions set mode = ${mode}, stopping = null where subscription_id = ${id}`;
      const change = { before: { mode: held.mode }, after: { mode, reason } };
      await told(tx, by, { ...held, action: "set mode", id, ...change });
    });
  }

  /**
   * Ends a subscription. What it holds is kept by the account from now on, closed with the master, or
   * closed at once; until nothing is left of it, it only closes. NOT_FOUND, or BAD_INPUT where it is
   * stopped already.
   */
  async stop(by: Principal, id: string, { positions, reason }: Stopping): Promise<void> {
    await inTenant(this.#sql, by.tenantId, async (tx) => {
      const held = await heldOf(tx, by, id);
      if (held.mode === "stopped") throw bad("subscription", "one that is not stopped");
      const keeps = positions === "keep-positions";
      const mode = keeps ? "stopped" : "close-only";
      await tx`update subscriptions set mode = ${mode}, stopping = ${keeps ? null : positions}
        where subscription_id = ${id}`;
      const change = { before: { mode: held.mode }, after: { mode, positions, reason } };
      await told(tx, by, { ...held, action: "stop subscription", id, ...change });
    });
  }

  /**
   * PLAN_CHANGED where another version is in force than was expected, BAD_RULES as `follow`.
   * The new version's number; it holds from the master's next signal on.
   */
  async setRules(
    by: Principal,
    id: string,
    { rules, expectedVersion }: RulesChange,
  ): Promise<number> {
    return inTenant(this.#sql, by.tenantId, async (tx) => {
      await alone(tx, by.tenantId);
      const held = await heldOf(tx, by, id);
      const since = await lastSequence(tx, held.master_id);
      const [row] = await tx<(StoredRules & { version: number; before: object })[]>`
        with newest as (select version, rules from subscription_rules
          where subscription_id = ${id} order by version desc limit 1)
        insert into subscription_rules (tenant_id, subscription_id, version, from_sequence, rules)
        select ${by.tenantId}, ${id}, n.version + 1, ${since}, ${JSON.stringify(rules)}::text::jsonb
        from newest n returning version, rules, layers, (select rules from newest) as before`;
      if (row === undefined) throw missing("subscription");
      if (expectedVersion !== null && row.version !== expectedVersion + 1) {
        throw new LockstepError("PLAN_CHANGED", { version: row.version - 1 });
      }
      rulesInForce(row);
      const change = { before: row.before, after: { version: row.version, rules } };
      await told(tx, by, { ...held, action: "set rules", id, ...change });
      return row.version;
    });
  }
}

export type RulesChange = {
  readonly rules: unknown;
  /** The version that was looked at; null: whichever. */
  readonly expectedVersion: number | null;
};

/** What becomes of what it holds. */
export const WAYS_TO_STOP = ["keep-positions", "close-by-master", "close-now"] as const;

export type Stopping = {
  readonly positions: (typeof WAYS_TO_STOP)[number];
  readonly reason: string;
};

export type ModeChange = {
  readonly mode: Exclude<SubscriptionMode, "stopped">;
  readonly reason: string;
};

type Change = {
  readonly partition: number;
  readonly action: string;
  readonly id: string;
  readonly before?: object;
  readonly after: object;
};

async function told(tx: Queries, by: Principal, change: Change): Promise<void> {
  const { tenantId, actor, address } = by;
  const { partition, action, id: subject, before = null, after } = change;
  await recordAudit(tx, { tenantId, by: actor.name, address, action, subject, before, after });
  await tell(tx, tenantId, partition);
}

async function tell(tx: Queries, tenantId: string, partition: number): Promise<void> {
  await tx`insert into ledger_changes (tenant_id, partition) values (${tenantId}, ${partition})`;
}

async function heldOf(tx: Queries, by: Principal, id: string): Promise<Held> {
  const [row] = await tx<Held[]>`
    select subscription_id, master_id, account_id, partition, mode, stopping from subscriptions
    where subscription_id = ${id} for update`;
  if (row === undefined || !mayReach(by, row.account_id)) throw missing("subscription");
  return row;
}

async function accountOf(tx: Queries, by: Principal, id: string): Promise<{ partition: number }> {
  const rows = await tx`select 1 from accounts
    where account_id = ${id} and archived_at is null for share`;
  if (rows.length === 0 || !mayReach(by, id)) throw missing("account");
  return { partition: partitionOf(id) };
}

/** Of a strategy that they may see: to others a private one is as missing as none. */
async function masterOf(tx: Queries, by: Principal, strategy: string): Promise<string> {
  const own = by.accounts === "all" ? [] : [...by.accounts];
  const [row] = await tx<{ id: string; shown: boolean }[]>`
    select t.master_id as id, coalesce((select v.visibility <> 'private' from strategy_versions v
        where v.tenant_id = t.tenant_id and v.strategy_id = t.strategy_id
        order by v.version desc limit 1), false)
      or exists (select from subscriptions u where u.tenant_id = t.tenant_id
        and u.master_id = t.master_id and u.account_id = any(${pgArray(own)}::uuid[])) as shown
    from strategies t where t.strategy_id = ${strategy}`;
  if (row === undefined || !(row.shown || mayReach(by, row.id))) throw missing("strategy");
  return row.id;
}

async function lastSequence(tx: Queries, master: string): Promise<number> {
  const [row] = await tx<{ last: string }[]>`
    select coalesce(max(sequence), 0) as last from signals where master_id = ${master}`;
  return Number(row?.last ?? 0);
}

const missing = (what: string): LockstepError => new LockstepError("NOT_FOUND", { what });
const bad = (field: string, expected: string): LockstepError =>
  new LockstepError("BAD_INPUT", { field, expected });
