/**
 * The copy log of one subscription: each signal with its decision and what its instructions came to,
 * newest first. Bounded reads: by the index of a master's sequences, and instructions by their time.
 */

import type { Step } from "../follower/decision.ts";
import type { StoredLayer } from "../follower/rules/stored.ts";
import { pgArray } from "../platform/columns.ts";
import { inTenant, type Sql, type Transaction } from "../platform/postgres.ts";
import { only, type Row, seen, type View } from "./view.ts";

export type LoggedInstruction = {
  readonly origin_id: string;
  readonly part: number;
  readonly attempt: number;
  readonly symbol: string;
  readonly volume: string | null;
  readonly state: string;
  readonly code: string | null;
  readonly filled: string | null;
  readonly price: string | null;
  readonly sent_at: Date | null;
  readonly recorded_at: Date | null;
};

export type LoggedCopy = {
  readonly signal_id: string;
  readonly sequence: number;
  readonly kind: string;
  readonly symbol: string;
  readonly digits: number;
  readonly side: "buy" | "sell";
  readonly master_volume: string;
  readonly master_price: string | null;
  readonly age_ms: number;
  readonly at: Date;
  readonly received_at: Date;
  readonly decided_at: Date | null;
  readonly decision: "copy" | "skip" | null;
  readonly reason: string | null;
  readonly wanted: string | null;
  readonly steps: readonly Step[];
  readonly rules_version: number | null;
  readonly instructions: readonly LoggedInstruction[];
};

export type CopyLog = {
  readonly subscription: Row;
  readonly rules: unknown;
  /** Of others, that the newest version of the rules is in force with. */
  readonly layers: readonly StoredLayer[];
  readonly copies: readonly LoggedCopy[];
};

export type LogRequest = {
  readonly id: string;
  /** Signals before this one of the master; null: the newest. */
  readonly before: number | null;
  readonly limit: number;
};

/** NOT_FOUND where there is none, or it is not theirs to see. */
export function readCopyLog(sql: Sql, view: View, request: LogRequest): Promise<CopyLog> {
  return inTenant(sql, view.tenantId, async (tx) => {
    const subscription = await readSubscription(tx, view, request.id);
    const copies = await readCopies(tx, subscription, request);
    return {
      subscription,
      rules: subscription["rules"] ?? {},
      layers: (subscription["layers"] ?? []) as readonly StoredLayer[],
      copies: await withInstructions(tx, request.id, copies),
    };
  });
}

async function readSubscription(tx: Transaction, view: View, id: string): Promise<Row> {
  const rows = await tx<Row[]>`
    select u.subscription_id as id, u.strategy_id, t.name as strategy, u.master_id,
      m.name as master, u.account_id, a.name as account, a.currency, u.mode, u.from_sequence,
      u.created_at, r.version as rules_version, r.rules, r.layers
    from subscriptions u join strategies t using (tenant_id, strategy_id)
      join accounts a on a.tenant_id = u.tenant_id and a.account_id = u.account_id
      join accounts m on m.tenant_id = u.tenant_id and m.account_id = u.master_id
      left join lateral (select * from subscription_rules v where v.tenant_id = u.tenant_id
        and v.subscription_id = u.subscription_id order by v.version desc limit 1) r on true
    where u.subscription_id::text = ${id} and ${seen(tx, view, "u.account_id")}`;
  return only(rows, "subscription");
}

type CopyRow = Omit<LoggedCopy, "instructions" | "steps"> & {
  readonly steps: readonly Step[] | null;
};

async function readCopies(
  tx: Transaction,
  subscription: Row,
  { before, limit }: LogRequest,
): Promise<readonly CopyRow[]> {
  const earlier = before === null ? tx`true` : tx`g.sequence < ${before}`;
  return tx<CopyRow[]>`
    select g.signal_id, g.sequence::float8 as sequence, g.kind, g.symbol, g.digits, g.side,
      g.volume as master_volume, g.price as master_price,
      g.age_at_receipt_ms::float8 as age_ms, g.at, g.received_at,
      d.at as decided_at, d.decision, d.reason, d.wanted, d.steps, d.rules_version
    from (select * from signals s where s.master_id = ${String(subscription["master_id"])}
        and s.sequence > ${Number(subscription["from_sequence"])}
      order by s.sequence desc) g
    left join decisions d on d.tenant_id = g.tenant_id and d.signal_id = g.signal_id
      and d.subscription_id = ${String(subscription["id"])}
    where ${earlier} order by g.sequence desc limit ${limit}`;
}

async function withInstructions(
  tx: Transaction,
  subscriptionId: string,
  copies: readonly CopyRow[],
): Promise<LoggedCopy[]> {
  const ids = copies.map((copy) => copy.signal_id);
  const found = new Map<string, LoggedInstruction[]>();
  if (ids.length > 0) {
    const list = pgArray(ids);
    const rows = await tx<LoggedInstruction[]>`
      select i.origin_id, i.part, i.attempt, i.symbol, i.volume, i.state, i.code, i.filled, i.price,
        i.sent_at, o.recorded_at
      from instruction_states i
        left join outcomes o on o.tenant_id = i.tenant_id and o.key = i.key and o.number = i.number
      where i.at >= (select min(committed_at) - interval '1 minute' from signals
          where signal_id = any(${list}::uuid[]))
        and i.origin = 'signal' and i.origin_id = any(${list}::uuid[])
        and i.subscription_id = ${subscriptionId}
      order by i.part, i.attempt`;
    for (const row of rows) found.set(row.origin_id, [...(found.get(row.origin_id) ?? []), row]);
  }
  return copies.map((copy) => ({
    ...copy,
    steps: copy.steps ?? [],
    instructions: found.get(copy.signal_id) ?? [],
  }));
}
