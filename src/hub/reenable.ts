/**
 * Lets a follower's subscriptions open again that a throttle or a risk limit has stopped: by hand,
 * with a reason, recorded in the audit. A running hub notices within some seconds.
 */
import { LockstepError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import { rulesInForce, type StoredRules } from "../follower/rules/stored.ts";
import { recordAudit } from "../identity/audit/record.ts";
import { inTenant, type Sql } from "../platform/postgres.ts";
import { refuseEmpty } from "../risk/limit-state.ts";
import { resetLimits } from "../risk/reset.ts";

export type ReenableRequest = {
  /** The follower's name, login or id. */
  readonly account: string;
  /** Of this strategy only, by name or id; null: of all that it follows. */
  readonly strategy: string | null;
  readonly by: string;
  /** From where it was asked; absent where it was not asked over a network. */
  readonly address?: string | null;
  readonly reason: string;
  readonly at: Instant;
  /** Of limits, as ResetRequest says. */
  readonly measureFrom: "now" | "period-start";
};

export type Reenabled = {
  readonly subscriptionId: string;
  readonly account: string;
  readonly strategy: string;
  readonly throttle: boolean;
  /** How many limits were reset. */
  readonly limits: number;
};

type Row = {
  readonly id: string;
  readonly account: string;
  readonly strategy: string;
  readonly stored: StoredRules;
  readonly through: string;
  readonly tripped: boolean;
};

/** NOT_FOUND where nothing that fits is stopped; BAD_INPUT without a person and a reason. */
export async function reenable(sql: Sql, request: ReenableRequest): Promise<Reenabled[]> {
  refuseEmpty(request);
  const tenants = await sql<{ id: string }[]>`select tenant_ids() as id`;
  const found: Reenabled[] = [];
  for (const { id } of tenants) found.push(...(await reenabled(sql, id, request)));
  if (found.length > 0) return found;
  throw nothing(request);
}

/** As `reenable`, within one tenant. */
export async function reenableIn(
  sql: Sql,
  tenantId: string,
  request: ReenableRequest,
): Promise<Reenabled[]> {
  refuseEmpty(request);
  const found = await reenabled(sql, tenantId, request);
  if (found.length > 0) return found;
  throw nothing(request);
}

async function reenabled(
  sql: Sql,
  tenantId: string,
  request: ReenableRequest,
): Promise<Reenabled[]> {
  const found: Reenabled[] = [];
  for (const row of await subscriptionsOf(sql, tenantId, request)) {
    const scope = { kind: "subscription" as const, id: row.id };
    const { limits: rules } = rulesInForce(row.stored);
    const limits = await resetLimits(sql, { tenantId, scope, limits: rules }, request);
    if (!row.tripped && limits === 0) continue;
    await record(sql, tenantId, { row, request, limits });
    const { id: subscriptionId, account, strategy, tripped: throttle } = row;
    found.push({ subscriptionId, account, strategy, throttle, limits });
  }
  return found;
}

const nothing = ({ account, strategy }: ReenableRequest): LockstepError =>
  new LockstepError("NOT_FOUND", {
    account,
    strategy: strategy ?? "(any)",
    expected: "a follower's name, login or id whose throttle or risk limit has tripped",
  });

function subscriptionsOf(
  sql: Sql,
  tenantId: string,
  { account, strategy }: ReenableRequest,
): Promise<readonly Row[]> {
  return inTenant(
    sql,
    tenantId,
    (tx) => tx<Row[]>`
      with u as (
        select s.*, a.name as account, t.name as strategy,
          coalesce((select max(through) from reenablings e
            where e.subscription_id = s.subscription_id), 0) as enabled,
          coalesce((select max(sequence) from signals g where g.master_id = s.master_id), 0)
            as through
        from subscriptions s join accounts a using (tenant_id, account_id)
          join strategies t using (tenant_id, strategy_id)
        where (a.name = ${account} or a.login = ${account} or a.account_id::text = ${account})
          and (${strategy}::text is null or t.name = ${strategy}
          or t.strategy_id::text = ${strategy}))
      select subscription_id as id, account, strategy, through,
        (select json_build_object('rules', rules, 'layers', layers) from subscription_rules r where r.subscription_id = u.subscription_id
          order by version desc limit 1) as stored,
        exists (select 1 from signals g join decisions d using (tenant_id, signal_id)
          where g.master_id = u.master_id and g.sequence > u.enabled
            and d.subscription_id = u.subscription_id and d.reason = 'THROTTLED'
            and d.steps::text like '%"trips"%') as tripped
      from u order by account, strategy`,
  );
}

type Given = { readonly row: Row; readonly request: ReenableRequest };

async function record(
  sql: Sql,
  tenantId: string,
  { row, request, limits }: Given & { readonly limits: number },
): Promise<void> {
  const { id, through, tripped: throttle } = row;
  const { by, address = null, reason, measureFrom } = request;
  await inTenant(sql, tenantId, async (tx) => {
    if (throttle) {
      await tx`insert into reenablings (tenant_id, subscription_id, through, by_whom, reason)
        values (${tenantId}, ${id}, ${through}, ${by}, ${reason})`;
    }
    await recordAudit(tx, {
      ...{ tenantId, by, address, action: "enable again", subject: id },
      after: { reason, throttle, limits, measureFrom },
    });
  });
}
