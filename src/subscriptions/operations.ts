/**
 * One action on many subscriptions. Each leg is a change of its own, with its own audit, so that one
 * that is refused keeps none of the others; what became of each is on record.
 */
import { isLockstepError } from "../domain/errors.ts";
import type { Principal } from "../identity/principal.ts";
import { inTenant, type Sql } from "../platform/postgres.ts";
import type { Row } from "../records/view.ts";
import type { ModeChange, SubscriptionService } from "./service.ts";

export type Operation = ModeChange & { readonly action: string; readonly dryRun: boolean };

export type Leg = {
  readonly subscription_id: string;
  readonly account_id: string;
  readonly before: string;
  /** planned: of a dry run. */
  readonly state: "planned" | "unchanged" | "done" | "refused";
  readonly code: string | null;
};

export type OperationDeps = {
  readonly sql: Sql;
  readonly service: SubscriptionService;
  readonly now: () => number;
  readonly newId: () => string;
};

/** `meant`: subscriptions that the principal may see. The operation's id. */
export async function operate(
  { sql, service, now, newId }: OperationDeps,
  by: Principal,
  { operation, meant }: { readonly operation: Operation; readonly meant: readonly Row[] },
): Promise<string> {
  const legs: Leg[] = [];
  for (const row of meant) legs.push(await legOf(service, by, { operation, row }));
  const id = newId();
  const { tenantId, actor } = by;
  const accounts = `{${[...new Set(legs.map((leg) => leg.account_id))].join(",")}}`;
  await inTenant(
    sql,
    tenantId,
    (tx) => tx`
      insert into operations (tenant_id, operation_id, action, reason, dry_run, accounts, legs,
        by_whom, at)
      values (${tenantId}, ${id}, ${operation.action}, ${operation.reason}, ${operation.dryRun},
        ${accounts}::text::uuid[], ${JSON.stringify(legs)}::text::json, ${actor.name},
        ${new Date(now())})`,
  );
  return id;
}

async function legOf(
  service: SubscriptionService,
  by: Principal,
  { operation, row }: { readonly operation: Operation; readonly row: Row },
): Promise<Leg> {
  const { mode, reason, dryRun } = operation;
  const before = String(row["mode"]);
  const id = String(row["id"]);
  const leg = { subscription_id: id, account_id: String(row["account_id"]), before, code: null };
  if (before === mode) return { ...leg, state: "unchanged" };
  if (dryRun) return { ...leg, state: "planned" };
  try {
    await service.setMode(by, id, { mode, reason });
    return { ...leg, state: "done" };
  } catch (error) {
    if (!isLockstepError(error)) throw error;
    return { ...leg, state: "refused", code: error.code };
  }
}
