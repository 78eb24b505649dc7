/**
 * Pairing MetaTrader terminals, for whoever asks: a person at the portal, a key, the command line.
 * Invariants: an account that is not the principal's is not there; what is known of an account is
 * never changed by linking it again; a code is shown once and kept nowhere in the clear; whatever
 * changes something is audited by who asked, and from where.
 */
import { randomBytes } from "node:crypto";
import type { AccountRef, PositionMode } from "../domain/account.ts";
import { LockstepError } from "../domain/errors.ts";
import { type Fixed, formatFixed, ONE, parseFixed } from "../domain/fixed.ts";
import { idOf, partitionOf } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import { type PairedTerminal, PostgresDevices } from "../gateway/metatrader/device-store.ts";
import { handOutCode } from "../gateway/metatrader/pairing.ts";
import { recordAudit } from "../identity/audit/record.ts";
import { mayReach, type Principal } from "../identity/principal.ts";
import type { Clock } from "../platform/clock.ts";
import { inTenant, type Queries, type Sql } from "../platform/postgres.ts";
import type { Sealer } from "../platform/sealed.ts";

export type { PairedTerminal } from "../gateway/metatrader/device-store.ts";

/** What is not given is as it is known here, else hedging, USD and 1:100. */
export type LinkedAccount = {
  readonly broker: string;
  readonly login: string;
  /** What it is called here; its number unless told. */
  readonly name?: string | undefined;
  readonly mode?: PositionMode | undefined;
  readonly currency?: string | undefined;
  readonly leverage?: Fixed | undefined;
};

export type PairingOffer = {
  readonly accountId: string;
  /** The device that will come of it, and by which its progress is asked. */
  readonly device: string;
  /** As it is typed at the terminal. */
  readonly code: string;
  readonly expiresAt: Instant;
};

export type PairingProgress = {
  readonly accountId: string;
  readonly state: "waiting" | "expired" | "withdrawn" | "paired" | "revoked";
  readonly expiresAt: Instant;
};

type Account = {
  readonly account_id: string;
  readonly broker_id: string;
  readonly login: string;
  readonly gateway: string;
  readonly position_mode: PositionMode;
  readonly currency: string;
  readonly leverage: string;
  readonly is_archived: boolean;
};

const DEFAULTS = { mode: "hedging", currency: "USD", leverage: 100n * ONE } as const;
const NAME_MAX = 100;
const LEVERAGE_MAX = 100_000n * ONE;

export class PairingService {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #devices: PostgresDevices;

  constructor(sql: Sql, sealer: Sealer, clock: Clock) {
    this.#sql = sql;
    this.#clock = clock;
    this.#devices = new PostgresDevices(sql, sealer);
  }

