/** Devices and pairing codes in Postgres, their keys and secrets sealed. */
import type { AccountRef, PositionMode } from "../../domain/account.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import { recordAudit } from "../../identity/audit/record.ts";
import { pgArray } from "../../platform/columns.ts";
import { inTenant, type Sql } from "../../platform/postgres.ts";
import type { Sealer } from "../../platform/sealed.ts";
import type { Device, DeviceStore, NewDevice, Offer } from "./devices.ts";
import type { PairingCode } from "./proofs.ts";

type AccountRow = {
  readonly account_id: string;
  readonly broker_id: string;
  readonly login: string;
  readonly position_mode: PositionMode;
};

/** Who asks, and from where, for the audit. */
export type Whom = { readonly name: string; readonly address: string | null };

export type NewOffer = {
  readonly account: AccountRef;
  readonly code: PairingCode;
  readonly expiresAt: Instant;
  readonly by: Whom;
};

/** What became of a pairing code; `usedAt` without `pairedAt`: it was withdrawn. */
export type OfferProgress = {
  readonly accountId: string;
  readonly expiresAt: Instant;
  readonly usedAt: Instant | null;
  readonly pairedAt: Instant | null;
  readonly revokedAt: Instant | null;
};

export type PairedTerminal = {
  readonly device: string;
  readonly accountId: string;
  readonly broker: string;
  readonly login: string;
  readonly platform: string;
  readonly server: string;
  readonly pairedAt: Instant;
  readonly revokedAt: Instant | null;
};

export class PostgresDevices implements DeviceStore {
  readonly #sql: Sql;
  readonly #sealer: Sealer;

  constructor(sql: Sql, sealer: Sealer) {
    this.#sql = sql;
    this.#sealer = sealer;
  }

  async device(id: string): Promise<Device | null> {
    const tenantId = await this.#tenant(id);
    if (tenantId === null) return null;
    const [row] = await inTenant(
      this.#sql,
      tenantId,
      (tx) => tx<(AccountRow & Record<string, unknown>)[]>`
        select a.account_id, a.broker_id, a.login, a.position_mode, d.server, d.key,
          d.revoked_at is not null as revoked, newest.epoch, newest.run
        from devices d
        join accounts a using (tenant_id, account_id)
        cross join lateral (select epoch, run from devices o where o.tenant_id = d.tenant_id
          and o.account_id = d.account_id order by epoch desc limit 1) newest
        where d.tenant_id = ${tenantId} and d.device_id = ${id}`,
    );
    if (row === undefined) return null;
    return {
      id,
      account: refOf(tenantId, row),
      mode: row.position_mode,
      server: String(row["server"]),
      key: this.#sealer.open(String(row["key"]), [tenantId, "devices", id]),
      revoked: row["revoked"] === true,
      epoch: Number(row["epoch"]),
      run: String(row["run"]),
    };
  }

  async offer(id: string): Promise<Offer | null> {
    const tenantId = await this.#tenant(id);
    if (tenantId === null) return null;
    const [row] = await inTenant(
      this.#sql,
      tenantId,
      (tx) => tx<(AccountRow & { readonly secret: string; readonly expires_at: Date })[]>`
        select a.account_id, a.broker_id, a.login, a.position_mode, c.secret, c.expires_at
        from pairing_codes c join accounts a using (tenant_id, account_id)
        where c.tenant_id = ${tenantId} and c.code_id = ${id} and c.used_at is null`,
    );
    if (row === undefined) return null;
    return {
      id,
      account: refOf(tenantId, row),
      mode: row.position_mode,
      secret: this.#sealer.open(row.secret, [tenantId, "pairing_codes", id]).toString("ascii"),
      expiresAt: row.expires_at.getTime(),
    };
  }

