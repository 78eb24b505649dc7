/**
 * Whether it is still a good moment to open: the age of the signal and how far the price has run
 * from the master's. A better price is never a deviation. Only opens are ever guarded.
 */
import { type Fixed, maxFixed } from "../domain/fixed.ts";
import type { Step } from "./decision.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { Rules } from "./rules.ts";
import { fillPrice, type SignalView, type SymbolView } from "./view.ts";

/** The step to record, or the refusal. */
export function guardOpen(view: SignalView, symbol: SymbolView, rules: Rules): Step | Refusal {
  const { maxAgeMs, maxDeviationPoints } = rules.guards;
  const moved = worseBy(view, symbol);
  const step = view.priceStep(symbol, moved);
  if (view.ageMs > maxAgeMs) return refuse("STALE", { ...step, maxAgeMs: String(maxAgeMs) });
  if (maxDeviationPoints !== null && moved > BigInt(maxDeviationPoints) * symbol.point) {
    return refuse("PRICE_MOVED", { ...step, maxDeviationPoints: String(maxDeviationPoints) });
  }
  return step;
}

/** How much worse than the master's the follower's price is; zero where it is as good or better. */
function worseBy({ signal }: SignalView, symbol: SymbolView): Fixed {
  const own = fillPrice(symbol, signal.side);
  if (own === null || signal.price === null) return 0n;
  return maxFixed(0n, signal.side === "buy" ? own - signal.price : signal.price - own);
}
