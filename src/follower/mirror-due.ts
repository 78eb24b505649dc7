/**
 * What the hub does about mirrored orders by itself, without a new signal of the master: cancels
 * those that must stand no longer, and closes what filled alone and was not followed.
 * An order must not stand where its master's has filled or is gone, where a change of it was refused, where
 * it may not open anything (paused, barred, killed, being stopped, tripped), and where it has filled
 * in part and the master did not follow in time. What it has filled alone is closed once the master's
 * order is gone, or pendingGraceMs are over.
 * Invariants: an order is cancelled before what it filled is closed; nothing of which an answer is
 * outstanding is touched.
 */
import { idOf } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { CopiedPosition } from "./decision.ts";
import { instructionKey, type LedgerInstruction } from "./instruction.ts";
import { isMirror, type Mirror, stands } from "./mirrored.ts";
import { stricterMode } from "./mode.ts";
import { rulesFor, type Subscription } from "./state.ts";
import { isOpening } from "./turn.ts";

/** The lane itself tries a cancel again; this is for one that ended without doing anything. */
const RETRY_MS = 5_000;

/** When something was last tried about a mirror as it stands. */
export type MirrorTries = WeakMap<CopiedPosition, Instant>;

type Context = { readonly fence: number; readonly now: Instant; readonly tried: MirrorTries };

export function mirrorsDue(subscription: Subscription, context: Context): LedgerInstruction[] {
  const { now, tried } = context;
  const due: LedgerInstruction[] = [];
  for (const copied of subscription.copied.values()) {
    if (!isMirror(copied) || now - (tried.get(copied) ?? 0) < RETRY_MS) continue;
    if (isBusy(subscription, copied)) continue;
    const found = instructionsFor(subscription, copied, context);
    if (found.length > 0) tried.set(copied, now);
    due.push(...found);
  }
  return due;
}

/** How long until something may be due of what has filled alone; null: nothing will by itself. */
export function untilDue(subscription: Subscription, now: Instant): number | null {
  const times = [...subscription.copied.values()].flatMap((copied) =>
    isMirror(copied) && isAlone(copied) ? [graceEnds(subscription, copied)] : [],
  );
  return times.length === 0 ? null : Math.max(0, Math.min(...times) - now);
}

function instructionsFor(
  subscription: Subscription,
  mirror: Mirror,
  context: Context,
): LedgerInstruction[] {
  const isLate = isAlone(mirror) && context.now >= graceEnds(subscription, mirror);
  if (stands(mirror)) {
    const isDue = isLate || mustGo(subscription, mirror);
    return isDue ? [cancelOf(subscription, mirror, context)] : [];
  }
  const { linked, masterGone } = mirror.order;
  if (mirror.holdings.length === 0 || isAwaited(subscription, mirror)) return [];
  const isOver = isLate || masterGone || linked !== null;
  return isOver && mirror.state === "open" ? closesOf(subscription, mirror, context) : [];
}

/** Filled, whole or in part, and no position of the master has taken it over. */
function isAlone({ holdings, order }: Mirror): boolean {
  return holdings.length > 0 && order.linked === null && order.firedAt !== null;
}

function graceEnds(subscription: Subscription, { order }: Mirror): Instant {
  const { rules } = rulesFor(subscription, Number.MAX_SAFE_INTEGER);
  return (order.firedAt ?? 0) + rules.pendingGraceMs;
}

function mustGo(subscription: Subscription, mirror: Mirror): boolean {
  const { linked, masterGone, astray } = mirror.order;
  if (linked !== null || masterGone || astray || mirror.state !== "pending") return true;
  return isAwaited(subscription, mirror) || !mayOpen(subscription);
}

/** A deal of the master has filled its order, and waits for what became of ours. */
function isAwaited({ waiting }: Subscription, { position }: Mirror): boolean {
  return waiting.some(
    (signal) => isOpening(signal) && `order:${signal.orderId ?? ""}` === position,
  );
}

function mayOpen(subscription: Subscription): boolean {
  const { mode, account, recent } = subscription;
  const { rules } = rulesFor(subscription, Number.MAX_SAFE_INTEGER);
  if (stricterMode(mode, rules.mode) !== "active" || recent.tripped) return false;
  const isStopped =
    (subscription.stopping ?? null) !== null || (subscription.barred ?? null) !== null;
  return !isStopped && !account.killed && subscription.killed !== true;
}

function isBusy({ account, subscriptionId }: Subscription, { position }: Mirror): boolean {
  for (const busy of account.unresolved.values()) {
    if (busy.subscriptionId === subscriptionId && busy.position === position) return true;
  }
  return false;
}

type Ask = Pick<LedgerInstruction, "kind" | "volume" | "positionId" | "orderId" | "part">;

/** A cancel of an order that stands, also where its subscription is served no more. */
export function cancelOf(
  whose: Pick<Subscription, "account" | "subscriptionId">,
  mirror: Mirror,
  context: Pick<Context, "fence" | "now">,
): LedgerInstruction {
  const { orderId } = mirror.order;
  const ask: Ask = { kind: "cancel", volume: null, positionId: null, orderId, part: 1 };
  return ofMirror(whose, mirror, ask, context);
}

function closesOf(subscription: Subscription, mirror: Mirror, context: Context) {
  return mirror.holdings.map(({ positionId, volume }, index) => {
    const ask: Ask = { kind: "close", volume, positionId, orderId: null, part: index + 1 };
    return ofMirror(subscription, mirror, ask, context);
  });
}

function ofMirror(
  { account, subscriptionId }: Pick<Subscription, "account" | "subscriptionId">,
  { position, symbol, side, masterOpenPrice }: Mirror,
  ask: Ask,
  { fence, now }: Pick<Context, "fence" | "now">,
): LedgerInstruction {
  const origin = {
    kind: "mirror" as const,
    id: idOf("mirror", subscriptionId, position, ask.kind, String(now)),
    sequence: Math.floor(now / 1_000),
  };
  return {
    key: instructionKey(origin, subscriptionId, ask.part, 1),
    ...{ account: account.account, partition: account.partition, fence, origin },
    ...{ subscriptionId, position, attempt: 1, symbol, side, ...ask, pending: null },
    ...{ stopLoss: null, takeProfit: null, masterPrice: masterOpenPrice },
    ...{ status: "sent", validUntil: null },
  };
}
