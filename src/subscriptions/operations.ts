/**
 * One action on many subscriptions or divergences. Each leg is a change of its own, with its own
 * audit, so that one that is refused keeps none of the others; what became of each is on record.
 */
import { isLockstepError } from "../domain/errors.ts";
import type { Principal } from "../identity/principal.ts";
import { inTenant, type Sql } from "../platform/postgres.ts";
import { askDesk, planRealignment } from "../reconcile/desk/service.ts";
import type { Row } from "../records/view.ts";
import type { ModeChange, Stopping, SubscriptionService } from "./service.ts";

/** What is done to each. */
export type Work =
  | { readonly kind: "mode"; readonly mode: ModeChange["mode"] }
  | { readonly kind: "stop"; readonly positions: Stopping["positions"] }
  | { readonly kind: "realign" };

export type Operation = {
  readonly action: string;
  readonly reason: string;
  readonly dryRun: boolean;
  readonly work: Work;
};

export type Leg = {
  readonly subscription_id: string | null;
  readonly divergence_id: string | null;
  readonly account_id: string;
  /** The mode it had, or what had come apart. */
  readonly before: string;
  /** planned: of a dry run; asked: the account's owner does it. */
  readonly state: "planned" | "unchanged" | "done" | "asked" | "refused";
  readonly code: string | null;
  /** What it takes, in words. */
  readonly detail: string | null;
};

export type OperationDeps = {
  readonly sql: Sql;
  readonly service: SubscriptionService;
  readonly now: () => number;
  readonly newId: () => string;
};

type Meant = { readonly operation: Operation; readonly row: Row };

/** `meant`: subscriptions or open divergences that the principal may see. The operation's id. */
export async function operate(
  { sql, service, now, newId }: OperationDeps,
  by: Principal,
  { operation, meant }: { readonly operation: Operation; readonly meant: readonly Row[] },
): Promise<string> {
  const legs: Leg[] = [];
  for (const row of meant) {
    const one = { operation, row };
    const isRealign = operation.work.kind === "realign";
    legs.push(await (isRealign ? realigned(sql, by, one) : changed(service, by, one)));
  }
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

async function changed(
  service: SubscriptionService,
  by: Principal,
  { operation: { work, reason, dryRun }, row }: Meant,
): Promise<Leg> {
  const before = String(row["mode"]);
  const id = String(row["id"]);
  const leg = {
    ...{ subscription_id: id, divergence_id: null, account_id: String(row["account_id"]) },
    ...{ before, code: null, detail: null },
  };
  if (before === (work.kind === "mode" ? work.mode : "stopped"))
    return { ...leg, state: "unchanged" };
  if (dryRun) return { ...leg, state: "planned" };
  return attempted(leg, async () => {
    if (work.kind === "mode") await service.setMode(by, id, { mode: work.mode, reason });
    if (work.kind === "stop") await service.stop(by, id, { positions: work.positions, reason });
    return "done";
  });
}

/** By the plan as it is now: what it takes is told also where it is not done. */
async function realigned(
  sql: Sql,
  by: Principal,
  { operation: { reason, dryRun }, row }: Meant,
): Promise<Leg> {
  const { tenantId, actor, address } = by;
  const id = String(row["id"]);
  const filter = { ids: [id] };
  const plan = await planRealignment(sql, tenantId, filter);
  const [item] = plan.items;
  const subscription = row["subscription_id"];
  const leg = {
    subscription_id: subscription === null ? null : String(subscription),
    ...{ divergence_id: id, account_id: String(row["account_id"]), code: null },
    before: String(row["cause"]),
    detail: item === undefined ? null : wordsOf(item),
  };
  if (item === undefined) return { ...leg, state: "unchanged" };
  if (!item.wayBack.possible) return { ...leg, state: "refused", code: "NO_WAY_BACK" };
  if (dryRun) return { ...leg, state: "planned" };
  return attempted(leg, async () => {
    const { digest } = plan;
    const desk = { tenantId, by: actor.name, address };
    await askDesk(sql, desk, { action: "realign", filter, digest, reason });
    return "asked";
  });
}

type Item = Awaited<ReturnType<typeof planRealignment>>["items"][number];

function wordsOf({ wayBack, cost, currency }: Item): string {
  if (!wayBack.possible) return wayBack.why;
  const orders = wayBack.orders.map(({ kind, side, volume, symbol }) =>
    [kind, side, volume, symbol].filter((word) => word !== null).join(" "),
  );
  return `${orders.join(", ")}${cost === null ? "" : `: costs ${cost} ${currency}`}`;
}

async function attempted(leg: Omit<Leg, "state">, work: () => Promise<Leg["state"]>): Promise<Leg> {
  try {
    return { ...leg, state: await work() };
  } catch (error) {
    if (!isLockstepError(error)) throw error;
    return { ...leg, state: "refused", code: error.code };
  }
}
