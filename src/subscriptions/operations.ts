/**
 * One action on many subscriptions or divergences. Each leg is a change of its own, with its own
 * audit, so that one that is refused keeps none of the others; what became of each is on record from
 * the moment in which it is known. Whoever asks need not wait for the last, and may cancel the rest.
 * An operation whose process has died does not go on by itself: it is shown as interrupted, with the
 * legs that wait still; to ask again changes nothing that is as it was asked for.
 */
import type { Principal } from "../identity/principal.ts";
import { inTenant } from "../platform/postgres.ts";
import type { Row } from "../records/view.ts";
import { doLeg, type Leg, type LegDeps, legOf, type Operation } from "./operation-legs.ts";

export type OperationDeps = LegDeps & {
  readonly now: () => number;
  readonly newId: () => string;
  /** What failed in a leg that nobody waits for any more. */
  readonly log?: (words: string, error: unknown) => void;
};

type Asked = { readonly operation: Operation; readonly meant: readonly Row[] };

export type Begun = {
  readonly id: string;
  /** Resolves after the last leg, whatever became of it. */
  readonly ended: Promise<void>;
};

/** `meant`: subscriptions or open divergences that the principal may see. */
export async function beginOperation(
  deps: OperationDeps,
  by: Principal,
  asked: Asked,
): Promise<Begun> {
  const id = deps.newId();
  await write(deps, by, { ...asked, id });
  const { log = () => {} } = deps;
  const ended = goOn(deps, by, { ...asked, id }).catch((error: unknown) => {
    log(`operation ${id} has stopped at a leg that failed`, error);
  });
  return { id, ended };
}

/** As `beginOperation`, after the last leg. The operation's id. */
export async function operate(deps: OperationDeps, by: Principal, asked: Asked): Promise<string> {
  const { id, ended } = await beginOperation(deps, by, asked);
  await ended;
  return id;
}

/** What is under way is finished; of what waits nothing is begun. False: it was over already. */
export async function cancelOperation(
  { sql }: Pick<OperationDeps, "sql">,
  { tenantId }: Principal,
  id: string,
): Promise<boolean> {
  const rows = await inTenant(
    sql,
    tenantId,
    (tx) => tx`update operations set state = 'cancelled' where operation_id = ${id}
      and state = 'running' returning 1`,
  );
  return rows.length > 0;
}

type Written = Asked & { readonly id: string };

async function write(
  { sql, now }: OperationDeps,
  { tenantId, actor }: Principal,
  { operation, meant, id }: Written,
): Promise<void> {
  const legs = meant.map((row) => legOf({ operation, row }));
  const accounts = `{${[...new Set(legs.map((leg) => leg.account_id))].join(",")}}`;
  const at = new Date(now());
  await inTenant(sql, tenantId, async (tx) => {
    await tx`
      insert into operations (tenant_id, operation_id, action, reason, dry_run, accounts, by_whom, at,
        state, beat_at)
      values (${tenantId}, ${id}, ${operation.action}, ${operation.reason}, ${operation.dryRun},
        ${accounts}::text::uuid[], ${actor.name}, ${at}, 'running', clock_timestamp())`;
    await tx`
      insert into operation_legs (tenant_id, operation_id, number, leg)
      select ${tenantId}, ${id}, number, leg
      from json_array_elements(${JSON.stringify(legs)}::text::json) with ordinality l (leg, number)`;
  });
}

async function goOn(deps: OperationDeps, by: Principal, written: Written): Promise<void> {
  const { operation, meant, id } = written;
  const { tenantId } = by;
  const rest = meant.entries();
  for (const [index, row] of rest) {
    if (!(await beats(deps, tenantId, id))) break;
    const leg = await doLeg(deps, by, { operation, row });
    await record(deps, tenantId, { id, number: index + 1, leg });
  }
  await inTenant(deps.sql, tenantId, async (tx) => {
    await tx`update operation_legs set leg = (leg::jsonb || '{"state": "cancelled"}')::json
      where operation_id = ${id} and leg->>'state' = 'waiting'`;
    await tx`update operations set ended_at = clock_timestamp(),
      state = case state when 'running' then 'ended' else state end where operation_id = ${id}`;
  });
}

/** Whether it is to go on. */
async function beats({ sql }: OperationDeps, tenantId: string, id: string): Promise<boolean> {
  const rows = await inTenant(
    sql,
    tenantId,
    (tx) => tx`update operations set beat_at = clock_timestamp() where operation_id = ${id}
      and state = 'running' returning 1`,
  );
  return rows.length > 0;
}

type Done = { readonly id: string; readonly number: number; readonly leg: Leg };

async function record({ sql }: OperationDeps, tenantId: string, done: Done): Promise<void> {
  const { id, number, leg } = done;
  await inTenant(
    sql,
    tenantId,
    (tx) => tx`update operation_legs set leg = ${JSON.stringify(leg)}::text::json
      where operation_id = ${id} and number = ${number}`,
  );
}
