/**
 * Layers of rules that hold for many subscriptions at once: a strategy's for all who follow it, a
 * follower account's for all that it copies.
 * Invariants: a layer, the new version of every subscription that it touches, the audit and the word
 * to the owners are one transaction; where it would contradict the rules of one subscription, none of
 * it happens; who set it meanwhile is not overwritten.
 */
import { LockstepError } from "../../domain/errors.ts";
import { effectiveRules, type WordedSetting } from "../../explain/effective-rules.ts";
import type { LayerKind } from "../../follower/rules/layers.ts";
import { mergeLayers } from "../../follower/rules/layers.ts";
import { layersOf, rulesInForce, type StoredRules } from "../../follower/rules/stored.ts";
import { recordAudit } from "../../identity/audit/record.ts";
import { mayReach, type Principal } from "../../identity/principal.ts";
import { inTenant, type Queries, type Sql } from "../../platform/postgres.ts";

export type LayerScope = {
  readonly kind: Extract<LayerKind, "strategy" | "follower account">;
  readonly id: string;
};

export type LayerChange = {
  readonly rules: object;
  /** The version that was looked at; 0 where there was none. */
  readonly expectedVersion: number;
  readonly reason: string;
};

export type LayerVersion = {
  readonly version: number;
  readonly rules: object;
  readonly byWhom: string;
  readonly reason: string;
  readonly at: string;
};

export type InForce = {
  readonly version: number;
  /** It holds for the master's signals after this one. */
  readonly fromSequence: number;
  readonly settings: readonly WordedSetting[];
  readonly warnings: readonly string[];
};

export class LayerService {
  readonly #sql: Sql;
  readonly #now: () => number;

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  /**
   * How many subscriptions have new rules from their master's next signal on, and the layer's version.
   * PLAN_CHANGED where another version is in force; BAD_RULES; BAD_INPUT without a reason.
   */
  async set(by: Principal, scope: LayerScope, change: LayerChange) {
    if (change.reason.trim() === "") {
      throw new LockstepError("BAD_INPUT", { field: "reason", expected: "a reason" });
    }
    mergeLayers([{ kind: scope.kind, name: "given", rules: change.rules }]);
    return inTenant(this.#sql, by.tenantId, async (tx) => {
      await alone(tx, by.tenantId);
      await reachable(tx, by, scope);
      const before = await newest(tx, scope);
      const { expectedVersion, rules, reason } = change;
      const version = before?.version ?? 0;
      if (version !== expectedVersion) throw new LockstepError("PLAN_CHANGED", { version });
      await tx`
        insert into rule_layers (tenant_id, kind, scope_id, version, rules, by_whom, reason, created_at)
        values (${by.tenantId}, ${scope.kind}, ${scope.id}, ${version + 1},
          ${JSON.stringify(rules)}::text::jsonb, ${by.actor.name}, ${reason},
          ${new Date(this.#now())})`;
      const subscriptions = await renew(tx, by.tenantId, scope);
      await recordAudit(tx, {
        ...{ tenantId: by.tenantId, by: by.actor.name, address: by.address },
        ...{ action: `set rules of ${scope.kind}`, subject: scope.id },
        before: before === null ? null : { version, rules: before.rules },
        after: { version: version + 1, rules, reason, subscriptions },
      });
      return { version: version + 1, subscriptions };
    });
  }

  /** The newest first; empty where the layer says nothing yet. */
  async history(by: Principal, scope: LayerScope): Promise<readonly LayerVersion[]> {
    return inTenant(this.#sql, by.tenantId, async (tx) => {
      await reachable(tx, by, scope);
      const rows = await tx<(Omit<LayerVersion, "at"> & { readonly at: Date })[]>`
        select version, rules, by_whom as "byWhom", reason, created_at as at from rule_layers
        where kind = ${scope.kind} and scope_id = ${scope.id} order by version desc`;
      return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
    });
  }

  /** Every setting of a subscription's newest rules, with the layers that it came from. */
  async inForce(by: Principal, subscription: string): Promise<InForce> {
    const row = await inTenant(this.#sql, by.tenantId, async (tx) => {
      const [found] = await tx<(StoredRules & NewestRow)[]>`
        select r.version, r.from_sequence, r.rules, r.layers, u.account_id, t.name as strategy
        from subscription_rules r join subscriptions u using (tenant_id, subscription_id)
          join strategies t using (tenant_id, strategy_id)
        where r.subscription_id = ${subscription} order by r.version desc limit 1`;
      return found;
    });
    if (row === undefined || !mayReach(by, row.account_id)) throw missing("subscription");
    const layers = layersOf(row, row.strategy);
    return {
      ...{ version: row.version, fromSequence: Number(row.from_sequence) },
      ...{ settings: effectiveRules(layers), warnings: mergeLayers(layers).warnings },
    };
  }
}

type NewestRow = {
  readonly version: number;
  readonly from_sequence: string;
  readonly account_id: string;
  readonly strategy: string;
};

/** No version of any subscription's rules is written meanwhile: it would lack this layer. */
export async function alone(tx: Queries, tenantId: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('rule layers ' || ${tenantId}::text, 0))`;
}

async function newest(tx: Queries, { kind, id }: LayerScope) {
  const [row] = await tx<{ version: number; rules: object }[]>`
    select version, rules from rule_layers where kind = ${kind} and scope_id = ${id}
    order by version desc limit 1`;
  return row ?? null;
}

async function reachable(tx: Queries, by: Principal, { kind, id }: LayerScope): Promise<void> {
  const [row] =
    kind === "strategy"
      ? await tx<{ account: string }[]>`
          select master_id as account from strategies where strategy_id = ${id}`
      : await tx<{ account: string }[]>`
          select account_id as account from accounts where account_id = ${id}`;
  if (row === undefined || !mayReach(by, row.account)) {
    throw missing(kind === "strategy" ? "strategy" : "account");
  }
}

/** A new version for each subscription that the layer touches, whose layers the ledger puts in. */
async function renew(tx: Queries, tenantId: string, { kind, id }: LayerScope): Promise<number> {
  const written = await tx<(StoredRules & { readonly partition: number })[]>`
    with u as (
      select u.*, coalesce((select max(sequence) from signals g where g.tenant_id = u.tenant_id
        and g.master_id = u.master_id), 0) as since
      from subscriptions u
      where case ${kind}::text when 'strategy' then u.strategy_id else u.account_id end = ${id}),
    n as (select distinct on (r.subscription_id) r.* from subscription_rules r
      join u using (tenant_id, subscription_id) order by r.subscription_id, r.version desc),
    w as (
      insert into subscription_rules (tenant_id, subscription_id, version, from_sequence, rules)
      select tenant_id, subscription_id, n.version + 1, u.since, n.rules
      from u join n using (tenant_id, subscription_id)
      returning subscription_id, rules, layers)
    select w.rules, w.layers, u.partition from w join u using (subscription_id)`;
  const different = new Map(
    written.map(({ rules, layers }) => [JSON.stringify([rules, layers]), { rules, layers }]),
  );
  for (const stored of different.values()) rulesInForce(stored);
  for (const partition of new Set(written.map((row) => row.partition))) {
    await tx`insert into ledger_changes (tenant_id, partition) values (${tenantId}, ${partition})`;
  }
  return written.length;
}

const missing = (what: string): LockstepError => new LockstepError("NOT_FOUND", { what });