  /**
   * Enters an account that speaks through a terminal, or finds it. It is its enterer's, where that is
   * a person with accounts of their own. BAD_INPUT names the field; FORBIDDEN for a key that may not
   * reach what it would make.
   */
  async link(by: Principal, wanted: LinkedAccount): Promise<AccountRef> {
    refuseMisshapen(wanted);
    const { tenantId } = by;
    const brokerId = idOf("broker", tenantId, wanted.broker);
    const accountId = idOf("account", brokerId, wanted.login);
    await inTenant(this.#sql, tenantId, async (tx) => {
      const made = await enter(tx, by, wanted, { brokerId, accountId });
      const account = await accountOf(tx, accountId);
      if (account === undefined || (!made && !mayReach(by, accountId))) throw taken();
      refuseOtherGateway(account);
      refuseContrary(account, wanted);
    });
    return { tenantId, accountId, brokerId, login: wanted.login };
  }

  /** NOT_FOUND for an account that is not the principal's, BAD_INPUT where no terminal speaks for it. */
  async offer(by: Principal, accountId: string): Promise<PairingOffer> {
    const { tenantId } = by;
    const account = mayReach(by, accountId)
      ? await inTenant(this.#sql, tenantId, (tx) => accountOf(tx, accountId))
      : undefined;
    if (account === undefined) {
      throw new LockstepError("NOT_FOUND", { accountId, expected: "one of your accounts" });
    }
    refuseTest(by);
    refuseOtherGateway(account);
    refuseArchived(account);
    const { broker_id: brokerId, login } = account;
    const deps = { store: this.#devices, clock: this.#clock, random: randomBytes };
    const { id, code, expiresAt } = await handOutCode(
      deps,
      { tenantId, accountId, brokerId, login },
      { name: by.actor.name, address: by.address },
    );
    return { accountId, device: id, code, expiresAt };
  }

  /** How far a code has come. NOT_FOUND where there is none, or its account is not the principal's. */
  async progress(by: Principal, device: string): Promise<PairingProgress> {
    const found = await this.#devices.progress(by.tenantId, device);
    if (found === null || !mayReach(by, found.accountId)) throw noDevice(device);
    const { revokedAt, pairedAt, usedAt, ...rest } = found;
    if (revokedAt !== null) return { ...rest, state: "revoked" };
    if (pairedAt !== null) return { ...rest, state: "paired" };
    if (usedAt !== null) return { ...rest, state: "withdrawn" };
    return { ...rest, state: found.expiresAt < this.#clock.now() ? "expired" : "waiting" };
  }

  /** All terminals that were ever paired for the principal's accounts, newest first. */
  async devices(by: Principal): Promise<readonly PairedTerminal[]> {
    const accounts = by.accounts === "all" ? null : [...by.accounts];
    return by.mode === "test" ? [] : this.#devices.list(by.tenantId, accounts);
  }

  /** Ends a pairing for good, or a code that waits for one. NOT_FOUND as in `progress`. */
  async revoke(by: Principal, device: string): Promise<{ readonly login: string }> {
    const found = await this.#devices.progress(by.tenantId, device);
    if (found === null || !mayReach(by, found.accountId)) throw noDevice(device);
    refuseTest(by);
    const whom = { name: by.actor.name, address: by.address };
    const ended = await this.#devices.revoke(by.tenantId, device, whom);
    if (ended === null) throw noDevice(device);
    return ended;
  }
}

type Ids = { readonly brokerId: string; readonly accountId: string };

/** False where it is here already. */
async function enter(
  tx: Queries,
  by: Principal,
  wanted: LinkedAccount,
  { brokerId, accountId }: Ids,
): Promise<boolean> {
  const { tenantId, actor, address } = by;
  const { broker, login, name = login } = wanted;
  const { mode, currency, leverage } = { ...DEFAULTS, ...given(wanted) };
  if ((await accountOf(tx, accountId)) !== undefined) return false;
  refuseTest(by);
  if (by.accounts !== "all" && actor.kind !== "person") {
    throw new LockstepError("FORBIDDEN", { expected: "a person signed in, to link a new account" });
  }
  await tx`insert into brokers (tenant_id, broker_id, name, gateway)
    values (${tenantId}, ${brokerId}, ${broker}, 'metatrader') on conflict do nothing`;
  const made = await tx`
    insert into accounts (tenant_id, account_id, broker_id, login, name, currency, position_mode,
      leverage, partition)
    values (${tenantId}, ${accountId}, ${brokerId}, ${login}, ${name}, ${currency}, ${mode},
      ${formatFixed(leverage)}, ${partitionOf(accountId)}) on conflict do nothing returning 1`;
  if (made.length === 0) return false;
  // Whoever owns the partition takes it up.
  await tx`insert into ledger_changes (tenant_id, partition)
    values (${tenantId}, ${partitionOf(accountId)})`;
  if (by.accounts !== "all") {
    await tx`insert into account_people (tenant_id, account_id, person_id)
      values (${tenantId}, ${accountId}, ${actor.id})`;
  }
  const after = { broker, login, name, mode, currency, leverage: formatFixed(leverage) };
  const entry = { tenantId, by: actor.name, address, action: "link account", subject: accountId };
  await recordAudit(tx, { ...entry, after });
  return true;
}

function given({ mode, currency, leverage }: LinkedAccount) {
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(currency === undefined ? {} : { currency }),
    ...(leverage === undefined ? {} : { leverage }),
  };
}

async function accountOf(tx: Queries, accountId: string): Promise<Account | undefined> {
  const [row] = await tx<Account[]>`
    select account_id, broker_id, login, gateway, position_mode, currency, leverage::text,
      archived_at is not null as is_archived
    from accounts join brokers using (tenant_id, broker_id) where account_id::text = ${accountId}`;
  return row;
}

function refuseMisshapen({ broker, login, name, currency, leverage }: LinkedAccount): void {
  const words = (text: string): boolean => text.trim() !== "" && text.length <= NAME_MAX;
  const faults = {
    broker: words(broker) ? null : `1 to ${NAME_MAX} characters`,
    login: /^[\w.-]{1,64}$/.test(login) ? null : "the account's number, for example 10023987",
    name: name === undefined || words(name) ? null : `1 to ${NAME_MAX} characters`,
    currency:
      currency === undefined || /^[A-Z]{3}$/.test(currency) ? null : "three capitals, like EUR",
    leverage:
      leverage === undefined || (leverage > 0n && leverage <= LEVERAGE_MAX)
        ? null
        : "100 for 1:100",
  };
  for (const [field, expected] of Object.entries(faults)) {
    if (expected !== null) throw new LockstepError("BAD_INPUT", { field, expected });
  }
}

/** Deals were reckoned by what is known: a terminal cannot make it another account. */
function refuseContrary(known: Account, { mode, currency, leverage }: LinkedAccount): void {
  const pairs = [
    ["mode", mode, known.position_mode],
    ["currency", currency, known.currency],
    ["leverage", leverage && formatFixed(leverage), formatFixed(parseFixed(known.leverage))],
  ] as const;
  for (const [field, value, held] of pairs) {
    if (value === undefined || value === held) continue;
    const expected = `${held}, as the account is known here`;
    throw new LockstepError("BAD_INPUT", { field, value, expected });
  }
}

function refuseOtherGateway({ gateway }: Account): void {
  if (gateway === "metatrader") return;
  const expected = "an account that speaks through a MetaTrader terminal";
  throw new LockstepError("BAD_INPUT", { field: "account", gateway, expected });
}

function refuseArchived({ is_archived }: Account): void {
  if (!is_archived) return;
  const expected = "an account that is not archived: restore it first";
  throw new LockstepError("BAD_INPUT", { field: "account", expected });
}

function refuseTest({ mode }: Principal): void {
  if (mode === "live") return;
  throw new LockstepError("FORBIDDEN", { expected: "a live key: terminals are real accounts" });
}

const taken = (): LockstepError =>
  new LockstepError("BAD_INPUT", {
    field: "login",
    expected: "an account that is not in the hub yet, or is one of yours",
  });

const noDevice = (device: string): LockstepError =>
  new LockstepError("NOT_FOUND", { what: "device", device });
