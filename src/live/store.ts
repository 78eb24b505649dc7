/**
 * What the live page reads from the ledger once, at the start, so that a restart shows no empty
 * page: names, the last signals with their answers, the masters' standing positions, and counts.
 * All of it is bounded: counts are of at most some 200,000 answers.
 */
import { type Fixed, parseFixed } from "../domain/fixed.ts";
import type { Signal } from "../master/signal.ts";
import { type SignalRow, signalOf } from "../master/signal-row.ts";
import { pgArray } from "../platform/columns.ts";
import { inTenant, type Sql, type Transaction } from "../platform/postgres.ts";
import type { Part } from "./answer.ts";
import { FEED_MAX } from "./feed.ts";
import type { Answered } from "./rows.ts";
import { answeredOf, type DecisionRow, endedOf, type InstructionRow } from "./rows.ts";
import type { Counts } from "./tally.ts";

export type LiveNames = {
  /** By id. */
  readonly brokers: ReadonlyMap<string, string>;
  readonly accounts: ReadonlyMap<string, { readonly name: string; readonly brokerId: string }>;
  /** The account of each subscription. */
  readonly subscriptions: ReadonlyMap<string, string>;
};

export type LiveHistory = {
  readonly names: LiveNames;
  /** Oldest first. */
  readonly signals: readonly Signal[];
  readonly answers: readonly Answered[];
  /** Signals of the masters' open positions, oldest first. */
  readonly standing: readonly Signal[];
  readonly counts: Counts;
};

const ANSWERS_COUNTED_MAX = 200_000;

/** One consistent look. */
export function readHistory(sql: Sql, tenantId: string): Promise<LiveHistory> {
  return inTenant(sql, tenantId, async (tx) => {
    const names = await readNames(tx);
    const signals = await readSignals(tx, FEED_MAX);
    const limit = Math.floor(ANSWERS_COUNTED_MAX / Math.max(1, names.subscriptions.size));
    return {
      names,
      signals,
      answers: await readAnswers(tx, signals),
      standing: await readStanding(tx),
      counts: await readCounts(tx, Math.max(FEED_MAX, limit)),
    };
  });
}

async function readNames(tx: Transaction): Promise<LiveNames> {
  const brokers = await tx<{ id: string; name: string }[]>`
    select broker_id as id, name from brokers`;
  const accounts = await tx<{ id: string; name: string; broker: string }[]>`
    select account_id as id, name, broker_id as broker from accounts`;
  const subscriptions = await tx<{ id: string; account: string }[]>`
    select subscription_id as id, account_id as account from subscriptions`;
  return {
    brokers: new Map(brokers.map(({ id, name }) => [id, name])),
    accounts: new Map(accounts.map(({ id, name, broker }) => [id, { name, brokerId: broker }])),
    subscriptions: new Map(subscriptions.map(({ id, account }) => [id, account])),
  };
}

/** The newest of each master by the index of sequences, then the newest of all. */
async function readSignals(tx: Transaction, limit: number): Promise<Signal[]> {
  const rows = await tx<SignalRow[]>`
    select s.* from (select distinct tenant_id, master_id from strategies) m
    cross join lateral (select * from signals s where s.tenant_id = m.tenant_id
      and s.master_id = m.master_id order by s.sequence desc limit ${limit}) s
    order by s.received_at desc, s.sequence desc limit ${limit}`;
  return rows.map(signalOf).reverse();
}

async function readAnswers(tx: Transaction, signals: readonly Signal[]): Promise<Answered[]> {
  if (signals.length === 0) return [];
  const ids = pgArray(signals.map((signal) => signal.id));
  const decisions = await tx<DecisionRow[]>`
    select d.signal_id, d.subscription_id, s.account_id, d.decision, d.reason, d.wanted, d.steps
    from decisions d join subscriptions s using (tenant_id, subscription_id)
    where d.signal_id = any(${ids}::uuid[])`;
  const instructions = await tx<InstructionRow[]>`
    select i.origin_id, i.subscription_id, i.part, i.attempt, i.symbol, i.volume, i.state, i.code,
      i.filled, i.price, o.recorded_at
    from instruction_states i
    left join outcomes o on o.tenant_id = i.tenant_id and o.key = i.key and o.number = i.number
    where i.at >= (select min(committed_at) - interval '1 minute' from signals
        where signal_id = any(${ids}::uuid[]))
      and i.origin = 'signal' and i.origin_id = any(${ids}::uuid[])
    order by i.attempt`;
  const received = new Map(signals.map((signal) => [signal.id, signal.receivedAt]));
  const parts = new Map<string, Map<number, Part>>();
  for (const row of instructions) {
    const place = `${row.origin_id} ${row.subscription_id}`;
    const known = parts.get(place) ?? new Map<number, Part>();
    parts.set(place, known);
    const planned: Fixed | null =
      known.get(row.part)?.planned ?? (row.volume === null ? null : parseFixed(row.volume));
    const ended = endedOf(row, planned, received.get(row.origin_id) ?? 0);
    known.set(row.part, { planned, symbol: row.symbol, ended });
  }
  return decisions.map((row) =>
    answeredOf(row, parts.get(`${row.signal_id} ${row.subscription_id}`) ?? new Map()),
  );
}

async function readStanding(tx: Transaction): Promise<Signal[]> {
  const rows = await tx<SignalRow[]>`
    select g.* from (select distinct on (master_id, position) master_id, position, after_volume
        from signals where order_type is null order by master_id, position, sequence desc) p
    join signals g using (master_id, position)
    where p.after_volume > 0 order by g.master_id, g.sequence`;
  return rows.map(signalOf);
}

async function readCounts(tx: Transaction, signalsMax: number): Promise<Counts> {
  const rows = await tx<{ signals: number; copied: number; skipped: number; rejected: number }[]>`
    with recent as materialized (
      select s.tenant_id, s.signal_id, s.committed_at
      from (select distinct tenant_id, master_id from strategies) m
      cross join lateral (select * from signals s where s.tenant_id = m.tenant_id
        and s.master_id = m.master_id order by s.sequence desc limit ${signalsMax}) s
      order by s.committed_at desc limit ${signalsMax}),
    ended as (
      select i.origin_id, i.subscription_id, bool_or(o.status in ('done', 'partial')) as copied
      from instructions i join outcomes o using (tenant_id, key)
      where i.at >= (select min(committed_at) from recent)
        and o.status in ('done', 'partial', 'rejected') and i.origin = 'signal'
      group by 1, 2)
    select (select count(*)::int from recent) as signals,
      (select count(*)::int from decisions d join recent using (tenant_id, signal_id)
        where d.decision = 'skip') as skipped,
      (select count(*)::int from ended where copied) as copied,
      (select count(*)::int from ended where not copied) as rejected`;
  return rows[0] ?? { signals: 0, copied: 0, skipped: 0, rejected: 0 };
}
