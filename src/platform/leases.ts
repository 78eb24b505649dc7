/**
 * Which partitions this process owns. Every partition has one lease row whose fence rises with each
 * change of owner. Leases live on the database's clock; the local deadline is monotonic and counts
 * from before the request, less a margin, so that this process stops before the lease can end.
 * Invariant: fence(p) is a number only while no other process can own p.
 */

import { PARTITION_COUNT } from "../domain/ids.ts";
import { pgArray } from "./columns.ts";
import { PARTITION_LOCK } from "./fenced.ts";
import type { Sql } from "./postgres.ts";
import { transaction } from "./transaction.ts";

export type Lease = { readonly partition: number; readonly fence: number };

/** Who asks: leases that it takes or renews end this long after. */
export type Holder = { readonly owner: string; readonly slot: string; readonly ttlMs: number };

/** The leases of all processes, on the clock of whatever keeps them. */
export interface LeaseStore {
  /** Says that this process lives; answers the slots of the others that do. */
  announce(holder: Holder): Promise<{ readonly others: readonly string[]; readonly at: Date }>;
  /** Of these those that are still the holder's, from now on for its time again. */
  renew(
    holder: Holder,
    partitions: readonly number[],
    settled: ReadonlyMap<number, Date>,
  ): Promise<readonly number[]>;
  /** So many of those whose lease has ended, each under a fence that is one higher. */
  take(
    holder: Holder,
    most: number,
    only: ReadonlySet<number> | undefined,
  ): Promise<readonly Lease[]>;
  release(holder: Holder, partitions: readonly number[]): Promise<void>;
  /** The process lives no more. */
  leave(holder: Holder): Promise<void>;
}

export type LeaseOptions = {
  readonly store: LeaseStore;
  readonly owner: string;
  readonly slot: string;
  readonly monotonicMs: () => number;
  readonly ttlMs?: number;
  readonly marginMs?: number;
  /** Partitions this process may own; without it, its fair share of all. */
  readonly only?: ReadonlySet<number>;
  /** False switches the local deadline off, for tests that show what it protects from. */
  readonly deadline?: boolean;
};

export type Turn = {
  readonly taken: readonly Lease[];
  readonly lost: readonly number[];
  /** More than the fair share: to be given up once they are quiet. */
  readonly surplus: readonly number[];
  /** The other live owners' doorbells. */
  readonly otherSlots: readonly string[];
  /** The database's clock at the beginning of the turn. */
  readonly at: Date;
};

export const LEASE_TTL_MS = 3_000;

export class Leases {
  readonly #options: LeaseOptions;
  readonly #holder: Holder;
  readonly #marginMs: number;
  readonly #held = new Map<number, { fence: number; deadline: number }>();
  otherSlots: readonly string[] = [];

  constructor(options: LeaseOptions) {
    this.#options = options;
    const { owner, slot, ttlMs = LEASE_TTL_MS } = options;
    this.#holder = { owner, slot, ttlMs };
    this.#marginMs = options.marginMs ?? Math.round(ttlMs / 6);
  }

  get partitions(): number[] {
    return [...this.#held.keys()];
  }

  /** The fence under which this process may act on the partition now, or null. */
  fence(partition: number): number | null {
    const lease = this.#held.get(partition);
    if (lease === undefined) return null;
    if (this.#options.deadline === false) return lease.fence;
    return this.#options.monotonicMs() < lease.deadline ? lease.fence : null;
  }

  /** Renews what is held, takes what is free up to the fair share; to be called each second. */
  async turn(settled: ReadonlyMap<number, Date> = new Map()): Promise<Turn> {
    const deadline = this.#deadline();
    const { live, at } = await this.#announce();
    const lost = await this.#renew(settled, deadline);
    const fair = this.#options.only?.size ?? Math.ceil(PARTITION_COUNT / Math.max(1, live));
    const taken = await this.#take(fair - this.#held.size);
    for (const { partition, fence } of taken) this.#held.set(partition, { fence, deadline });
    return {
      taken,
      lost,
      surplus: this.partitions.slice(fair),
      otherSlots: this.otherSlots,
      at,
    };
  }

  /** Keeps what is held and takes nothing: for a process that is ending. */
  async renew(): Promise<void> {
    await this.#renew(new Map(), this.#deadline());
  }

  #deadline(): number {
    return this.#options.monotonicMs() + this.#holder.ttlMs - this.#marginMs;
  }

  /** Answers what is no longer held. `deadline` counts from before the request. */
  async #renew(settled: ReadonlyMap<number, Date>, deadline: number): Promise<readonly number[]> {
    const { store } = this.#options;
    const still = new Set(await store.renew(this.#holder, this.partitions, settled));
    const lost = this.partitions.filter((partition) => !still.has(partition));
    for (const partition of lost) this.#held.delete(partition);
    for (const partition of still) this.#extend(partition, deadline);
    return lost;
  }

  /** Gives partitions up at once; the caller has stopped acting on them. */
  async release(partitions: readonly number[]): Promise<void> {
    for (const partition of partitions) this.#held.delete(partition);
    await this.#options.store.release(this.#holder, partitions);
  }

  /** The last act of a process that ends in order. */
  async close(): Promise<void> {
    await this.release(this.partitions);
    await this.#options.store.leave(this.#holder);
  }

  #extend(partition: number, deadline: number): void {
    const lease = this.#held.get(partition);
    if (lease !== undefined) lease.deadline = deadline;
  }

  /** Says that this process lives; answers how many do, and learns the others' slots. */
  async #announce(): Promise<{ readonly live: number; readonly at: Date }> {
    const { others, at } = await this.#options.store.announce(this.#holder);
    this.otherSlots = [...new Set(others)].filter((other) => other !== this.#holder.slot);
    return { live: others.length + 1, at };
  }

  async #take(most: number): Promise<readonly Lease[]> {
    if (most <= 0) return [];
    return this.#options.store.take(this.#holder, most, this.#options.only);
  }
}

