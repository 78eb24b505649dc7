/** What a written decision does to the mirrored order that its signal is about. */
import { orderPlace } from "../master/orders.ts";
import type { Signal } from "../master/signal.ts";
import type { CopiedPosition, Decision } from "./decision.ts";
import { isMirror, orphanedByMaster, takenOver } from "./mirrored.ts";
import type { Subscription } from "./state.ts";

/** Changes the subscription's memory; answers what is to be written, together. */
export function afterDecision(
  { copied, ended }: Subscription,
  signal: Signal,
  { reason }: Pick<Decision, "reason">,
): readonly CopiedPosition[] {
  const { orderId, position, kind } = signal;
  const mirror = orderId === null || orderId === undefined ? null : copied.get(orderPlace(orderId));
  if (!isMirror(mirror)) return [];
  if (kind === "cancel") {
    ended.add(position);
    return kept(copied, [orphanedByMaster(mirror)]);
  }
  if (reason !== "MIRRORED" || position === mirror.position) return [];
  const { masterFilled, linked } = mirror.order;
  if (linked !== null && mirror.holdings.length === 0) {
    const order = { ...mirror.order, masterFilled: masterFilled + signal.volume };
    return kept(copied, [{ ...mirror, order }]);
  }
  const after = takenOver(mirror, signal, copied.get(position));
  return kept(copied, [after.copied, after.mirror]);
}

/** A deal of the master that was answered by what a mirrored order had filled, as the ledger has it. */
export type TakenOver = Pick<Signal, "position" | "volume" | "price" | "sequence"> & {
  readonly subscriptionId: string;
  /** The place of the order. */
  readonly place: string;
};

/**
 * What was decided before a process ended, and is not in the copies of its subscriptions. A position
 * whose copy has come as far as the deal has it already.
 */
export function takeOverAgain(
  copies: ReadonlyMap<string, CopiedPosition[]>,
  decided: readonly TakenOver[],
): void {
  for (const one of decided) {
    const list = copies.get(one.subscriptionId) ?? [];
    const at = list.findIndex(({ position }) => position === one.place);
    const mirror = list[at];
    if (!isMirror(mirror) || mirror.order.linked !== null) continue;
    const own = list.findIndex(({ position }) => position === one.position);
    const after = takenOver(mirror, one, list[own]);
    list[at] = after.mirror;
    if (own < 0) list.push(after.copied);
    else if ((list[own]?.through ?? 0) < one.sequence) list[own] = after.copied;
  }
}

function kept(
  copied: Map<string, CopiedPosition>,
  changed: readonly CopiedPosition[],
): readonly CopiedPosition[] {
  for (const one of changed) copied.set(one.position, one);
  return changed;
}
