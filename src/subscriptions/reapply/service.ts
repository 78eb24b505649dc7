/**
 * Asks for the rules of now to be applied to what a subscription has open, and tells what became of
 * it. Open positions keep the rules that they were opened under unless somebody asks here.
 * Invariants: the asking and its audit are one transaction; the account's owner answers once; of a dry
 * run nothing is changed and nothing is audited.
 */
import { LockstepError } from "../../domain/errors.ts";
import { recordAudit } from "../../identity/audit/record.ts";
import { mayReach, type Principal } from "../../identity/principal.ts";
import { inTenant, type Queries, type Sql } from "../../platform/postgres.ts";

export type Asking = { readonly reason: string; readonly dryRun: boolean };

/** What is done to one copy, or would be, with lots and prices as decimal text. */
export type AppliedLeg = {
  readonly position: string;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly held: string;
  readonly close: string;
  readonly cap: string | null;
  readonly stops: { readonly stopLoss: string | null; readonly takeProfit: string | null } | null;
  /** Why something of it was left alone. */
  readonly skipped: string | null;
  readonly words: string;
};

export type Application = {
  readonly requestId: string;
  readonly dryRun: boolean;
  readonly state: "waiting" | "done" | "refused";
  readonly words: string;
  readonly rulesVersion: number | null;
  readonly reason: string;
  readonly byWhom: string;
  readonly at: string;
  readonly legs: readonly AppliedLeg[];
};

const LISTED = 50;
const WAITS = "waits for the owner of its account";

type Row = {
  readonly request_id: string;
  readonly dry_run: boolean;
  readonly is_done: boolean | null;
  readonly words: string | null;
  readonly rules_version: number | null;
  readonly reason: string;
  readonly by_whom: string;
  readonly at: Date;
  readonly legs: AppliedLeg[] | null;
};

export class ReapplyService {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The request's id. NOT_FOUND, or BAD_INPUT without a reason or where the subscription is stopped. */
  async ask(by: Principal, id: string, { reason, dryRun }: Asking): Promise<string> {
    if (reason.trim() === "") throw bad("reason", "why, in words");
    const { tenantId, actor, address } = by;
    return inTenant(this.#sql, tenantId, async (tx) => {
      const { mode } = await reached(tx, by, id);
      if (mode === "stopped") throw bad("subscription", "one that is not stopped");
      const [row] = await tx<{ id: string; version: number }[]>`
        insert into rules_requests (tenant_id, request_id, subscription_id, partition, dry_run,
          rules_version, by_whom, reason)
        select ${tenantId}, gen_random_uuid(), s.subscription_id, s.partition, ${dryRun},
          (select max(version) from subscription_rules r where r.subscription_id = ${id}),
          ${actor.name}, ${reason}
        from subscriptions s where s.subscription_id = ${id}
        returning request_id as id, rules_version as version`;
      if (row === undefined) throw missing();
      if (dryRun) return row.id;
      const entry = { tenantId, by: actor.name, address, action: "apply rules", subject: id };
      const after = { request: row.id, version: row.version, reason };
      await recordAudit(tx, { ...entry, before: null, after });
      return row.id;
    });
  }

  /** The newest first; NOT_FOUND without such a subscription. */
  async applications(by: Principal, id: string): Promise<readonly Application[]> {
    const rows = await inTenant(this.#sql, by.tenantId, async (tx) => {
      await reached(tx, by, id);
      return tx<Row[]>`
        select r.request_id, r.dry_run, a.is_done, a.words, a.rules_version, r.reason, r.by_whom,
          r.at, a.legs
        from rules_requests r left join rules_answers a using (tenant_id, request_id)
        where r.subscription_id = ${id} order by r.at desc, r.request_id limit ${LISTED}`;
    });
    return rows.map((row) => ({
      ...{ requestId: row.request_id, dryRun: row.dry_run, rulesVersion: row.rules_version },
      ...{ reason: row.reason, byWhom: row.by_whom, at: row.at.toISOString() },
      state: row.is_done === null ? "waiting" : row.is_done ? "done" : "refused",
      words: row.words ?? WAITS,
      legs: row.legs ?? [],
    }));
  }
}

async function reached(tx: Queries, by: Principal, id: string): Promise<{ mode: string }> {
  const [row] = await tx<{ account_id: string; mode: string }[]>`
    select account_id, mode from subscriptions where subscription_id = ${id}`;
  if (row === undefined || !mayReach(by, row.account_id)) throw missing();
  return row;
}

const missing = (): LockstepError => new LockstepError("NOT_FOUND", { what: "subscription" });
const bad = (field: string, expected: string): LockstepError =>
  new LockstepError("BAD_INPUT", { field, expected });