export function postgresLeaseStore(sql: Sql): LeaseStore {
  return {
    async announce({ owner, slot, ttlMs }) {
      const rows = await sql<{ slot: string | null; at: Date }[]>`
        with gone as (delete from processes where expires_at < clock_timestamp() and owner <> ${owner}),
        me as (insert into processes (owner, slot, expires_at)
          values (${owner}, ${slot}, clock_timestamp() + ${ttlMs} * interval '1 ms')
          on conflict (owner) do update set expires_at = excluded.expires_at)
        select slot, now() as at from (values (1)) one
          left join processes on expires_at >= clock_timestamp() and owner <> ${owner}`;
      const others = rows.flatMap((row) => (row.slot === null ? [] : [row.slot]));
      return { others, at: rows[0]?.at ?? new Date(0) };
    },
    async renew({ owner, ttlMs }, partitions, settled) {
      const renewed = await sql<LeaseRow[]>`
        update leases l set expires_at = clock_timestamp() + ${ttlMs} * interval '1 ms',
          settled_at = coalesce(s.at, l.settled_at)
        from unnest(${pgArray(partitions)}::int[],
          ${pgArray(partitions.map((p) => settled.get(p)?.toISOString() ?? null))}::timestamptz[]
        ) s(partition, at)
        where l.partition = s.partition and l.owner = ${owner}
        returning l.partition, l.fence`;
      return renewed.map(({ partition }) => partition);
    },
    take: (holder, most, only) => take(sql, holder, { most, only }),
    async release({ owner }, partitions) {
      await sql`
        update leases set owner = null, slot = null, expires_at = clock_timestamp()
        where partition = any(${pgArray(partitions)}::int[]) and owner = ${owner}`;
    },
    async leave({ owner }) {
      await sql`delete from processes where owner = ${owner}`;
    },
  };
}

type LeaseRow = { readonly partition: number; readonly fence: string | number };

async function take(
  sql: Sql,
  { owner, slot, ttlMs }: Holder,
  { most, only }: { readonly most: number; readonly only: ReadonlySet<number> | undefined },
): Promise<readonly Lease[]> {
  const free = await sql<{ partition: number }[]>`
    select partition from leases where expires_at < clock_timestamp()
      and (${only === undefined} or partition = any(${pgArray([...(only ?? [])])}::int[]))
    order by partition limit ${most}`;
  if (free.length === 0) return [];
  const wanted = pgArray(free.map((row) => row.partition));
  const rows = await transaction(sql, async (tx) => {
    await tx`select pg_advisory_xact_lock(${PARTITION_LOCK}, p)
      from (select unnest(${wanted}::int[]) p order by 1) ordered`;
    return tx<LeaseRow[]>`
      update leases set owner = ${owner}, slot = ${slot}, fence = fence + 1,
        expires_at = clock_timestamp() + ${ttlMs} * interval '1 ms'
      where partition = any(${wanted}::int[]) and expires_at < clock_timestamp()
      returning partition, fence`;
  });
  return rows.map((row) => ({ partition: row.partition, fence: Number(row.fence) }));
}
