/**
 * Lets a follower open again that a throttle or a risk limit has stopped, of one subscription or of
 * the whole account: by hand, with a reason, recorded in the audit. A running hub notices within some
 * seconds. Limits of the account are reset only where no single strategy was named.
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
  /** Null: what holds for all that the account copies. */
  readonly subscriptionId: string | null;
  readonly account: string;
  readonly strategy: string | null;
  readonly throttle: boolean;
  /** How many limits were reset. */
  readonly limits: number;
};

type Row = {
  readonly id: string;
  readonly account_id: string;
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
  const rows = await subscriptionsOf(sql, tenantId, request);
  if (request.strategy === null) found.push(...(await ofAccounts(sql, tenantId, rows, request)));
  for (const row of rows) {
    const scope = { kind: "subscription" as const, id: row.id };
    const { ownLimits: rules } = rulesInForce(row.stored);
    const limits = await resetLimits(sql, { tenantId, scope, limits: rules }, request);
    if (!row.tripped && limits === 0) continue;
    const { account, strategy, tripped: throttle } = row;
    await record(sql, tenantId, { subject: row.id, row, request, limits });
    found.push({ subscriptionId: row.id, account, strategy, throttle, limits });
  }
  return found;
}

const nothing = ({ account, strategy }: ReenableRequest): LockstepError =>
  new LockstepError("NOT_FOUND", {
    account,
    strategy: strategy ?? "(any)",
    expected:
      "a follower's name, login or id whose throttle or risk limit has tripped; a limit of the " +
      "whole account is reset where no strategy is named",
  });

/** Limits that the layer of a follower account sets: once for each account. */
async function ofAccounts(
  sql: Sql,
  tenantId: string,
  rows: readonly Row[],
  request: ReenableRequest,
): Promise<Reenabled[]> {
  const found: Reenabled[] = [];
  const accounts = new Map(rows.map((row) => [row.account_id, row]));
  for (const [id, { account, stored }] of accounts) {
    const scope = { kind: "account" as const, id };
    const { accountLimits: rules } = rulesInForce(stored);
    const limits = await resetLimits(sql, { tenantId, scope, limits: rules }, request);
    if (limits === 0) continue;
    await record(sql, tenantId, { subject: id, row: null, request, limits });
    found.push({ subscriptionId: null, account, strategy: null, throttle: false, limits });
  }
  return found;
}

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
      select subscription_id as id, account_id, account, strategy, through,
        (select json_build_object('rules', rules, 'layers', layers) from subscription_rules r where r.subscription_id = u.subscription_id
          order by version desc limit 1) as stored,
        exists (select 1 from signals g join decisions d using (tenant_id, signal_id)
          where g.master_id = u.master_id and g.sequence > u.enabled
            and d.subscription_id = u.subscription_id and d.reason = 'THROTTLED'
            and d.steps::text like '%"trips"%') as tripped
      from u order by account, strategy`,
  );
}

type Given = {
  /** The subscription's id, or the account's. */
  readonly subject: string;
  readonly row: Row | null;
  readonly request: ReenableRequest;
  readonly limits: number;
};

async function record(
  sql: Sql,
  tenantId: string,
  { subject, row, request, limits }: Given,
): Promise<void> {
  const throttle = row?.tripped === true;
  const { by, address = null, reason, measureFrom } = request;
  await inTenant(sql, tenantId, async (tx) => {
    if (row?.tripped === true) {
      await tx`insert into reenablings (tenant_id, subscription_id, through, by_whom, reason)
        values (${tenantId}, ${row.id}, ${row.through}, ${by}, ${reason})`;
    }
    await recordAudit(tx, {
      ...{ tenantId, by, address, action: "enable again", subject },
      after: { reason, throttle, limits, measureFrom },
    });
  });
}
