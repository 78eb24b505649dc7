/** What a take-over reads from the ledger in memory, as Postgres answers it. */
import { formatFixed } from "../../domain/fixed.ts";
import type { PastDecision } from "../../follower/recents.ts";
import { retargeted } from "../../follower/reduce.ts";
import type { Row } from "../../hub/rows.ts";
import type { Loaded, SubscriptionRow } from "../../hub/store.ts";
import type { Signal } from "../../master/signal.ts";
import type { InstructedRow, MemoryLedger, SubscriptionEntry } from "./ledger.ts";

export function loadOf(ledger: MemoryLedger, partitions: readonly number[]): Loaded {
  const mine = new Set(partitions);
  const { enrolled } = ledger;
  const accounts = enrolled.accounts.filter(({ partition }) => mine.has(partition));
  const subscriptions = enrolled.subscriptions.filter(({ partition }) => mine.has(partition));
  const own = new Set(subscriptions.map(({ subscriptionId }) => subscriptionId));
  const ids = new Set(accounts.map(({ accountId }) => accountId));
  const settledAt = Math.min(...partitions.map((one) => ledger.leases[one]?.settledAt ?? 0));
  return {
    masters: enrolled.masters,
    accounts: accounts.map((row) => ({ ...row, lastDealAt: lastDealAt(ledger, row.accountId) })),
    subscriptions: subscriptions.map((row) => subscriptionOf(ledger, row)),
    copied: [...ledger.copied.values()]
      .filter(({ subscriptionId }) => own.has(subscriptionId))
      .map((one) => withLater(ledger, one)),
    instructions: [...ledger.instructions.values()]
      .filter(({ one, at }) => mine.has(one.partition) && at >= settledAt)
      .map((row) => instructionRow(ledger, row)),
    owed: subscriptions
      .flatMap((row) => owedBy(ledger, row))
      .sort((a, b) => a.signal.sequence - b.signal.sequence),
    skipped: subscriptions.flatMap((row) => skippedBy(ledger, row)),
    divergences: [...ledger.divergences.values()].filter(
      ({ accountId, closed }) => ids.has(accountId) && closed === null,
    ),
  };
}

function lastDealAt(ledger: MemoryLedger, accountId: string): number {
  const list = [...ledger.deals.values()].filter(({ account }) => account.accountId === accountId);
  return Math.max(0, ...list.map(({ deal }) => deal.at));
}

const signalsOf = (ledger: MemoryLedger, masterId: string): Signal[] =>
  ledger.signals.filter((signal) => signal.masterId === masterId);

function subscriptionOf(ledger: MemoryLedger, row: SubscriptionEntry): SubscriptionRow {
  const { subscriptionId, masterId } = row;
  const signals = signalsOf(ledger, masterId);
  const through = ledger.decidedThrough.get(subscriptionId) ?? 0;
  const past = signals.flatMap((signal): PastDecision[] => {
    const decided = ledger.decisions.get(`${signal.id} ${subscriptionId}`);
    if (decided === undefined || signal.sequence <= through) return [];
    if (signal.kind !== "open" && signal.kind !== "increase") return [];
    const { reason, steps } = decided.row.decision;
    const decision = reason === null ? "copy" : "skip";
    return [{ sequence: signal.sequence, at: signal.receivedAt, decision, reason, steps }];
  });
  const recent = ledger.remembered.get(subscriptionId);
  return {
    ...row,
    lastSequence: Math.max(0, ...signals.map(({ sequence }) => sequence)),
    recent: recent === undefined ? null : JSON.parse(recent),
    past,
  };
}

/** With the reductions that were decided since it was written. */
function withLater(
  ledger: MemoryLedger,
  copied: Loaded["copied"][number],
): Loaded["copied"][number] {
  if (copied.state !== "open" && copied.state !== "opening") return copied;
  return ledger.signals
    .filter(
      ({ id, position, sequence, kind }) =>
        position === copied.position &&
        sequence > copied.through &&
        (kind === "reduce" || kind === "close") &&
        ledger.decisions.has(`${id} ${copied.subscriptionId}`),
    )
    .reduce((now, signal) => retargeted(now, signal), copied);
}

function owedBy(ledger: MemoryLedger, row: SubscriptionEntry): Loaded["owed"] {
  const { subscriptionId, masterId, fromSequence } = row;
  const through = Math.max(fromSequence, ledger.decidedThrough.get(subscriptionId) ?? 0);
  return signalsOf(ledger, masterId)
    .filter(({ sequence, id }) => {
      return sequence > through && !ledger.decisions.has(`${id} ${subscriptionId}`);
    })
    .map((signal) => ({ subscriptionId, signal }));
}

function skippedBy(ledger: MemoryLedger, row: SubscriptionEntry): Loaded["skipped"] {
  const { subscriptionId, masterId } = row;
  const through = ledger.decidedThrough.get(subscriptionId) ?? 0;
  const signals = signalsOf(ledger, masterId);
  return signals.flatMap((signal) => {
    const { id, kind, position, sequence } = signal;
    const decision = ledger.decisions.get(`${id} ${subscriptionId}`)?.row.decision;
    const { reason = null, wanted = null } = decision ?? {};
    if (reason === null || sequence <= through || (kind !== "open" && kind !== "increase"))
      return [];
    const isGone = signals.some(
      (one) => one.position === position && one.sequence > sequence && one.after === 0n,
    );
    return isGone ? [] : [{ signal, subscriptionId, reason, wanted }];
  });
}

const text = (value: bigint | null | undefined): string | null =>
  value === null || value === undefined ? null : formatFixed(value);
const date = (value: number | null | undefined): Date | null =>
  value === null || value === undefined ? null : new Date(value);

/** A row of the view instruction_states. */
function instructionRow(ledger: MemoryLedger, { one }: InstructedRow): Row {
  const last = ledger.outcomes.get(one.key)?.at(-1);
  return {
    key: one.key,
    account_id: one.account.accountId,
    partition: one.partition,
    fence: one.fence,
    origin: one.origin.kind,
    origin_id: one.origin.id,
    origin_sequence: one.origin.sequence,
    subscription_id: one.subscriptionId,
    position: one.position,
    part: one.part,
    attempt: one.attempt,
    kind: one.kind,
    symbol: one.symbol,
    side: one.side,
    volume: text(one.volume),
    position_id: one.positionId,
    order_id: one.orderId ?? null,
    order_type: one.pending?.type ?? null,
    order_price: text(one.pending?.price),
    limit_price: text(one.pending?.limitPrice),
    expires_at: date(one.pending?.expiresAt),
    stop_loss: text(one.stopLoss),
    take_profit: text(one.takeProfit),
    master_price: text(one.masterPrice),
    status: one.status,
    valid_until: date(one.validUntil),
    state: last?.status ?? one.status,
    number: last?.number ?? 0,
    code: last?.code ?? null,
    filled: text(last?.filled),
    price: text(last?.price),
    outcome_order_id: last?.orderId ?? null,
    outcome_position_id: last?.positionId ?? null,
    outcome_at: date(last?.at),
  };
}
