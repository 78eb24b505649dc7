/** What an owner reads at a take-over, and the look it takes each second. Reads one tenant a call. */

import type { PositionMode } from "../domain/account.ts";
import type { SkipReason } from "../domain/codes.ts";
import { type Fixed, parseFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { CopiedPosition, FollowerState, Recent } from "../follower/decision.ts";
import type { TakenOver } from "../follower/mirror-turns.ts";
import { type PastDecision, storedRecent } from "../follower/recents.ts";
import type { StoredRules } from "../follower/rules/stored.ts";
import type { Signal } from "../master/signal.ts";
import { type SignalRow, signalOf } from "../master/signal-row.ts";
import { pgArray } from "../platform/columns.ts";
import { inTenant, type Sql } from "../platform/postgres.ts";
import type { Divergence } from "../reconcile/divergence.ts";
import type { KnownCash } from "./cash.ts";
import { existingPositions } from "./existing.ts";
import { cashOf, knownCash } from "./known-cash.ts";
import { takenOverOrders } from "./mirrored.ts";
import { copiedOf, divergenceOf, type InstructionRow, type Row } from "./rows.ts";
import { skippedOpens } from "./skipped.ts";

export type AccountRow = {
  readonly accountId: string;
  readonly brokerId: string;
  readonly login: string;
  readonly name: string;
  readonly currency: string;
  readonly positionMode: PositionMode;
  readonly leverage: Fixed;
  readonly partition: number;
  /** When its first strategy was made, in UTC; null where it is no master. */
  readonly linkedAt: number | null;
  /** Up to here its deals are in the ledger. */
  readonly lastDealAt: number;
  readonly cash: KnownCash;
};

export type SubscriptionRow = {
  readonly subscriptionId: string;
  readonly strategyId: string;
  readonly masterId: string;
  readonly accountId: string;
  readonly mode: FollowerState["mode"];
  readonly stopping: "close-by-master" | "close-now" | null;
  readonly fromSequence: number;
  readonly lastSequence: number;
  readonly rules: readonly (StoredRules & { version: number; from_sequence: number })[];
  /** What it remembers of its opens: as stored, decided since, and enabled again up to where. */
  readonly recent: unknown;
  readonly past: readonly PastDecision[];
  readonly reenabledThrough: number;
  /** When its ledger was last restored from a backup; null: never. */
  readonly restoredAt: Instant | null;
  /** Whether a limit of it has reached a stage that bars opens. */
  readonly isLimited: boolean;
};

/** Up to where everything is decided, and what was remembered then where that has changed. */
export type Mark = {
  readonly subscriptionId: string;
  readonly sequence: number;
  readonly recent: Recent | null;
};

/** A master that is copied here, whoever owns it. */
export type MasterRow = {
  readonly masterId: string;
  readonly brokerId: string;
  /** The highest equity without credit that the ledger knows of it; zero where it knows none. */
  readonly peak: Fixed;
};

export type Loaded = {
  readonly masters: readonly MasterRow[];
  readonly accounts: readonly AccountRow[];
  readonly subscriptions: readonly SubscriptionRow[];
  readonly copied: readonly CopiedPosition[];
  readonly instructions: readonly InstructionRow[];
  /** Signals that a subscription owes a decision, in order. */
  readonly owed: readonly { readonly subscriptionId: string; readonly signal: Signal }[];
  readonly divergences: readonly Divergence[];
  /** Opens that were skipped since the last mark, of positions that the master still holds. */
  readonly skipped: readonly SkippedOpen[];
  /** Deals that were answered by a mirrored order, and may not be in `copied`; absent: none. */
  readonly mirrored?: readonly TakenOver[];
};

export type SkippedOpen = {
  readonly signal: Signal;
  readonly subscriptionId: string;
  readonly reason: SkipReason;
  readonly wanted: Fixed | null;
};

export interface HubStore {
  tenants(): Promise<readonly string[]>;
  /** `now`: when what a master holds already is first seen for a new subscription. */
  load(tenantId: string, partitions: readonly number[], now: Instant): Promise<Loaded>;
  signalsAfter(tenantId: string, masterId: string, sequence: number): Promise<readonly Signal[]>;
  decidedThrough(tenantId: string, marks: readonly Mark[]): Promise<void>;
  /** What is being stopped holds nothing any more: it is stopped. */
  stopped(tenantId: string, subscriptionIds: readonly string[]): Promise<void>;
  /** For each that was ever enabled again, the master's last signal then. */
  reenabled(tenantId: string, ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Of all tenants, in order; of null the last fifty. */
  changesAfter(number: number | null): Promise<readonly Change[]>;
}

/** People changed what an owner of the partition has in memory. */
export type Change = { readonly number: number; readonly partition: number };

const SIGNALS_AT_ONCE = 1_000;

export function postgresHubStore(sql: Sql): HubStore {
  return {
    async tenants() {
      const rows = await sql<{ id: string }[]>`select tenant_ids() as id`;
      return rows.map((row) => row.id);
    },
    load: (tenantId, partitions, now) => load(sql, { tenantId, partitions, now }),
    async signalsAfter(tenantId, masterId, sequence) {
      const rows = await inTenant(
        sql,
        tenantId,
        (tx) => tx<SignalRow[]>`
          select * from signals where tenant_id = ${tenantId} and master_id = ${masterId}
            and sequence > ${sequence} order by sequence limit ${SIGNALS_AT_ONCE}`,
      );
      return rows.map(signalOf);
    },
    decidedThrough: (tenantId, marks) => markDecided(sql, tenantId, marks),
    async stopped(tenantId, ids) {
      await inTenant(
        sql,
        tenantId,
        (tx) => tx`update subscriptions set mode = 'stopped', stopping = null
          where subscription_id = any(${pgArray(ids)}::uuid[]) and stopping is not null`,
      );
    },
    async reenabled(tenantId, ids) {
      const rows = await inTenant(
        sql,
        tenantId,
        (tx) => tx<{ id: string; through: string }[]>`
          select subscription_id as id, max(through) as through from reenablings
          where subscription_id = any(${pgArray(ids)}::uuid[]) group by 1`,
      );
      return new Map(rows.map(({ id, through }) => [id, Number(through)]));
    },
    async changesAfter(after) {
      const rows = await sql<{ change_id: string; partition: number }[]>`
        select change_id, partition from changes_after(${after}::bigint)`;
      return rows.map(({ change_id, partition }) => ({ number: Number(change_id), partition }));
    },
  };
}

/** What is remembered stands as of the mark; who was overtaken writes neither. */
async function markDecided(sql: Sql, tenantId: string, marks: readonly Mark[]): Promise<void> {
  const changed = marks.flatMap(({ recent, ...mark }) =>
    recent === null ? [] : [{ ...mark, recent: storedRecent(recent) }],
  );
  await inTenant(sql, tenantId, async (tx) => {
    if (changed.length > 0) {
      await tx`
        insert into subscription_memories (tenant_id, subscription_id, recent)
        select s.tenant_id, s.subscription_id, r.recent::json
        from json_to_recordset(${JSON.stringify(changed)}::text::json)
            r("subscriptionId" uuid, sequence bigint, recent text)
          join subscriptions s on s.subscription_id = r."subscriptionId"
            and s.decided_through <= r.sequence
        on conflict (tenant_id, subscription_id) do update set recent = excluded.recent`;
    }
    await tx`
      update subscriptions s set decided_through = r.sequence
      from unnest(${pgArray(marks.map((mark) => mark.subscriptionId))}::uuid[],
        ${pgArray(marks.map((mark) => mark.sequence))}::bigint[]) r(id, sequence)
      where s.subscription_id = r.id and s.decided_through < r.sequence`;
  });
}

type Loading = {
  readonly tenantId: string;
  readonly partitions: readonly number[];
  readonly now: Instant;
};

async function load(sql: Sql, { tenantId, partitions, now }: Loading): Promise<Loaded> {
  const mine = pgArray(partitions);
  return inTenant(sql, tenantId, async (tx) => {
    const subscriptions = await tx<Row[]>`
      select s.*, coalesce((select max(sequence) from signals g where g.tenant_id = s.tenant_id
          and g.master_id = s.master_id), 0) as last_sequence,
        (select json_agg(json_build_object('version', version, 'from_sequence', from_sequence,
          'rules', rules, 'layers', layers) order by version) from subscription_rules r
          where r.tenant_id = s.tenant_id and r.subscription_id = s.subscription_id) as rules,
        (select recent from subscription_memories m where m.tenant_id = s.tenant_id
          and m.subscription_id = s.subscription_id) as recent,
        (select max(through) from reenablings e where e.tenant_id = s.tenant_id
          and e.subscription_id = s.subscription_id) as reenabled_through,
        (select max(at) from restores e where e.tenant_id = s.tenant_id) as restored_at,
        exists (select 1 from guard_states g where g.tenant_id = s.tenant_id
          and g.scope_id in (s.subscription_id, s.account_id) and g.kind = 'limit'
          and g.stage in ('close-only', 'close-all-and-stop')) as is_limited,
        (select json_agg(json_build_object('sequence', g.sequence, 'decision', d.decision,
            'at', (extract(epoch from g.received_at) * 1000)::bigint, 'reason', d.reason,
            'steps', d.steps) order by g.sequence)
          from signals g join decisions d on d.tenant_id = g.tenant_id
            and d.signal_id = g.signal_id and d.subscription_id = s.subscription_id
          where g.tenant_id = s.tenant_id and g.master_id = s.master_id
            and g.sequence > s.decided_through and g.kind in ('open', 'increase')) as past
      from subscriptions s where partition = any(${mine}::int[])`;
    const existing = await existingPositions(tx, mine, now);
    const skipped = await skippedOpens(tx, mine);
    const mirrored = await takenOverOrders(tx, mine);
    const [accounts, masters, copied, instructions, owed, divergences] = await Promise.all([
      tx<Row[]>`
        select a.*, (select min(created_at) from strategies t where t.tenant_id = a.tenant_id
            and t.master_id = a.account_id) as linked_at,
          (select max(at) from deals d where d.tenant_id = a.tenant_id
            and d.account_id = a.account_id) as last_deal_at, ${knownCash(tx)} as cash
        from accounts a where partition = any(${mine}::int[]) and a.archived_at is null`,
      tx<Row[]>`
        select a.account_id, a.broker_id, greatest(
          (select max(equity - credit) from equity_points e where e.tenant_id = a.tenant_id
            and e.account_id = a.account_id),
          (select max((figures ->> 'equity')::numeric) from signals g
            where g.tenant_id = a.tenant_id and g.master_id = a.account_id)) as peak
        from accounts a where account_id in
          (select master_id from subscriptions where partition = any(${mine}::int[]))`,
      tx<Row[]>`
        select c.*, (select json_agg(json_build_object('before', g.before_volume::text,
            'after', g.after_volume::text, 'sequence', g.sequence) order by g.sequence)
          from signals g join decisions d on d.tenant_id = g.tenant_id
            and d.signal_id = g.signal_id and d.subscription_id = c.subscription_id
          where g.tenant_id = c.tenant_id and g.master_id = s.master_id
            and g.position = c.position and g.sequence > c.through
            and g.kind in ('reduce', 'close') and c.state in ('open', 'opening')) as later,
          c.pending is not null and exists (select 1 from signals g where g.tenant_id = c.tenant_id
            and g.master_id = s.master_id and g.position = c.position and g.kind = 'cancel')
            as master_gone,
          greatest((select min(g.sequence) from signals g join decisions d on d.tenant_id = g.tenant_id
            and d.signal_id = g.signal_id and d.subscription_id = c.subscription_id
          where g.tenant_id = c.tenant_id and g.master_id = s.master_id
            and g.position = c.position and (g.kind in ('open', 'place')
            and d.decision = 'copy' or d.reason = 'MIRRORED')
            and c.state in ('open', 'opening', 'pending')),
            -- Or, later, what rules were applied to it on request.
            (select max(x.from_sequence) + 1 from rules_requests r
              join rules_answers x using (tenant_id, request_id)
              where r.tenant_id = c.tenant_id and r.subscription_id = c.subscription_id
                and x.is_done and not r.dry_run)) as opened_by
        from copied_positions c join subscriptions s using (tenant_id, subscription_id)
        where s.partition = any(${mine}::int[])
          -- What the follower's side ended matters for as long as the master holds the position.
          and (c.state in ('open', 'opening', 'pending') or c.updated_at > clock_timestamp() - interval '30 days'
            or c.pending is null and not exists (select 1 from signals g
              where g.tenant_id = c.tenant_id and g.master_id = s.master_id
                and g.position = c.position and g.after_volume = 0))`,
      tx<InstructionRow[]>`
        -- Of each the last attempt, and nothing that is done: a partition that is never quiet has a
        -- long past.
        select i.* from (
          select distinct on (origin_id, subscription_id, part) * from instruction_states
          where partition = any(${mine}::int[]) and at >= (select min(settled_at) from leases
            where partition = any(${mine}::int[]))
          order by origin_id, subscription_id, part, attempt desc) i
        where i.state <> 'done' order by i.ledger_order`,
      tx<Row[]>`
        select s.subscription_id as for_subscription, g.* from subscriptions s
        join signals g on g.tenant_id = s.tenant_id and g.master_id = s.master_id
          and g.sequence > greatest(s.from_sequence, s.decided_through)
        where s.partition = any(${mine}::int[]) and not exists (select 1 from decisions d
          where d.tenant_id = s.tenant_id and d.signal_id = g.signal_id
            and d.subscription_id = s.subscription_id)
        order by g.sequence`,
      tx<Row[]>`
        select d.* from divergences d join accounts a using (tenant_id, account_id)
        where a.partition = any(${mine}::int[]) and d.closed_at is null`,
    ]);
    const known = new Map(
      subscriptions.map((row) => [String(row["subscription_id"]), Number(row["last_sequence"])]),
    );
    return {
      accounts: accounts.map(accountOf),
      masters: masters.map(masterOf),
      subscriptions: subscriptions.map(subscriptionOf),
      copied: copied.map(copiedOf),
      instructions,
      // A signal committed after the subscriptions were read comes by its doorbell.
      owed: owed
        .map((row) => ({ subscriptionId: String(row["for_subscription"]), signal: signalOf(row) }))
        .filter((one) => one.signal.sequence <= (known.get(one.subscriptionId) ?? 0))
        .concat(existing)
        .sort((a, b) => a.signal.sequence - b.signal.sequence),
      divergences: divergences.map(divergenceOf),
      skipped,
      mirrored,
    };
  });
}

const time = (value: unknown): number | null => (value instanceof Date ? value.getTime() : null);

function accountOf(row: Row): AccountRow {
  return {
    accountId: String(row["account_id"]),
    brokerId: String(row["broker_id"]),
    login: String(row["login"]),
    name: String(row["name"]),
    currency: String(row["currency"]),
    positionMode: row["position_mode"] === "netting" ? "netting" : "hedging",
    leverage: parseFixed(String(row["leverage"])),
    partition: Number(row["partition"]),
    linkedAt: time(row["linked_at"]),
    lastDealAt: time(row["last_deal_at"]) ?? 0,
    cash: cashOf(row["cash"]),
  };
}

function masterOf(row: Row): MasterRow {
  return {
    masterId: String(row["account_id"]),
    brokerId: String(row["broker_id"]),
    peak: parseFixed(String(row["peak"] ?? "0")),
  };
}

function subscriptionOf(row: Row): SubscriptionRow {
  return {
    subscriptionId: String(row["subscription_id"]),
    strategyId: String(row["strategy_id"]),
    masterId: String(row["master_id"]),
    accountId: String(row["account_id"]),
    mode: row["mode"] as SubscriptionRow["mode"],
    stopping: (row["stopping"] ?? null) as SubscriptionRow["stopping"],
    fromSequence: Number(row["from_sequence"]),
    lastSequence: Number(row["last_sequence"]),
    rules: row["rules"] as SubscriptionRow["rules"],
    recent: row["recent"],
    past: (row["past"] ?? []) as readonly PastDecision[],
    reenabledThrough: Number(row["reenabled_through"] ?? 0),
    restoredAt: time(row["restored_at"]),
    isLimited: row["is_limited"] === true,
  };
}
