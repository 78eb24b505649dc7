/**
 * Whether and how a follower opens what its master opened or increased. Asked in this order, and
 * the first no is the recorded reason:
 *   1. the subscription: PAUSED, CLOSE_ONLY, CIRCULAR, EXISTING, KILLED, and what became of an
 *      earlier copy of the position (DETACHED, DUPLICATE);
 *   2. the filters: SYMBOL_EXCLUDED, SIDE_EXCLUDED, MAGIC_EXCLUDED, MASTER_VOLUME;
 *   3. the account: ACCOUNT_OFFLINE, where it is not connected or was never seen;
 *   4. the symbol: SYMBOL_MISSING, TRADE_DISABLED, NO_PRICE;
 *   5. the stops: INVALID_STOPS;
 *   6. the size: NO_FIGURES, NO_PRICE, NO_STOP_LOSS, INVALID_STOPS, NO_MONEY;
 *   7. the rounding: BELOW_MIN_VOLUME, MAX_VOLUME, ABOVE_MAX_VOLUME;
 *   8. the guards: STALE, PRICE_MOVED.
 * What the rules say comes before what the moment brings, so that the reason given is the one that
 * would stand tomorrow too. An account whose opens are disarmed is not asked: the caller waits.
 */
import type { SkipReason } from "../domain/codes.ts";
import type { Fixed } from "../domain/fixed.ts";
import { copy, skip, skipRefused } from "./answer.ts";
import type { CopiedPosition, Decision, FollowerState, Plan, Step } from "./decision.ts";
import { filterOpen } from "./filters.ts";
import { guardOpen } from "./guards.ts";
import type { SubscriptionMode } from "./mode.ts";
import { isRefusal, type Refusal, refuse } from "./refusal.ts";
import { roundOpen } from "./rounding.ts";
import { mapSymbol } from "./rules/symbol-map.ts";
import { type Sizable, sizeOpen } from "./sizing.ts";
import { stopsForOpen } from "./stops.ts";
import type { SignalView, Stops, SymbolView } from "./view.ts";

export function decideOpen(
  view: SignalView,
  follower: FollowerState,
  mode: SubscriptionMode,
): Decision {
  const refused =
    refuseSubscription(view, follower, mode) ?? filterOpen(view.signal, follower.rules);
  if (refused !== null) return skipRefused(refused);
  if (!isSizable(follower)) return skip("ACCOUNT_OFFLINE", [{ step: "account" }]);
  const symbol = openSymbol(view, follower);
  if (isRefusal(symbol)) return skipRefused(symbol);
  const stops = stopsForOpen(view, symbol, follower.rules);
  if (isRefusal(stops)) return skipRefused(stops);
  return sizeAndGuard(view, symbol, follower, stops);
}

function isSizable(follower: FollowerState): follower is Sizable {
  return follower.online && follower.figures !== null;
}

function refuseSubscription(
  { signal }: SignalView,
  follower: FollowerState,
  mode: SubscriptionMode,
): Refusal | null {
  const step = (fact: string): Step => ({ step: "subscription", fact });
  if (mode === "paused") return refuse("PAUSED", step("mode"));
  if (mode === "close-only") return refuse("CLOSE_ONLY", step("mode"));
  if (follower.account.accountId === signal.masterId) return refuse("CIRCULAR", step("account"));
  if (signal.existing) return refuse("EXISTING", step("position"));
  if (follower.killed) return refuse("KILLED", step("kill"));
  const earlier = refuseEarlier(signal.kind, follower.copied);
  return earlier === null
    ? null
    : refuse(earlier, { step: "subscription", copied: follower.copied?.state ?? "none" });
}

/** A position is opened once; an increase adds to it unless the follower's side has ended it. */
function refuseEarlier(kind: string, copied: CopiedPosition | null): SkipReason | null {
  if (copied === null || copied.state === "never-opened") return null;
  if (copied.state === "detached" || copied.state === "stopped-out") return "DETACHED";
  return kind === "open" ? "DUPLICATE" : null;
}

function openSymbol(view: SignalView, { rules }: FollowerState): SymbolView | Refusal {
  const { name } = mapSymbol(view.signal.symbol, rules.symbolMap);
  const symbol = view.symbol(name);
  if (symbol === undefined) return refuse("SYMBOL_MISSING", { step: "symbol", symbol: name });
  const { tradeMode } = symbol.spec;
  if (tradeMode !== "full") {
    return refuse("TRADE_DISABLED", { step: "symbol", symbol: name, tradeMode });
  }
  return symbol.quote === null ? refuse("NO_PRICE", { step: "symbol", symbol: name }) : symbol;
}

function sizeAndGuard(
  view: SignalView,
  symbol: SymbolView,
  follower: Sizable,
  stops: Stops,
): Decision {
  const sized = sizeOpen(view, symbol, follower, stops);
  if (isRefusal(sized)) return skipRefused(sized, stops.steps);
  const { wanted } = sized;
  const before = [...stops.steps, sized.step];
  const rounded = roundOpen(sized.size, symbol, follower.rules);
  if (isRefusal(rounded)) return skipRefused(rounded, before, { wanted });
  const steps = [...before, ...rounded.steps];
  const guard = guardOpen(view, symbol, follower.rules);
  if (isRefusal(guard)) return skipRefused(guard, steps, { wanted });
  return copy({
    wanted,
    volume: rounded.volume,
    steps: [...steps, guard],
    plans: rounded.parts.map((volume, index) =>
      openPlan(view, symbol, stops, { volume, part: index + 1 }),
    ),
    target: null,
  });
}

function openPlan(
  { signal }: SignalView,
  symbol: SymbolView,
  { stopLoss, takeProfit }: Stops,
  { volume, part }: { readonly volume: Fixed; readonly part: number },
): Plan {
  return {
    part,
    kind: "open",
    symbol: symbol.spec.name,
    side: signal.side,
    volume,
    positionId: null,
    stopLoss,
    takeProfit,
  };
}
