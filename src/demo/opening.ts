/**
 * Simulated accounts that people open at the demo's brokers, beside the demo's own.
 * Invariants: the broker knows the account before the ledger does, and the gateway serves it before
 * an owner reads it; what was opened is served again after a restart.
 */
import type { AccountRef, PositionMode } from "../domain/account.ts";
import { LockstepError } from "../domain/errors.ts";
import { type Fixed, formatFixed, ONE } from "../domain/fixed.ts";
import { partitionOf } from "../domain/ids.ts";
import type { SimulatedBroker } from "../gateway/simulator/broker.ts";
import type { SimulatorGateway } from "../gateway/simulator/gateway.ts";
import { accountRefOf, brokerIdOf, tenantIdOf } from "../hub/enrol.ts";
import { recordAudit } from "../identity/audit/record.ts";
import type { Principal } from "../identity/principal.ts";
import { inTenant, type Queries, type Sql } from "../platform/postgres.ts";
import { openedBy } from "./visitor.ts";

export type NewSimulated = {
  readonly broker: string;
  readonly name: string;
  readonly currency: string;
  readonly positionMode: PositionMode;
  readonly leverage: Fixed;
  readonly balance: Fixed;
};

export type OpeningParts = {
  readonly sql: Sql;
  readonly tenant: string;
  readonly brokers: readonly { readonly name: string; readonly broker: SimulatedBroker }[];
  /** By the broker's id in the ledger. */
  readonly gateways: ReadonlyMap<string, SimulatorGateway>;
  /** A number below the given one. */
  readonly random: (below: number) => number;
};

export const SIMULATED_CURRENCIES = ["EUR", "GBP", "USD"] as const;
const OPENED_MAX = 500;
const NAME_MAX = 100;
const BALANCE_MAX = 10_000_000n * ONE;
const LEVERAGE_MAX = 1_000n * ONE;
const LOGINS = 9_000_000;
const LOGIN_FIRST = 1_000_000;

export class SimulatedAccounts {
  readonly #parts: OpeningParts;

  constructor(parts: OpeningParts) {
    this.#parts = parts;
  }

  get brokers(): readonly string[] {
    return this.#parts.brokers.map(({ name }) => name);
  }

  /** Serves what was opened before this process; to be called before the hub starts. */
  async attachKnown(own: ReadonlySet<string>): Promise<void> {
    const tenantId = tenantIdOf(this.#parts.tenant);
    for (const { name, broker } of this.#parts.brokers) {
      const brokerId = brokerIdOf(this.#parts.tenant, name);
      const rows = await inTenant(
        this.#parts.sql,
        tenantId,
        (tx) => tx<{ login: string }[]>`
          select login from accounts where broker_id = ${brokerId}`,
      );
      for (const { login } of rows) {
        const account = accountRefOf(this.#parts.tenant, { broker: name, login });
        if (own.has(account.accountId) || !knows(broker, login)) continue;
        this.#parts.gateways.get(brokerId)?.attach(account);
        openedBy(null, account.accountId);
      }
    }
  }

  /** The account's id. BAD_INPUT names the field; LIMIT_REACHED where there are many already. */
  async open(by: Principal, wanted: NewSimulated): Promise<string> {
    const at = this.#parts.brokers.find(({ name }) => name === wanted.broker);
    refuseMisshapen(wanted);
    if (at === undefined) throw bad("broker", `one of ${this.brokers.join(", ")}`);
    const login = String(LOGIN_FIRST + this.#parts.random(LOGINS));
    const account = accountRefOf(this.#parts.tenant, { broker: at.name, login });
    if (knows(at.broker, login)) throw bad("login", "another attempt: the number is taken");
    const { currency, positionMode, leverage, balance } = wanted;
    await inTenant(this.#parts.sql, by.tenantId, async (tx) => {
      await refuseTooMany(tx);
      at.broker.openAccount({ login, currency, positionMode, leverage, balance, credit: 0n });
      this.#parts.gateways.get(account.brokerId)?.attach(account);
      await enter(tx, by, { account, wanted });
    });
    openedBy(by, account.accountId);
    return account.accountId;
  }
}

function knows(broker: SimulatedBroker, login: string): boolean {
  try {
    broker.terms(login);
    return true;
  } catch (error) {
    if (error instanceof LockstepError && error.code === "UNKNOWN_ACCOUNT") return false;
    throw error;
  }
}

async function refuseTooMany(tx: Queries): Promise<void> {
  const [row] = await tx<{ many: number }[]>`
    select count(*)::int as many from accounts join brokers using (tenant_id, broker_id)
    where gateway = 'simulator'`;
  if ((row?.many ?? 0) < OPENED_MAX) return;
  throw new LockstepError("LIMIT_REACHED", { what: "simulated accounts", most: OPENED_MAX });
}

type Entered = { readonly account: AccountRef; readonly wanted: NewSimulated };

async function enter(tx: Queries, by: Principal, { account, wanted }: Entered): Promise<void> {
  const { tenantId, actor, address } = by;
  const { accountId, brokerId, login } = account;
  const { name, currency, positionMode: mode } = wanted;
  const leverage = formatFixed(wanted.leverage);
  const partition = partitionOf(accountId);
  await tx`insert into accounts (tenant_id, account_id, broker_id, login, name, currency,
      position_mode, leverage, partition)
    values (${tenantId}, ${accountId}, ${brokerId}, ${login}, ${name}, ${currency}, ${mode},
      ${leverage}, ${partition})`;
  if (by.accounts !== "all" && actor.kind === "person") {
    await tx`insert into account_people (tenant_id, account_id, person_id)
      values (${tenantId}, ${accountId}, ${actor.id})`;
  }
  const entry = { tenantId, by: actor.name, address, action: "open account", subject: accountId };
  const after = { ...wanted, leverage, balance: formatFixed(wanted.balance), login };
  await recordAudit(tx, { ...entry, after });
  await tx`insert into ledger_changes (tenant_id, partition) values (${tenantId}, ${partition})`;
}

function refuseMisshapen({ name, currency, leverage, balance }: NewSimulated): void {
  if (name.trim() === "" || name.length > NAME_MAX) {
    throw bad("name", `a name of 1 to ${NAME_MAX} characters`);
  }
  if (!SIMULATED_CURRENCIES.some((one) => one === currency)) {
    throw bad("currency", `one of ${SIMULATED_CURRENCIES.join(", ")}`);
  }
  if (leverage < ONE || leverage > LEVERAGE_MAX) throw bad("leverage", "a number from 1 to 1000");
  if (balance <= 0n || balance > BALANCE_MAX) {
    throw bad("balance", "an amount above 0, and at most 10,000,000");
  }
}

const bad = (field: string, expected: string): LockstepError =>
  new LockstepError("BAD_INPUT", { field, expected });
