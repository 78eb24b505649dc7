/**
 * Whether and how a follower opens what its master opened or increased. Asked in this order, and
 * the first no is the recorded reason:
 *   1. the subscription: PAUSED, CLOSE_ONLY, THROTTLED (tripped before), CIRCULAR, EXISTING, KILLED,
 *      RISK_LIMIT, PLAN_LAPSED, and what became of an earlier copy of the position (DETACHED, DUPLICATE);
 *   2. the filters: SYMBOL_EXCLUDED, SIDE_EXCLUDED, MAGIC_EXCLUDED, MASTER_VOLUME,
 *      COMMENT_EXCLUDED, PENDING_EXCLUDED, MASTER_DRAWDOWN;
 *   3. the account: ACCOUNT_OFFLINE, where it is not connected or was never seen; TRADE_DISABLED;
 *   4. the symbol: SYMBOL_MISSING, TRADE_DISABLED, MARKET_CLOSED, NO_PRICE, HEDGE_PROHIBITED;
 *   5. the stops: INVALID_STOPS;
 *   6. the size: NO_FIGURES, NO_PRICE, NO_STOP_LOSS, INVALID_STOPS, NO_MONEY, CORRELATED;
 *   7. caps and rounding: MAX_POSITIONS, BELOW_MIN_VOLUME, MAX_VOLUME, MAX_LEVERAGE, MAX_RISK,
 *      NO_MONEY, ABOVE_MAX_VOLUME;
 *   8. the guards: STALE, OUTSIDE_WINDOW, NEWS_WINDOW, PRICE_MOVED, SPREAD_TOO_WIDE, EXISTING,
 *      THROTTLED.
 * What the rules say comes before what the moment brings, so that the reason given is the one that
 * would stand tomorrow too. An account whose opens are disarmed is not asked: the caller waits.
 */
import type { Fixed } from "../domain/fixed.ts";
import { drawnFrom } from "../domain/ids.ts";
import { copy, skip, skipRefused } from "./answer.ts";
import { capsOf, NO_CAPS } from "./caps.ts";
import { reduceCorrelated } from "./correlation.ts";
import type { Decision, FollowerState, Plan, Step } from "./decision.ts";
import type { EntryView, Stops } from "./entry.ts";
import { filterOpen } from "./filters.ts";
import { guardOpen } from "./guards.ts";
import type { SubscriptionMode } from "./mode.ts";
import { refuseSubscription } from "./open-subscription.ts";
import { openEntry } from "./open-symbol.ts";
import { isRefusal } from "./refusal.ts";
import { type Rounded, roundOpen } from "./rounding.ts";
import { type Sizable, type Sized, type Sizing, sizeOpen } from "./sizing.ts";
import { stopsForOpen } from "./stops.ts";
import type { SignalView } from "./view.ts";

export function decideOpen(
  view: SignalView,
  follower: FollowerState,
  mode: SubscriptionMode,
): Decision {
  const refused = refuseSubscription(view, follower, mode) ?? filterOpen(view, follower.rules);
  if (refused !== null) return skipRefused(refused);
  if (!isSizable(follower)) return skip("ACCOUNT_OFFLINE", [{ step: "account" }]);
  const entry = openEntry(view, follower);
  if (isRefusal(entry)) return skipRefused(entry);
  const stops = stopsForOpen(view, entry, follower.rules);
  if (isRefusal(stops)) return skipRefused(stops);
  return sizeAndGuard({ view, entry, follower, stops });
}

function isSizable(follower: FollowerState): follower is Sizable {
  return follower.online && follower.figures !== null;
}

function sizeAndGuard(given: Sizing): Decision {
  const { view, entry, follower, stops } = given;
  const sized = sizeOpen(given);
  if (isRefusal(sized)) return skipRefused(sized, stops.steps);
  const { wanted } = sized;
  const before = stops.steps.length === 0 ? [sized.step] : [...stops.steps, sized.step];
  const rounded = limitOpen(given, sized, before);
  if ("decision" in rounded) return rounded;
  const guard = guardOpen(view, entry, follower);
  if (isRefusal(guard)) {
    const decision = skipRefused(guard, rounded.steps, { wanted });
    return guard.refused === "THROTTLED" ? { ...decision, remember: { tripped: true } } : decision;
  }
  rounded.steps.push(guard);
  return answerOpen(given, rounded, wanted);
}

/** The orders, and all steps up to them; or the skip. */
export function limitOpen(
  given: Sizing,
  sized: Sized,
  before: readonly Step[],
): Rounded | Decision {
  const { entry, follower } = given;
  const { rules } = follower;
  const known = { wanted: sized.wanted };
  const reduced = rules.reduceCorrelation === "off" ? sized : reduceCorrelated(given, sized);
  if (isRefusal(reduced)) return skipRefused(reduced, before, known);
  const steps = reduced === sized ? before : [...before, reduced.step];
  const caps = rules.uses.caps ? capsOf(given) : NO_CAPS;
  if (isRefusal(caps)) return skipRefused(caps, steps, known);
  const { symbol } = entry;
  const carried = rules.carryRemainder ? carriedOf(follower, symbol.spec.name) : 0n;
  const rounded = roundOpen(reduced.size, { symbol, rules, caps, carried, before: steps });
  if (!isRefusal(rounded)) return rounded;
  const { remember } = rounded;
  const decision = skipRefused(rounded, steps, known);
  return remember === undefined ? decision : { ...decision, remember };
}

function carriedOf({ recent }: FollowerState, symbol: string): Fixed {
  return recent.carried.get(symbol) ?? 0n;
}

function answerOpen(given: Sizing, rounded: Rounded, wanted: Fixed): Decision {
  const { view, entry, follower, stops } = given;
  const { volume, parts, steps, remember } = rounded;
  const delayMs = delayOf(view, follower);
  if (delayMs > 0) steps.push({ step: "delay", ms: String(delayMs) });
  const plans = parts.map((lots, index) =>
    openPlan(entry, stops, { volume: lots, part: index + 1 }),
  );
  const answer = copy({ wanted, volume, steps, plans, target: null });
  if (delayMs === 0 && remember === undefined) return answer;
  return {
    ...answer,
    ...(delayMs === 0 ? {} : { delayMs }),
    ...(remember === undefined ? {} : { remember }),
  };
}

/** Drawn from the signal and the subscription, so that a decision made again waits as long. */
export function delayOf({ signal }: SignalView, { rules, subscriptionId }: FollowerState): number {
  if (!rules.uses.delay) return 0;
  const { min, max } = rules.guards.delayMs;
  return drawnFrom(min, max, signal.id, subscriptionId);
}

function openPlan(
  entry: EntryView,
  { stopLoss, takeProfit }: Stops,
  { volume, part }: Pick<Plan, "volume" | "part">,
): Plan {
  return {
    part,
    kind: "open",
    symbol: entry.symbol.spec.name,
    side: entry.side,
    volume,
    positionId: null,
    stopLoss,
    takeProfit,
  };
}
