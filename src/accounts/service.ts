/**
 * Accounts as people keep them: naming, archiving and bringing back (src/pairing links new ones). A
 * running hub reads what has changed within two seconds.
 * Invariants: a change, its audit and the word to the owner are one transaction; what is copied from
 * or into, or still answers, is not archived.
 */
import { LockstepError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import { recordAudit } from "../identity/audit/record.ts";
import { mayReach, type Principal } from "../identity/principal.ts";
import { inTenant, type Queries, type Sql } from "../platform/postgres.ts";
import { type AccountRow, accountIn, busyIn } from "./store.ts";

export class AccountService {
  readonly #sql: Sql;
  readonly #now: () => Instant;

  constructor(sql: Sql, now: () => Instant) {
    this.#sql = sql;
    this.#now = now;
  }

  async rename(by: Principal, id: string, name: string): Promise<void> {
    await this.#change(by, id, async (tx, row) => {
      if (row.name === name) return;
      await tx`update accounts set name = ${name} where account_id = ${id}`;
      const change = { before: { name: row.name }, after: { name } };
      await told(tx, by, { id, partition: row.partition, action: "rename account", ...change });
    });
  }

  /** Served by nobody from then on; its terminals are let go. IN_USE where something still runs. */
  async archive(by: Principal, id: string, reason: string): Promise<void> {
    await this.#change(by, id, async (tx, row) => {
      if (row.archived_at !== null) return;
      const busy = await busyIn(tx, id);
      if (busy !== null) throw new LockstepError("IN_USE", { what: busy });
      const at = new Date(this.#now());
      await tx`update accounts set archived_at = ${at} where account_id = ${id}`;
      await tx`update devices set revoked_at = ${at}
        where account_id = ${id} and revoked_at is null`;
      const change = { after: { reason } };
      await told(tx, by, { id, partition: row.partition, action: "archive account", ...change });
    });
  }

  /** Terminals have to be paired anew. */
  async restore(by: Principal, id: string, reason: string): Promise<void> {
    await this.#change(by, id, async (tx, row) => {
      if (row.archived_at === null) return;
      await tx`update accounts set archived_at = null where account_id = ${id}`;
      const change = { after: { reason } };
      await told(tx, by, { id, partition: row.partition, action: "restore account", ...change });
    });
  }

  async #change(
    by: Principal,
    id: string,
    change: (tx: Queries, row: AccountRow) => Promise<void>,
  ): Promise<void> {
    await inTenant(this.#sql, by.tenantId, async (tx) => {
      const row = await accountIn(tx, id);
      const isOut = by.mode === "test" && row?.gateway !== "simulator";
      if (row === null || isOut || !mayReach(by, id)) {
        throw new LockstepError("NOT_FOUND", { what: "account" });
      }
      await change(tx, row);
    });
  }
}

type Change = {
  readonly id: string;
  readonly partition: number;
  readonly action: string;
  readonly before?: object;
  readonly after: object;
};

async function told(tx: Queries, by: Principal, change: Change): Promise<void> {
  const { tenantId, actor, address } = by;
  const { id: subject, partition, action, before = null, after } = change;
  await recordAudit(tx, { tenantId, by: actor.name, address, action, subject, before, after });
  await tx`insert into ledger_changes (tenant_id, partition) values (${tenantId}, ${partition})`;
}
