/**
 * Engaging and releasing kill switches, by hand and with a reason, and how far they have come.
 * Invariants: engaging what is engaged changes nothing, unless it is to close as well from now on;
 * releasing what is not engaged is refused; either is written together with its audit row; a switch
 * is acknowledged when every lane in its scope has said so, and not before.
 */
import { LockstepError } from "../../domain/errors.ts";
import { recordAudit } from "../../identity/audit/record.ts";
import { inTenant, type Sql, type Transaction } from "../../platform/postgres.ts";
import type { Kill, KillScope } from "./kill.ts";
import { type KillProgress, progressOf } from "./progress.ts";
import { engagedKills } from "./store.ts";

export type { KillProgress } from "./progress.ts";

/** Who turned the switch, and why. */
export type By = { readonly by: string; readonly reason: string };

export type KillTarget = {
  readonly tenantId: string;
  readonly scope: KillScope;
  /** The id of the account, subscription or strategy; the tenant's of the wider scopes. */
  readonly scopeId: string;
};

/** BAD_INPUT without a person and a reason, NOT_FOUND where the tenant has nothing of that id. */
export async function engageKill(
  sql: Sql,
  target: KillTarget,
  { by, reason, closeAll = false }: By & { readonly closeAll?: boolean },
): Promise<Kill> {
  refuseUnexplained({ by, reason });
  return inTenant(sql, target.tenantId, async (tx) => {
    await refuseUnknown(tx, target);
    const before = await engagedOf(tx, target);
    if (before !== undefined && (before.closeAll || !closeAll)) return before;
    const afterSnapshot = before?.afterSnapshot ?? false;
    const turn = { by, reason, engaged: true, closeAll, afterSnapshot };
    const kill = await write(tx, target, turn);
    await recordTurn(tx, target, { by, reason, before: before ?? null, after: kill });
    return kill;
  });
}

/**
 * NOT_FOUND where the switch is not engaged. BAD_INPUT where it is that of a restored ledger and an
 * account has not been compared with its broker since, unless it is to be released `anyway`.
 */
export async function releaseKill(
  sql: Sql,
  target: KillTarget,
  { by, reason, anyway = false }: By & { readonly anyway?: boolean },
): Promise<Kill> {
  refuseUnexplained({ by, reason });
  return inTenant(sql, target.tenantId, async (tx) => {
    const before = await engagedOf(tx, target);
    if (before === undefined) {
      throw new LockstepError("NOT_FOUND", {
        ...{ scope: target.scope, id: target.scopeId },
        expected: "a kill switch that is engaged: `lockstep kill status` lists them",
      });
    }
    if (before.afterSnapshot && !anyway) await refuseUnseen(tx, before);
    const turn = { by, reason, engaged: false, closeAll: false, afterSnapshot: false };
    await write(tx, target, turn);
    await recordTurn(tx, target, { by, reason, before, after: null });
    return before;
  });
}

async function refuseUnseen(tx: Transaction, { killId }: Kill): Promise<void> {
  const kill = (await progressOf(tx)).find((one) => one.killId === killId);
  if (kill === undefined || kill.missing.length === 0) return;
  throw new LockstepError("BAD_INPUT", {
    "not compared with their broker since the restore": kill.missing.join(", "),
    expected: "a hub that runs and reaches each of them, or --anyway",
  });
}

/** Every engaged switch of a tenant, the newest first. */
export async function killsOf(sql: Sql, tenantId: string): Promise<readonly KillProgress[]> {
  return inTenant(sql, tenantId, progressOf);
}

function refuseUnexplained({ by, reason }: By): void {
  for (const [field, value] of Object.entries({ by, reason })) {
    if (value.trim() !== "") continue;
    const expected = field === "by" ? "who turns the switch" : "why, in words";
    throw new LockstepError("BAD_INPUT", { field, expected });
  }
}

const TABLES = {
  account: ["accounts", "account_id"],
  strategy: ["strategies", "strategy_id"],
  subscription: ["subscriptions", "subscription_id"],
} as const;

async function refuseUnknown(tx: Transaction, { tenantId, scope, scopeId }: KillTarget) {
  if (scope === "everything" || scope === "tenant") {
    if (scopeId === tenantId) return;
    throw new LockstepError("NOT_FOUND", { scope, id: scopeId, expected: "the tenant's own id" });
  }
  const [table, column] = TABLES[scope];
  const rows = await tx`select 1 from ${tx(table)} where ${tx(column)}::text = ${scopeId}`;
  if (rows.length > 0) return;
  throw new LockstepError("NOT_FOUND", { scope, id: scopeId, expected: `a known ${scope}` });
}

async function engagedOf(tx: Transaction, { scope, scopeId }: KillTarget) {
  // One after the other: two that turn the same switch see each other.
  await tx`select pg_advisory_xact_lock(hashtextextended(${`kill ${scope} ${scopeId}`}, 0))`;
  const kills = await engagedKills(tx);
  return kills.find((one) => one.scope === scope && one.scopeId === scopeId);
}

type Turn = By & {
  readonly engaged: boolean;
  readonly closeAll: boolean;
  readonly afterSnapshot: boolean;
};

async function write(tx: Transaction, target: KillTarget, turn: Turn): Promise<Kill> {
  const { tenantId, scope, scopeId } = target;
  const { engaged, closeAll, afterSnapshot, by, reason } = turn;
  const [row] = await tx<{ id: number }[]>`
    insert into kill_states
      (tenant_id, scope, scope_id, engaged, close_all, after_snapshot, by_whom, reason)
    values (${tenantId}, ${scope}, ${scopeId}, ${engaged}, ${closeAll}, ${afterSnapshot}, ${by},
      ${reason})
    returning kill_id as id`;
  return { killId: Number(row?.id), scope, scopeId, closeAll, afterSnapshot };
}

type Turned = By & { readonly before: Kill | null; readonly after: Kill | null };

async function recordTurn(
  tx: Transaction,
  { tenantId, scope, scopeId }: KillTarget,
  { by, reason, before, after }: Turned,
): Promise<void> {
  const action = after === null ? "release kill switch" : "engage kill switch";
  await recordAudit(tx, {
    ...{ tenantId, by, action, before },
    address: null,
    subject: `${scope} ${scopeId}`,
    after: { ...after, reason },
  });
}
