/**
 * An open that is sized by risk and came without a stop-loss may wait for the master to set one.
 * It waits until a later signal of the position brings the stop, the master closes, or its time is
 * over; it does not hold up the opens behind it.
 */
import type { Instant } from "../domain/instant.ts";
import type { Signal } from "../master/signal.ts";
import type { LaterStops } from "./decision.ts";
import { tableRow } from "./rules/table-row.ts";
import type { Rules } from "./rules.ts";
import { rulesFor, type Subscription } from "./state.ts";

export function waitsForStop(subscription: Subscription, signal: Signal, now: Instant): boolean {
  const { rules } = rulesFor(subscription, signal.sequence);
  if (rules.waitForStopMs === 0 || signal.existing || !needsStop(rules, signal)) return false;
  if (stopOf(rules, signal) !== null) return false;
  if (now >= signal.receivedAt - signal.ageAtReceiptMs + rules.waitForStopMs) return false;
  return !laterOf(subscription, signal).some(
    (later) => later.kind === "close" || stopOf(rules, later) !== null,
  );
}

/** The stops that a later signal has brought; null where the open did not wait, or nothing came. */
export function laterStopsFor(subscription: Subscription, signal: Signal): LaterStops | null {
  if (subscription.waiting.length === 0) return null;
  const { rules } = rulesFor(subscription, signal.sequence);
  if (rules.waitForStopMs === 0 || stopOf(rules, signal) !== null) return null;
  if (signal.kind !== "open" && signal.kind !== "increase") return null;
  const later = laterOf(subscription, signal).findLast((one) => stopOf(rules, one) !== null);
  return later === undefined ? null : { stopLoss: later.stopLoss, takeProfit: later.takeProfit };
}

/** Whether what waits on the account may go on now that this signal waits behind it. */
export function endsStopWait(subscription: Subscription, signal: Signal): boolean {
  return (
    (signal.kind === "protect" || signal.kind === "close") &&
    rulesFor(subscription, signal.sequence).rules.waitForStopMs > 0
  );
}

function needsStop({ sizing }: Rules, { symbol }: Signal): boolean {
  if (sizing.assumedStopPoints !== null) return false;
  if (sizing.mode === "risk-percent") return true;
  return sizing.mode === "custom" && tableRow(sizing.table, symbol)?.riskPercent !== undefined;
}

/** What would become the copy's stop-loss. */
function stopOf({ reverse }: Rules, { stopLoss, takeProfit }: Signal): bigint | null {
  return reverse ? takeProfit : stopLoss;
}

function laterOf({ waiting }: Subscription, { position, sequence }: Signal): readonly Signal[] {
  return waiting.filter((one) => one.position === position && one.sequence > sequence);
}
