/**
 * Whether it is a good moment to open, asked in this order: the age of the signal, trading hours,
 * economic releases, how far the price has run from the master's, the spread, the price of a
 * position from before, and how often was opened lately. A better price is never a deviation.
 * Only opens are ever guarded.
 */
import { formatFixed, ONE } from "../domain/fixed.ts";
import type { FollowerState, Step } from "./decision.ts";
import type { EntryView } from "./entry.ts";
import { isRefusal, type Refusal, refuse } from "./refusal.ts";
import { spreadOf } from "./risk-of-stop.ts";
import type { Rules } from "./rules.ts";
import { throttleOpen } from "./throttle.ts";
import { refuseHours, refuseNews } from "./trading-times.ts";
import type { SignalView } from "./view.ts";

/** The step to record, or the refusal. */
export function guardOpen(
  view: SignalView,
  entry: EntryView,
  follower: FollowerState,
): Step | Refusal {
  const { rules } = follower;
  const { maxAgeMs } = rules.guards;
  const step = entry.priceStep;
  if (view.ageMs > maxAgeMs) return refuse("STALE", { ...step, maxAgeMs: String(maxAgeMs) });
  const times = refuseHours(view, rules) ?? refuseNews(view, entry.symbol, rules);
  if (times !== null) return times;
  const price = guardPrice(view, entry, rules);
  if (isRefusal(price)) return price;
  return throttleOpen(view, follower) ?? step;
}

function guardPrice({ signal }: SignalView, entry: EntryView, rules: Rules): Step | Refusal {
  const { symbol, worse, priceStep: step } = entry;
  const { maxDeviationPoints, maxDeviationPercent, maxSpreadPoints } = rules.guards;
  if (maxDeviationPoints !== null && worse > BigInt(maxDeviationPoints) * symbol.point) {
    return refuse("PRICE_MOVED", { ...step, maxDeviationPoints: String(maxDeviationPoints) });
  }
  const master = entry.master.price;
  if (maxDeviationPercent !== null && master !== null) {
    if (worse * 100n * ONE > maxDeviationPercent * master) {
      const most = formatFixed(maxDeviationPercent);
      return refuse("PRICE_MOVED", { ...step, maxDeviationPercent: most });
    }
  }
  if (maxSpreadPoints !== null && spreadOf(symbol) > BigInt(maxSpreadPoints) * symbol.point) {
    const spreadPoints = formatFixed((spreadOf(symbol) * ONE) / symbol.point);
    return refuse("SPREAD_TOO_WIDE", {
      ...step,
      spreadPoints,
      maxSpreadPoints: String(maxSpreadPoints),
    });
  }
  if (signal.existing && rules.copyExisting === "better-price-only" && worse > 0n) {
    return refuse("EXISTING", { ...step, copyExisting: rules.copyExisting });
  }
  return step;
}