  async pair(device: NewDevice): Promise<boolean> {
    const { id, account, server, platform, key, at } = device;
    const { tenantId, accountId } = account;
    const sealed = this.#sealer.seal(key, [tenantId, "devices", id]);
    return inTenant(this.#sql, tenantId, async (tx) => {
      const paired = await tx`
        with used as (update pairing_codes set used_at = ${formatInstant(at)}, secret = ''
          where tenant_id = ${tenantId} and code_id = ${id} and used_at is null
          returning code_id)
        insert into devices (tenant_id, device_id, account_id, server, platform, key, paired_at)
          select ${tenantId}, code_id, ${accountId}, ${server}, ${platform}, ${sealed},
            ${formatInstant(at)} from used returning device_id`;
      if (paired.length === 0) return false;
      const by = `terminal ${id}`;
      await recordAudit(tx, { tenantId, by, address: null, action: "pair", subject: accountId });
      return true;
    });
  }

  async ran({ id, account: { tenantId } }: Device, epoch: number, run: string): Promise<void> {
    await inTenant(
      this.#sql,
      tenantId,
      (tx) => tx`update devices set epoch = ${epoch}, run = ${run}
        where tenant_id = ${tenantId} and device_id = ${id}
          and (epoch < ${epoch} or (epoch = ${epoch} and run <> ${run}))`,
    );
  }

  /** One statement for each tenant that has a terminal connected. */
  async revoked(devices: readonly Device[]): Promise<ReadonlySet<string>> {
    const byTenant = new Map<string, string[]>();
    for (const { id, account } of devices) {
      const ids = byTenant.get(account.tenantId);
      if (ids === undefined) byTenant.set(account.tenantId, [id]);
      else ids.push(id);
    }
    const found = new Set<string>();
    for (const [tenantId, ids] of byTenant) {
      const rows = await inTenant(
        this.#sql,
        tenantId,
        (tx) => tx<{ readonly device_id: string }[]>`
          select device_id from devices where tenant_id = ${tenantId}
            and revoked_at is not null and device_id = any(${pgArray(ids)}::text[])`,
      );
      for (const { device_id: id } of rows) found.add(id);
    }
    return found;
  }

  /** Ends a pairing or an unused code for good; null where there is none, or it was ended before. */
  async revoke(tenantId: string, id: string, by: Whom): Promise<{ login: string } | null> {
    return inTenant(this.#sql, tenantId, async (tx) => {
      const [row] = await tx<{ readonly login: string; readonly subject: string }[]>`
        with ended as (update devices set revoked_at = clock_timestamp()
          where tenant_id = ${tenantId} and device_id = ${id} and revoked_at is null
          returning account_id),
        withdrawn as (update pairing_codes set used_at = clock_timestamp(), secret = ''
          where tenant_id = ${tenantId} and code_id = ${id} and used_at is null
          returning account_id)
        select login, account_id::text as subject
        from (select account_id from ended union all select account_id from withdrawn) e
          join accounts using (account_id) where tenant_id = ${tenantId}`;
      if (row === undefined) return null;
      const { login, subject } = row;
      const { name, address } = by;
      await recordAudit(tx, { tenantId, by: name, address, action: "revoke-terminal", subject });
      return { login };
    });
  }

  /** Null where there is no such code. */
  async progress(tenantId: string, id: string): Promise<OfferProgress | null> {
    const [row] = await inTenant(
      this.#sql,
      tenantId,
      (tx) => tx<Record<string, unknown>[]>`
        select c.account_id, c.expires_at, c.used_at, d.paired_at, d.revoked_at
        from pairing_codes c left join devices d
          on d.tenant_id = c.tenant_id and d.device_id = c.code_id
        where c.tenant_id = ${tenantId} and c.code_id = ${id}`,
    );
    if (row === undefined) return null;
    return {
      accountId: String(row["account_id"]),
      expiresAt: (row["expires_at"] as Date).getTime(),
      usedAt: instantOf(row["used_at"]),
      pairedAt: instantOf(row["paired_at"]),
      revokedAt: instantOf(row["revoked_at"]),
    };
  }

  /** All that were ever paired for these accounts (null: for any), newest first. */
  async list(
    tenantId: string,
    accounts: readonly string[] | null = null,
  ): Promise<readonly PairedTerminal[]> {
    const rows = await inTenant(
      this.#sql,
      tenantId,
      (tx) => tx<Record<string, unknown>[]>`
        select d.device_id, d.account_id, b.name as broker, a.login, d.platform, d.server,
          d.paired_at, d.revoked_at
        from devices d join accounts a using (tenant_id, account_id)
          join brokers b using (tenant_id, broker_id)
        where d.tenant_id = ${tenantId}
          and (${accounts === null} or d.account_id = any(${pgArray(accounts ?? [])}::uuid[]))
        order by d.paired_at desc limit 1000`,
    );
    return rows.map((row) => ({
      device: String(row["device_id"]),
      accountId: String(row["account_id"]),
      broker: String(row["broker"]),
      login: String(row["login"]),
      platform: String(row["platform"]),
      server: String(row["server"]),
      pairedAt: (row["paired_at"] as Date).getTime(),
      revokedAt: instantOf(row["revoked_at"]),
    }));
  }

  /** False where the id is taken: another code has to be drawn. */
  async keepOffer({ account, code, expiresAt, by }: NewOffer): Promise<boolean> {
    const { tenantId, accountId } = account;
    if ((await this.#tenant(code.id)) !== null) return false;
    const facts = [tenantId, "pairing_codes", code.id];
    const sealed = this.#sealer.seal(Buffer.from(code.secret, "ascii"), facts);
    await inTenant(this.#sql, tenantId, async (tx) => {
      await tx`insert into pairing_codes
          (tenant_id, code_id, account_id, secret, by_whom, expires_at)
        values (${tenantId}, ${code.id}, ${accountId}, ${sealed}, ${by.name}, ${formatInstant(expiresAt)})`;
      const action = "offer-pairing";
      const { name, address } = by;
      await recordAudit(tx, { tenantId, by: name, address, action, subject: accountId });
    });
    return true;
  }

  async #tenant(id: string): Promise<string | null> {
    const [row] = await this.#sql<{ readonly tenant_id: string }[]>`
      select tenant_of_device as tenant_id from tenant_of_device(${id})`;
    return row?.tenant_id ?? null;
  }
}

const instantOf = (value: unknown): Instant | null =>
  value === null ? null : (value as Date).getTime();

function refOf(tenantId: string, row: AccountRow): AccountRef {
  return {
    tenantId,
    accountId: row.account_id,
    brokerId: row.broker_id,
    login: row.login,
  };
}
