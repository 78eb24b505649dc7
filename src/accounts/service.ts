/**
 * Accounts as people keep them: connecting, naming, archiving and bringing back. A running hub reads
 * what has changed within two seconds.
 * Invariants: a change, its audit and the word to the owner are one transaction; the same login at
 * the same broker is one account; what is copied from or into, or still answers, is not archived.
 */
import { LockstepError } from "../domain/errors.ts";
import { type Fixed, formatFixed } from "../domain/fixed.ts";
import { idOf, partitionOf } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import { recordAudit } from "../identity/audit/record.ts";
import { mayReach, type Principal } from "../identity/principal.ts";
import { inTenant, type Queries, type Sql } from "../platform/postgres.ts";
import { type AccountRow, accountIn, brokerOf, busyIn, insertAccount } from "./store.ts";

/** Ways to speak to a broker that an account can be connected through here. */
export const GATEWAYS = ["metatrader"] as const;

export type NewAccount = {
  /** By its name; one that is not known yet is reached through `gateway`. */
  readonly broker: string;
  readonly gateway: (typeof GATEWAYS)[number];
  readonly login: string;
  readonly name: string;
  readonly currency: string;
  readonly positionMode: "hedging" | "netting";
  readonly leverage: Fixed;
};

const LOGIN = /^[\w.-]{1,64}$/;

export class AccountService {
  readonly #sql: Sql;
  readonly #now: () => Instant;

  constructor(sql: Sql, now: () => Instant) {
    this.#sql = sql;
    this.#now = now;
  }

  /** The account's id. BAD_INPUT where it is there already; FORBIDDEN for whom it would not be seen. */
  async connect(by: Principal, wanted: NewAccount): Promise<string> {
    if (!LOGIN.test(wanted.login)) throw bad("login", "the account's number, such as 10023987");
    refuseBlind(by);
    const { tenantId } = by;
    return inTenant(this.#sql, tenantId, async (tx) => {
      const broker = await brokerOf(tx, tenantId, wanted);
      if (by.mode === "test" && broker.gateway !== "simulator")
        throw new LockstepError("FORBIDDEN");
      const id = idOf("account", broker.id, wanted.login);
      const { login, name, currency, positionMode, leverage } = wanted;
      const row = { id, brokerId: broker.id, login, name, currency, positionMode };
      const facts = { ...row, leverage: formatFixed(leverage), partition: partitionOf(id) };
      if (!(await insertAccount(tx, tenantId, facts))) {
        throw bad("login", "an account that is not connected yet");
      }
      if (by.accounts !== "all") {
        await tx`insert into account_people (tenant_id, account_id, person_id)
          values (${tenantId}, ${id}, ${by.actor.id})`;
      }
      const after = { broker: wanted.broker, login, name, currency, positionMode };
      await told(tx, by, { id, partition: facts.partition, action: "connect account", after });
      return id;
    });
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

/** A key of some accounts could not see the new one. */
function refuseBlind({ accounts, actor }: Principal): void {
  if (accounts === "all" || actor.kind === "person") return;
  throw new LockstepError("FORBIDDEN", { why: "this key is for some accounts only" });
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

const bad = (field: string, expected: string): LockstepError =>
  new LockstepError("BAD_INPUT", { field, expected });
