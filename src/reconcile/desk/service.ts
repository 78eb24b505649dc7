/**
 * The desk at which people look after divergences, from whatever process: look, look at a plan without
 * doing it, ask for what was looked at, and set what is done by itself.
 * Invariants: what is asked for is a row that the account's owner answers once; a plan that has
 * changed since it was looked at is refused whole, before anything is asked for; every request and
 * every policy is audited.
 */
import { LockstepError } from "../../domain/errors.ts";
import { idOf } from "../../domain/ids.ts";
import { recordAudit } from "../../identity/audit/record.ts";
import { inTenant, type Queries, type Sql } from "../../platform/postgres.ts";
import { DEFAULT_POLICY, type Policy, policySchema } from "../policy.ts";
import {
  type DivergenceFilter,
  type DivergenceView,
  LIMIT_MAX,
  readDivergences,
} from "./ledger.ts";
import { ACTIONS, type Action } from "./store.ts";

/** Who asks; the address is null where it is not asked over a network. */
export type DeskBy = {
  readonly tenantId: string;
  readonly by: string;
  readonly address: string | null;
};

export type RealignPlan = {
  /** Of everything in it: what is asked for must bear it. */
  readonly digest: string;
  readonly items: readonly DivergenceView[];
  readonly possible: number;
};

/** What realigning these would do, without doing it. */
export async function planRealignment(
  sql: Sql,
  tenantId: string,
  filter: DivergenceFilter,
): Promise<RealignPlan> {
  return inTenant(sql, tenantId, (tx) => planOf(tx, filter));
}

async function planOf(tx: Queries, filter: DivergenceFilter): Promise<RealignPlan> {
  // All that fits, since what is asked for by the plan's digest is done to all.
  const { before: _, ...whole } = filter;
  const items = await readDivergences(tx, { ...whole, closed: false, limit: LIMIT_MAX + 1 });
  if (items.length > LIMIT_MAX) {
    throw new LockstepError("LIMIT_REACHED", { what: "divergences in one plan", most: LIMIT_MAX });
  }
  const possible = items.filter(({ wayBack }) => wayBack.possible);
  const parts = possible.map(({ divergenceId, wayBack }) =>
    wayBack.possible ? `${divergenceId} ${wayBack.digest}` : "",
  );
  return { digest: idOf("realignment", ...parts.sort()), items, possible: possible.length };
}

export type DeskRequest = {
  readonly action: Action;
  readonly filter: DivergenceFilter;
  readonly reason: string;
  /** Of a realignment: the plan's. */
  readonly digest?: string;
  /** Of an ignoring. */
  readonly until?: Date;
};

/**
 * One request for each divergence that fits; of a realignment for each that has a way back.
 * BAD_INPUT without a reason, an end or a plan; NOT_FOUND where none fits; PLAN_CHANGED where the
 * plan is no longer what was looked at.
 */
export async function askDesk(
  sql: Sql,
  { tenantId, by, address }: DeskBy,
  request: DeskRequest,
): Promise<readonly string[]> {
  refuseIncomplete(request);
  const { action, filter, reason, digest, until = null } = request;
  return inTenant(sql, tenantId, async (tx) => {
    const plan = await planOf(tx, action === "realign" ? filter : { ...filter, ignored: true });
    const meant = plan.items.filter((one) => action !== "realign" || one.wayBack.possible);
    if (meant.length === 0) {
      throw new LockstepError("NOT_FOUND", {
        expected: "an open divergence that this can be done to",
      });
    }
    if (action === "realign" && plan.digest !== digest) throw new LockstepError("PLAN_CHANGED");
    const rows = await insertRequests(tx, { tenantId, by, action, reason, until }, meant);
    const entry = { tenantId, by, address, action: `${action} divergence` };
    const before = { divergences: meant.map(factsOf) };
    const after = { action, reason, until, requests: rows };
    await recordAudit(tx, { ...entry, subject: subjectOf(meant), before, after });
    return rows;
  });
}

const subjectOf = (meant: readonly DivergenceView[]): string =>
  meant.length === 1 ? (meant[0]?.divergenceId ?? "") : `${meant.length} divergences`;

const factsOf = (one: DivergenceView) => {
  const { divergenceId, account, symbol, cause, expected, actual, ignoredUntil, wayBack } = one;
  return { divergenceId, account, symbol, cause, expected, actual, ignoredUntil, wayBack };
};

type Asked = {
  readonly tenantId: string;
  readonly by: string;
  readonly action: Action;
  readonly reason: string;
  readonly until: Date | null;
};

async function insertRequests(
  tx: Queries,
  { tenantId, by, action, reason, until }: Asked,
  meant: readonly DivergenceView[],
): Promise<readonly string[]> {
  const list = meant.map(({ divergenceId, wayBack }) => ({
    id: divergenceId,
    digest: wayBack.possible ? wayBack.digest : null,
  }));
  const rows = await tx<{ id: string }[]>`
    insert into divergence_requests (tenant_id, request_id, divergence_id, partition, action, digest,
      until, by_whom, reason)
    select ${tenantId}, gen_random_uuid(), d.divergence_id, a.partition, ${action}, r.digest, ${until},
      ${by}, ${reason}
    from json_to_recordset(${JSON.stringify(list)}::text::json) r(id uuid, digest text)
      join divergences d on d.divergence_id = r.id join accounts a using (account_id)
    returning request_id as id`;
  return rows.map(({ id }) => id);
}

