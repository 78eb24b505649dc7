/**
 * Where an account's terminal has to connect: to the process that owns its partition. Read for all
 * partitions at once and kept for a moment, since a thousand terminals may ask at the same time.
 * Invariant: an account whose owner is not known, has no bridge or is this process is served here.
 */
import type { AccountRef } from "../../domain/account.ts";
import { partitionOf } from "../../domain/ids.ts";
import type { Sql } from "../../platform/postgres.ts";
import type { Carrier, Elsewhere } from "./conversation.ts";

const KEPT_MS = 500;

export type Place = {
  readonly host: string;
  readonly port: number | null;
  readonly httpPort: number | null;
  readonly tls: boolean;
};

type PlaceRow = {
  readonly partition: number;
  readonly host: string;
  readonly port: number | null;
  readonly http_port: number | null;
  readonly tls: boolean;
};

export class TerminalPlaces {
  readonly #sql: Sql;
  readonly #owner: string;
  readonly #monotonicMs: () => number;
  #read: Promise<ReadonlyMap<number, PlaceRow>> | null = null;
  #readAt = 0;

  constructor(sql: Sql, owner: string, monotonicMs: () => number) {
    this.#sql = sql;
    this.#owner = owner;
    this.#monotonicMs = monotonicMs;
  }

  /** Tells the others where this process is; what processes that have gone left is cleared away. */
  async announce({ host, port, httpPort, tls }: Place): Promise<void> {
    await this.#sql`
      with gone as (delete from terminal_places p where owner <> ${this.#owner}
        and not exists (select from processes o where o.owner = p.owner))
      insert into terminal_places (owner, host, port, http_port, tls)
        values (${this.#owner}, ${host}, ${port}, ${httpPort}, ${tls})
      on conflict (owner) do update set host = excluded.host, port = excluded.port,
        http_port = excluded.http_port, tls = excluded.tls`;
  }

  async withdraw(): Promise<void> {
    await this.#sql`delete from terminal_places where owner = ${this.#owner}`;
  }

  /** null: here. */
  async of({ accountId }: AccountRef, carrier: Carrier): Promise<Elsewhere | null> {
    const row = (await this.#places()).get(partitionOf(accountId));
    const port = carrier === "tcp" ? row?.port : row?.http_port;
    if (row === undefined || port === undefined || port === null) return null;
    return { host: row.host, port, tls: row.tls };
  }

  #places(): Promise<ReadonlyMap<number, PlaceRow>> {
    const now = this.#monotonicMs();
    if (this.#read === null || now - this.#readAt > KEPT_MS) {
      this.#readAt = now;
      this.#read = this.#query();
      // What failed is asked again by the next one.
      this.#read.catch(() => {
        this.#read = null;
      });
    }
    return this.#read;
  }

  async #query(): Promise<ReadonlyMap<number, PlaceRow>> {
    const rows = await this.#sql<PlaceRow[]>`
      select l.partition, p.host, p.port, p.http_port, p.tls
      from leases l join terminal_places p on p.owner = l.owner
      where l.owner <> ${this.#owner} and l.expires_at > clock_timestamp()`;
    return new Map(rows.map((row) => [row.partition, row]));
  }
}
