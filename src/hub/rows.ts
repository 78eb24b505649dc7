/** Ledger rows as the hub's words. */
import type { AccountRef } from "../domain/account.ts";
import { type Fixed, parseFixed } from "../domain/fixed.ts";
import type { Outcome, OutcomeStatus } from "../domain/instruction.ts";
import type { PendingTerms } from "../domain/pending-order.ts";
import { ratio } from "../domain/ratio.ts";
import type { CopiedPosition, CopyState, MirroredOrder } from "../follower/decision.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import { orderOfJson } from "../follower/mirrored.ts";
import { retargeted } from "../follower/reduce.ts";
import type { Divergence, DivergenceCause } from "../reconcile/divergence.ts";

export type Row = Record<string, unknown>;
export type InstructionRow = Row;

const text = (row: Row, name: string): string => String(row[name]);
const textOrNull = (row: Row, name: string): string | null =>
  row[name] === null || row[name] === undefined ? null : String(row[name]);
const fixed = (row: Row, name: string): Fixed | null => {
  const value = textOrNull(row, name);
  return value === null ? null : parseFixed(value);
};
const instant = (row: Row, name: string): number | null =>
  row[name] instanceof Date ? row[name].getTime() : null;
const side = (row: Row): "buy" | "sell" => (row["side"] === "sell" ? "sell" : "buy");

/** With the reductions that were decided since the row was written (`later`), in order. */
export function copiedOf(row: Row): CopiedPosition {
  const holdings = row["holdings"] as [string, string][];
  const copied: CopiedPosition = {
    subscriptionId: text(row, "subscription_id"),
    position: text(row, "position"),
    symbol: text(row, "symbol"),
    side: side(row),
    state: text(row, "state") as CopyState,
    target: ratio(BigInt(text(row, "target_n")), BigInt(text(row, "target_d"))),
    holdings: holdings.map(([positionId, volume]) => ({ positionId, volume: parseFixed(volume) })),
    stopLoss: fixed(row, "stop_loss"),
    takeProfit: fixed(row, "take_profit"),
    openPrice: fixed(row, "open_price"),
    masterOpenPrice: fixed(row, "master_open_price"),
    through: Number(row["through"]),
    order: mirroredOrderOf(row),
    ...(row["opened_by"] == null ? {} : { openedBy: Number(row["opened_by"]) }),
  };
  const later = (row["later"] ?? []) as { before: string; after: string; sequence: number }[];
  return later.reduce(
    (now, { before, after, sequence }) =>
      retargeted(now, { before: parseFixed(before), after: parseFixed(after), sequence }),
    copied,
  );
}

/** With what the master's signals say that were decided since the row was written. */
function mirroredOrderOf(row: Row): MirroredOrder | null {
  if (row["pending"] === null || row["pending"] === undefined) return null;
  const order = orderOfJson(row["pending"]);
  return { ...order, masterGone: order.masterGone || row["master_gone"] === true };
}

export function divergenceOf(row: Row): Divergence {
  return {
    id: text(row, "divergence_id"),
    tenantId: text(row, "tenant_id"),
    accountId: text(row, "account_id"),
    subscriptionId: textOrNull(row, "subscription_id"),
    position: text(row, "position"),
    symbol: text(row, "symbol"),
    cause: text(row, "cause") as DivergenceCause,
    expected: fixed(row, "expected") ?? 0n,
    actual: fixed(row, "actual") ?? 0n,
    openedAt: instant(row, "opened_at") ?? 0,
    side: textOrNull(row, "side") as Divergence["side"] & (string | null),
    code: textOrNull(row, "code") as NonNullable<Divergence["code"]> | null,
    masterPrice: fixed(row, "master_price"),
    positionId: textOrNull(row, "position_id"),
    key: textOrNull(row, "key"),
    ignoredUntil: instant(row, "ignored_until"),
  };
}

/** An instruction under the fence of its new owner. */
export function instructionOf(row: Row, account: AccountRef, fence: number): LedgerInstruction {
  return {
    key: text(row, "key"),
    account,
    partition: Number(row["partition"]),
    fence,
    origin: {
      kind: text(row, "origin") as LedgerInstruction["origin"]["kind"],
      id: text(row, "origin_id"),
      sequence: Number(row["origin_sequence"]),
    },
    subscriptionId: text(row, "subscription_id"),
    position: text(row, "position"),
    part: Number(row["part"]),
    attempt: Number(row["attempt"]),
    kind: text(row, "kind") as LedgerInstruction["kind"],
    symbol: text(row, "symbol"),
    side: side(row),
    volume: fixed(row, "volume"),
    positionId: textOrNull(row, "position_id"),
    orderId: textOrNull(row, "order_id"),
    pending: pendingOf(row),
    stopLoss: fixed(row, "stop_loss"),
    takeProfit: fixed(row, "take_profit"),
    masterPrice: fixed(row, "master_price"),
    status: row["status"] === "queued" ? "queued" : "sent",
    validUntil: instant(row, "valid_until"),
  };
}

function pendingOf(row: Row): PendingTerms | null {
  const price = fixed(row, "order_price");
  if (price === null) return null;
  const type = text(row, "order_type") as PendingTerms["type"];
  return {
    type,
    price,
    limitPrice: fixed(row, "limit_price"),
    expiresAt: instant(row, "expires_at"),
  };
}

/** The last outcome of an instruction that has one. */
export function outcomeOf(row: Row): Outcome {
  return {
    status: text(row, "state") as OutcomeStatus,
    code: textOrNull(row, "code") as Outcome["code"],
    brokerCode: null,
    orderId: textOrNull(row, "outcome_order_id"),
    positionId: textOrNull(row, "outcome_position_id"),
    filled: fixed(row, "filled") ?? 0n,
    price: fixed(row, "price"),
    at: instant(row, "outcome_at") ?? 0,
  };
}
