/** One leg of an operation: a change of its own, with its own audit and its own end. */
import { isLockstepError } from "../domain/errors.ts";
import type { Principal } from "../identity/principal.ts";
import type { Sql } from "../platform/postgres.ts";
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
  /**
   * planned: of a dry run; asked: the account's owner does it; waiting: not reached yet; cancelled:
   * never reached.
   */
  readonly state: "planned" | "unchanged" | "done" | "asked" | "refused" | "waiting" | "cancelled";
  readonly code: string | null;
  /** What it takes, in words. */
  readonly detail: string | null;
};

/** A subscription or an open divergence, as whoever asks may see it. */
export type Meant = { readonly operation: Operation; readonly row: Row };

export type LegDeps = { readonly sql: Sql; readonly service: SubscriptionService };

/** Before anything was done to it. */
export function legOf({ operation, row }: Meant): Leg {
  const isRealign = operation.work.kind === "realign";
  const subscription = isRealign ? row["subscription_id"] : row["id"];
  return {
    subscription_id: subscription === null ? null : String(subscription),
    divergence_id: isRealign ? String(row["id"]) : null,
    account_id: String(row["account_id"]),
    before: String(isRealign ? row["cause"] : row["mode"]),
    ...{ state: "waiting", code: null, detail: null },
  };
}

/** What became of it; what is refused is told, and what fails is thrown. */
export function doLeg({ sql, service }: LegDeps, by: Principal, meant: Meant): Promise<Leg> {
  const isRealign = meant.operation.work.kind === "realign";
  return isRealign ? realigned(sql, by, meant) : changed(service, by, meant);
}

async function changed(service: SubscriptionService, by: Principal, meant: Meant): Promise<Leg> {
  const { operation, row } = meant;
  const { work, reason, dryRun } = operation;
  const id = String(row["id"]);
  const leg = legOf(meant);
  const { before } = leg;
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
async function realigned(sql: Sql, by: Principal, meant: Meant): Promise<Leg> {
  const { operation, row } = meant;
  const { reason, dryRun } = operation;
  const { tenantId, actor, address } = by;
  const id = String(row["id"]);
  const filter = { ids: [id] };
  const plan = await planRealignment(sql, tenantId, filter);
  const [item] = plan.items;
  const leg: Leg = { ...legOf(meant), detail: item === undefined ? null : wordsOf(item) };
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

async function attempted(leg: Leg, work: () => Promise<Leg["state"]>): Promise<Leg> {
  try {
    return { ...leg, state: await work() };
  } catch (error) {
    if (!isLockstepError(error)) throw error;
    return { ...leg, state: "refused", code: error.code };
  }
}
