/**
 * Whether it is a good moment to open, asked in this order: the age of the signal, trading hours,
 * economic releases, how far the price has run from the master's, the spread, the price of a
 * position from before, and how often was opened lately. A better price is never a deviation.
 * Only opens are ever guarded.
 */
import { formatFixed, ONE } from "../domain/fixed.ts";
import type { FollowerState, Step } from "./decision.ts";
import type { EntryView } from "./entry.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { spreadOf } from "./risk-of-stop.ts";
import type { Rules } from "./rules.ts";
import { refuseThrottled } from "./throttle.ts";
import { refuseTimes } from "./trading-times.ts";
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
  const { uses } = rules;
  const refused =
    (uses.times ? refuseTimes(view, entry.symbol, rules) : null) ??
    refuseMoved(entry, rules) ??
    (uses.rarePrices ? refusePrice(entry, rules) : null) ??
    (view.signal.existing ? refuseWorse(entry, rules) : null) ??
    (uses.throttle ? refuseThrottled(view, follower) : null);
  return refused ?? step;
}

function refuseMoved({ symbol, worse, priceStep }: EntryView, rules: Rules): Refusal | null {
  const { maxDeviationPoints } = rules.guards;
  if (maxDeviationPoints === null || worse <= BigInt(maxDeviationPoints) * symbol.point)
    return null;
  return refuse("PRICE_MOVED", {
    ...priceStep,
    maxDeviationPoints: String(maxDeviationPoints),
  });
}

function refusePrice(entry: EntryView, rules: Rules): Refusal | null {
  const { symbol, worse, priceStep: step } = entry;
  const { maxDeviationPercent, maxSpreadPoints } = rules.guards;
  const master = entry.master.price;
  if (maxDeviationPercent !== null && master !== null) {
    if (worse * 100n * ONE > maxDeviationPercent * master) {
      const most = formatFixed(maxDeviationPercent);
      return refuse("PRICE_MOVED", { ...step, maxDeviationPercent: most });
    }
  }
  if (maxSpreadPoints === null) return null;
  const spread = spreadOf(symbol);
  if (spread <= BigInt(maxSpreadPoints) * symbol.point) return null;
  return refuse("SPREAD_TOO_WIDE", {
    ...step,
    spreadPoints: formatFixed((spread * ONE) / symbol.point),
    maxSpreadPoints: String(maxSpreadPoints),
  });
}

/** A position from before, at a price worse than the master's. */
function refuseWorse({ worse, priceStep }: EntryView, { copyExisting }: Rules): Refusal | null {
  if (copyExisting !== "better-price-only" || worse === 0n) return null;
  return refuse("EXISTING", { ...priceStep, copyExisting });
}
