/**
 * The owner's memory of its followers: accounts, subscriptions and what each copy holds. Loaded at
 * take-over, kept current by outcomes and events; a decision reads nothing else.
 */
import type { AccountRef, PositionMode, StampedFigures } from "../domain/account.ts";
import type { Fixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { Side } from "../domain/trade.ts";
import type { BrokerMarket } from "../gateway/market.ts";
import { orderPlace } from "../master/orders.ts";
import type { Signal } from "../master/signal.ts";
import type {
  AccountFacts,
  Barred,
  CopiedPosition,
  Decision,
  FollowerState,
  LaterStops,
  Recent,
  Scope,
} from "./decision.ts";
import { type Mirror, stands } from "./mirrored.ts";
import type { Rules } from "./rules.ts";

/** The broker's one position of a symbol on a netting account, as last heard. */
export type Net = { readonly positionId: string; readonly side: Side; readonly volume: Fixed };

export type Unresolved = {
  readonly subscriptionId: string;
  readonly position: string;
  /** The follower's; absent while nothing of it can be at the broker. */
  readonly symbol?: string;
};

export type AccountState = {
  readonly account: AccountRef;
  readonly name: string;
  readonly currency: string;
  readonly positionMode: PositionMode;
  readonly partition: number;
  readonly market: BrokerMarket;
  facts: AccountFacts;
  online: boolean;
  killed: boolean;
  /** Positions that a subscription left to the account when it was stopped. */
  readonly released: Set<string>;
  /** Mirrored orders of a subscription that was stopped while they stood, by the broker's id. */
  readonly releasedOrders: Map<string, Mirror>;
  /** False until a snapshot was reconciled. */
  ready: boolean;
  figures: StampedFigures | null;
  /** Unanswered instructions by key, and how many of them are of unknown outcome. */
  readonly unresolved: Map<string, Unresolved>;
  readonly unknown: Set<string>;
  /** By symbol; empty on a hedging account. */
  readonly nets: Map<string, Net>;
};

export type RulesVersion = {
  readonly version: number;
  readonly fromSequence: number;
  readonly rules: Rules;
};

export type Subscription = {
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly strategyId: string;
  readonly masterId: string;
  readonly account: AccountState;
  mode: FollowerState["mode"];
  /** Oldest first. */
  readonly rules: readonly RulesVersion[];
  /** Signals up to here are not this subscription's, or have been handed to it. */
  seen: number;
  /** Signals that wait for an earlier one, in order. */
  waiting: Signal[];
  readonly copied: Map<string, CopiedPosition>;
  /** Positions whose master's close is decided: no signal asks for them again. */
  readonly ended: Set<string>;
  recent: Recent;
  /** When its ledger was last restored from a backup; absent or null: never. */
  readonly restoredAt?: Instant | null;
  /** A risk limit that has tripped, or a plan that has lapsed; absent where neither has. */
  barred?: Barred | null;
  /** How it is being stopped; null or absent: it is not. */
  stopping?: "close-by-master" | "close-now" | null;
  /** Whether a kill switch covers it; absent: not. */
  killed?: boolean;
};

/** What is assumed of an account of which the broker has said nothing. */
export const PLAIN_ACCOUNT: AccountFacts = {
  leverage: null,
  hedgingProhibited: false,
  tradeAllowed: true,
};

export const NOTHING_RECENT: Recent = { carried: new Map(), opens: [], tripped: false };

/** Forgets copies that are over on both sides, so that memory holds what stands, not what was. */
export function forgetEnded(subscription: Subscription): void {
  for (const position of subscription.ended) {
    const copied = subscription.copied.get(position);
    if ((copied?.holdings.length ?? 0) > 0 || stands(copied)) continue;
    subscription.copied.delete(position);
    subscription.ended.delete(position);
  }
  for (const { position, order, holdings } of subscription.copied.values()) {
    const isOver = order?.orderId === null && holdings.length === 0 && order.linked !== null;
    if (isOver && !subscription.copied.has(order.linked)) subscription.copied.delete(position);
  }
}

/** Up to here every signal of a position has been decided; later ones wait, or are not here yet. */
export function decidedThrough(subscription: Subscription, position: string): number {
  const next = subscription.waiting.find((signal) => signal.position === position);
  return next === undefined ? subscription.seen : next.sequence - 1;
}

/** The rules in force for a signal: the last version that began at or before it. */
export function rulesFor(subscription: Subscription, sequence: number): RulesVersion {
  let current = subscription.rules[0];
  for (const version of subscription.rules) {
    if (version.fromSequence <= sequence) current = version;
  }
  if (current === undefined) throw new RangeError("a subscription without rules");
  return current;
}

/**
 * The rules for a signal: an open and an increase go by the version in force, and what is open keeps
 * what it was opened under, except for the mode, by which a subscription is stopped.
 */
export function rulesOf(subscription: Subscription, signal: Signal): RulesVersion {
  const now = rulesFor(subscription, signal.sequence);
  if (signal.kind === "open" || signal.kind === "increase") return now;
  const copied = subscription.copied.get(signal.position);
  const then = copied === undefined ? now : openedUnder(subscription, copied);
  if (then.version >= now.version) return now;
  if (then.rules.mode === now.rules.mode) return then;
  return { ...then, rules: { ...then.rules, mode: now.rules.mode } };
}

/** A version holds for the signals after its sequence; of what no signal is known to have opened, the last. */
export function openedUnder(
  subscription: Subscription,
  { openedBy }: Pick<CopiedPosition, "openedBy">,
): RulesVersion {
  return rulesFor(subscription, openedBy === undefined ? Number.MAX_SAFE_INTEGER : openedBy - 1);
}

/** `siblings`: the subscriptions of an account, for what is counted over all of them. */
export function followerState(
  subscription: Subscription,
  signal: Signal,
  siblings: { ofAccount(accountId: string): readonly Subscription[] },
  laterStops: LaterStops | null = null,
): FollowerState {
  const { account } = subscription;
  const { rules, version } = rulesOf(subscription, signal);
  return {
    subscriptionId: subscription.subscriptionId,
    account: account.account,
    currency: account.currency,
    positionMode: account.positionMode,
    online: account.online,
    armed: account.ready && account.unknown.size === 0,
    killed: account.killed || subscription.killed === true,
    mode: subscription.mode,
    rules,
    rulesVersion: version,
    figures: account.figures,
    copied: subscription.copied.get(signal.position) ?? null,
    ...mirrorOf(subscription, signal),
    restoredAt: subscription.restoredAt ?? null,
    barred: subscription.barred ?? null,
    laterStops,
    facts: account.facts,
    recent: subscription.recent,
    copies: (scope: Scope) =>
      scope === "subscription"
        ? subscription.copied.values()
        : siblings.ofAccount(account.account.accountId).flatMap((one) => [...one.copied.values()]),
  };
}

/** What a signal of a pending order, or of a deal that fills one, asks for besides its own place. */
function mirrorOf(
  { copied, waiting }: Subscription,
  { orderId, position, sequence }: Signal,
): Pick<FollowerState, "mirror" | "linked" | "isOver"> {
  if (orderId === null || orderId === undefined) return {};
  const mirror = copied.get(orderPlace(orderId)) ?? null;
  const linked = copied.get(mirror?.order?.linked ?? "") ?? null;
  if (position !== orderPlace(orderId)) return { mirror, linked };
  const isOver = waiting.some(
    (later) => later.sequence > sequence && later.orderId === orderId && later.kind !== "change",
  );
  return { mirror, linked, isOver };
}

/** Keeps what a written decision leaves behind for the next ones. */
export function rememberDecision(
  subscription: Subscription,
  signal: Signal,
  decision: Decision,
  now: Instant,
): void {
  const { remember } = decision;
  const { throttle } = rulesFor(subscription, signal.sequence).rules.guards;
  const { carried, opens, ...tripping } = subscription.recent;
  const opened = decision.plans.some(({ kind }) => kind === "open" || kind === "place");
  if (remember === undefined && (!opened || throttle.length === 0)) return;
  const longest = throttle.reduce((most, { windowMs }) => Math.max(most, windowMs), 0);
  const lost = remember?.carried;
  subscription.recent = {
    carried: lost === undefined ? carried : new Map([...carried, [lost.symbol, lost.left]]),
    opens: [...opens.filter((at) => at > now - longest), ...(opened ? [now] : [])],
    ...(remember?.tripped === true ? { tripped: true, trippedBy: signal.sequence } : tripping),
  };
}
