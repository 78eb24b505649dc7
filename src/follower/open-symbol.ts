/** The symbol and side that a follower would open, and whether its account may trade them now. */
import type { Side } from "../domain/trade.ts";
import type { FollowerState } from "./decision.ts";
import { type EntryView, entryOf, ownSide } from "./entry.ts";
import { openCopies } from "./exposure.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { mapSymbol } from "./rules/symbol-map.ts";
import type { SignalView } from "./view.ts";

export function openEntry(view: SignalView, follower: FollowerState): EntryView | Refusal {
  const { rules, facts } = follower;
  if (!facts.tradeAllowed) return refuse("TRADE_DISABLED", { step: "account", trade: "disabled" });
  const { name, priceFactor } = mapSymbol(view.signal.symbol, rules.symbolMap, view.market.mapped);
  const symbol = view.symbol(name);
  if (symbol === undefined) return refuse("SYMBOL_MISSING", { step: "symbol", symbol: name });
  const { tradeMode } = symbol.spec;
  if (tradeMode !== "full") {
    return refuse("TRADE_DISABLED", { step: "symbol", symbol: name, tradeMode });
  }
  if (view.market.isOpen?.(name) === false) {
    return refuse("MARKET_CLOSED", { step: "symbol", symbol: name });
  }
  if (symbol.quote === null) return refuse("NO_PRICE", { step: "symbol", symbol: name });
  const entry = entryOf(view, symbol, sideOf(view, follower), priceFactor);
  return entry.mismatch ?? hedgeRefusal(follower, name, entry.side) ?? entry;
}

/** An increase stays on the side that its copy was opened on, whatever the rules say by now. */
function sideOf({ signal }: SignalView, { copied, rules }: FollowerState): Side {
  const isHeld = copied !== null && copied.holdings.length > 0;
  return isHeld ? copied.side : ownSide(signal, rules.reverse);
}

/** Told before the broker refuses it (10046); what the user trades by hand only the broker sees. */
function hedgeRefusal(follower: FollowerState, symbol: string, side: Side): Refusal | null {
  if (!follower.facts.hedgingProhibited || follower.positionMode === "netting") return null;
  for (const other of openCopies(follower, "account")) {
    if (other.symbol !== symbol || other.side === side) continue;
    return refuse("HEDGE_PROHIBITED", { step: "account", symbol, held: other.side });
  }
  return null;
}
