/** A signal as a row of the ledger, and back. */
import type { JSONValue } from "postgres";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { formatInstant } from "../domain/instant.ts";
import type { PendingTerms } from "../domain/pending-order.ts";
import type { MasterFigures, Signal } from "./signal.ts";

export type SignalRow = Record<string, unknown>;

export function rowOf(signal: Signal, fence: number): JSONValue {
  return {
    tenant_id: signal.tenantId,
    signal_id: signal.id,
    master_id: signal.masterId,
    sequence: signal.sequence,
    source_key: signal.sourceKey,
    kind: signal.kind,
    position: signal.position,
    symbol: signal.symbol,
    side: signal.side,
    volume: formatFixed(signal.volume),
    before_volume: formatFixed(signal.before),
    after_volume: formatFixed(signal.after),
    price: signal.price === null ? null : formatFixed(signal.price),
    stop_loss: signal.stopLoss === null ? null : formatFixed(signal.stopLoss),
    take_profit: signal.takeProfit === null ? null : formatFixed(signal.takeProfit),
    magic: signal.magic,
    comment: signal.comment,
    order_id: signal.orderId ?? null,
    ...termsRow(signal.pending ?? null),
    contract_size: formatFixed(signal.contractSize),
    digits: signal.digits,
    figures: {
      currency: signal.figures.currency,
      balance: formatFixed(signal.figures.balance),
      equity: formatFixed(signal.figures.equity),
      freeMargin: formatFixed(signal.figures.freeMargin),
    },
    existing: signal.existing,
    from_pending: signal.fromPending ?? null,
    age_at_receipt_ms: signal.ageAtReceiptMs,
    at: formatInstant(signal.at),
    received_at: formatInstant(signal.receivedAt),
    // The database's own time of the commit; the column has no other writer.
    committed_at: "now",
    fence,
  };
}

/** The order's price is the signal's. */
function termsRow(pending: PendingTerms | null) {
  if (pending === null) return { order_type: null, limit_price: null, expires_at: null };
  const { type, limitPrice, expiresAt } = pending;
  return {
    order_type: type,
    limit_price: limitPrice === null ? null : formatFixed(limitPrice),
    expires_at: expiresAt === null ? null : formatInstant(expiresAt),
  };
}

const fixedOrNull = (value: unknown): bigint | null =>
  value === null || value === undefined ? null : parseFixed(String(value));

/** A signal as it was committed; for owners in other processes and for the sweep. */
export function signalOf(row: SignalRow): Signal {
  const figures = row["figures"] as Record<string, string>;
  const text = (name: string): string => String(row[name]);
  const time = (name: string): number => (row[name] as Date).getTime();
  return {
    tenantId: text("tenant_id"),
    id: text("signal_id"),
    masterId: text("master_id"),
    sequence: Number(row["sequence"]),
    sourceKey: text("source_key"),
    kind: text("kind") as Signal["kind"],
    position: text("position"),
    symbol: text("symbol"),
    side: text("side") as Signal["side"],
    volume: parseFixed(text("volume")),
    before: parseFixed(text("before_volume")),
    after: parseFixed(text("after_volume")),
    price: fixedOrNull(row["price"]),
    stopLoss: fixedOrNull(row["stop_loss"]),
    takeProfit: fixedOrNull(row["take_profit"]),
    magic: Number(row["magic"]),
    comment: text("comment"),
    ...orderOf(row),
    contractSize: parseFixed(text("contract_size")),
    digits: Number(row["digits"]),
    figures: figuresOf(figures),
    existing: row["existing"] === true,
    ...(typeof row["from_pending"] === "boolean" ? { fromPending: row["from_pending"] } : {}),
    at: time("at"),
    receivedAt: time("received_at"),
    ageAtReceiptMs: Number(row["age_at_receipt_ms"]),
  };
}

/** A deal that fills an order bears its id, and so opened from it what it opened. */
function orderOf(row: SignalRow): Pick<Signal, "orderId" | "pending" | "fromPending"> {
  const orderId = (row["order_id"] ?? null) as string | null;
  const type = (row["order_type"] ?? null) as PendingTerms["type"] | null;
  const fills = orderId !== null && type === null;
  const fromPending = fills && (row["kind"] === "open" || row["kind"] === "increase");
  if (type === null) return { orderId, pending: null, fromPending };
  const expiresAt = row["expires_at"] instanceof Date ? row["expires_at"].getTime() : null;
  const price = parseFixed(String(row["price"]));
  const pending = { type, price, limitPrice: fixedOrNull(row["limit_price"]), expiresAt };
  return { orderId, pending, fromPending };
}

function figuresOf(figures: Record<string, string>): MasterFigures {
  return {
    currency: figures["currency"] ?? "USD",
    balance: parseFixed(figures["balance"] ?? "0"),
    equity: parseFixed(figures["equity"] ?? "0"),
    freeMargin: parseFixed(figures["freeMargin"] ?? "0"),
  };
}
