/** What there is to tell of mirrored orders that did not go as their master's. */
import type { OutcomeCode } from "../domain/codes.ts";
import type { Outcome } from "../domain/instruction.ts";
import type { PendingOrder } from "../domain/pending-order.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import { isMirror, type Mirror, stands } from "../follower/mirrored.ts";
import type { AccountState } from "../follower/state.ts";
import { orderPlace } from "../master/orders.ts";
import type { Signal } from "../master/signal.ts";
import { lossOf } from "./loss.ts";
import type { OpenDivergences } from "./open-divergences.ts";

/** The place of which nothing is missing any more: a position that is closed, an order that is over. */
export function placeEndedBy({ kind, position, orderId }: Signal): string | null {
  if (kind === "close" || kind === "cancel") return position;
  if (orderId === null || orderId === undefined || orderPlace(orderId) === position) return null;
  return orderPlace(orderId);
}

/** What stands of mirrored orders, so that a comparison finds none of it strange. */
export function mirrorSides(copied: readonly CopiedPosition[], orders: readonly PendingOrder[]) {
  const mirrors = copied.filter(isMirror).filter(stands);
  const standing = new Set(orders.map(({ id }) => id));
  // Nobody knows yet whether what is not there has filled.
  const unclear = mirrors.filter(({ order }) => !standing.has(order.orderId ?? ""));
  return {
    mirrors,
    keys: new Set(mirrors.map(({ order }) => order.key)),
    mirroring: new Set(mirrors.map(({ order }) => order.orderId ?? "")),
    unclear: new Set(unclear.map(({ symbol }) => symbol)),
  };
}

/** A part of the follower's own order has filled, and the master's position has taken it over. */
export function tellPartTaken(
  open: OpenDivergences,
  account: AccountState,
  { mirror, position }: { readonly mirror: Mirror; readonly position: string },
): void {
  const { volume: expected, filled: actual, key } = mirror.order;
  if (actual >= expected) return;
  const { masterOpenPrice: masterPrice } = mirror;
  const facts = { cause: "PARTIAL", expected, actual, at: key, key, masterPrice } as const;
  open.add(account, { ...mirror, position }, facts);
}

/** It was refused when its price came (`code`), or the follower's own hand took it away. */
export function tellMirrorGone(
  open: OpenDivergences,
  account: AccountState,
  { mirror, code }: { readonly mirror: Mirror; readonly code: OutcomeCode | null },
): void {
  const { volume, filled, key } = mirror.order;
  const cause = code === null ? "CLOSED_BY_HAND" : "REJECTED";
  const facts = { expected: volume, actual: filled, at: `${key} gone`, key, code };
  open.add(account, mirror, { cause, ...facts, masterPrice: mirror.masterOpenPrice });
}

type Closed = {
  readonly mirror: CopiedPosition | undefined;
  readonly instruction: LedgerInstruction;
  readonly outcome: Outcome;
};

/** What the follower's own order had filled, and the master's did not: it is told, and over. */
export function tellClosedAlone(
  open: OpenDivergences,
  account: AccountState,
  { mirror, instruction, outcome }: Closed,
): void {
  const { kind, key } = instruction;
  if (kind !== "close" || outcome.filled === 0n || !isMirror(mirror)) return;
  const { masterOpenPrice: masterPrice } = mirror;
  const lots = { expected: 0n, actual: outcome.filled };
  const facts = { ...lots, at: key, key, masterPrice, ...lossOf(account, mirror, outcome) };
  open.add(account, mirror, { cause: "EARLY_FILL", ...facts });
  open.end((one) => one.cause === "EARLY_FILL" && one.key === key, "gone");
}