function refuseIncomplete({ action, reason, digest, until }: DeskRequest): void {
  const refuse = (field: string, expected: string): never => {
    throw new LockstepError("BAD_INPUT", { field, expected });
  };
  if (!ACTIONS.includes(action)) refuse("action", ACTIONS.join(", "));
  if (reason.trim() === "") refuse("reason", "why, in words");
  if (action === "realign" && digest === undefined)
    refuse("digest", "the plan's that was looked at");
  if (action === "ignore" && until === undefined) refuse("until", "an instant to come");
}

export type DeskAnswer = {
  readonly requestId: string;
  readonly divergenceId: string;
  readonly state: "waiting" | "done" | "refused";
  readonly words: string;
};

/** How far requests have come, in the order asked for. */
export async function answersOf(
  sql: Sql,
  tenantId: string,
  requestIds: readonly string[],
): Promise<readonly DeskAnswer[]> {
  const ids = `{${requestIds.join(",")}}`;
  const rows = await inTenant(
    sql,
    tenantId,
    (tx) => tx<{ id: string; divergence: string; is_done: boolean | null; words: string | null }[]>`
      select r.request_id as id, r.divergence_id as divergence, a.is_done, a.words
      from divergence_requests r left join divergence_answers a using (request_id)
      where r.request_id = any(${ids}::text::uuid[]) order by r.at, r.request_id`,
  );
  return rows.map(({ id, divergence, is_done: isDone, words }) => ({
    requestId: id,
    divergenceId: divergence,
    state: isDone === null ? "waiting" : isDone ? "done" : "refused",
    words: words ?? "waits for the owner of its account",
  }));
}

export type KeptPolicy = { readonly policy: Policy; readonly version: number };

/** NOT_FOUND without such a subscription; without a policy of its own, the one that all begin with. */
export async function policyOf(
  sql: Sql,
  tenantId: string,
  subscriptionId: string,
): Promise<KeptPolicy> {
  const { policy, version } = await inTenant(sql, tenantId, async (tx) => {
    await refuseUnknown(tx, subscriptionId);
    return keptPolicy(tx, subscriptionId);
  });
  return { policy, version };
}

type Written = KeptPolicy & { readonly written: unknown };

async function keptPolicy(tx: Queries, subscriptionId: string): Promise<Written> {
  const [row] = await tx<{ policy: unknown; version: number }[]>`
    select policy, version from divergence_policies where subscription_id::text = ${subscriptionId}
    order by version desc limit 1`;
  if (row === undefined) return { policy: DEFAULT_POLICY, version: 0, written: null };
  const { policy, version } = row;
  return { policy: policySchema.parse(policy), version, written: policy };
}

async function refuseUnknown(tx: Queries, subscriptionId: string): Promise<void> {
  const known =
    await tx`select 1 from subscriptions where subscription_id::text = ${subscriptionId}`;
  if (known.length > 0) return;
  throw new LockstepError("NOT_FOUND", { subscriptionId, expected: "a subscription's id" });
}

/** BAD_INPUT names the field; NOT_FOUND without such a subscription; PLAN_CHANGED where it was set meanwhile. */
export async function setPolicy(
  sql: Sql,
  { tenantId, by, address }: DeskBy,
  wanted: { readonly subscriptionId: string; readonly policy: unknown; readonly version: number },
): Promise<KeptPolicy> {
  const parsed = policySchema.safeParse(wanted.policy);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = ["policy", ...(issue?.path ?? [])].join(".");
    throw new LockstepError("BAD_INPUT", { field, expected: issue?.message ?? "a policy" });
  }
  const { subscriptionId } = wanted;
  return inTenant(sql, tenantId, async (tx) => {
    await refuseUnknown(tx, subscriptionId);
    const before = await keptPolicy(tx, subscriptionId);
    if (before.version !== wanted.version) throw new LockstepError("PLAN_CHANGED");
    const json = JSON.stringify(wanted.policy);
    const written = await tx`
      insert into divergence_policies (tenant_id, subscription_id, version, policy, by_whom)
      values (${tenantId}, ${subscriptionId}, ${before.version + 1}, ${json}::text::json, ${by})
      on conflict do nothing returning 1`;
    if (written.length === 0) throw new LockstepError("PLAN_CHANGED");
    const entry = { tenantId, by, address, action: "set divergence policy" };
    const after = { policy: wanted.policy };
    const audited = before.written === null ? null : { policy: before.written };
    await recordAudit(tx, { ...entry, subject: subscriptionId, before: audited, after });
    return { policy: parsed.data, version: before.version + 1 };
  });
}
