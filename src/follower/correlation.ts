/**
 * reduceCorrelation: what copies hold already of either currency of the new one, on the same side,
 * is taken off the size. Of the two legs the larger counts, so that the open brings neither
 * currency above what it would have been alone; legs on the other side take nothing off.
 */
import { formatFixed, maxFixed, ONE } from "../domain/fixed.ts";
import type { Step } from "./decision.ts";
import { currencyLegs } from "./exposure.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { decimalOf, type Size, type Sizing } from "./sizing.ts";

export type Reduced = { readonly size: Size; readonly step: Step };

/** The size itself where nothing is taken off. */
export function reduceCorrelated(given: Sizing, sized: Reduced): Reduced | Refusal {
  const { view, entry, follower } = given;
  const { size } = sized;
  const { reduceCorrelation } = follower.rules;
  const scope = reduceCorrelation === "by-account" ? "account" : "subscription";
  const legs = currencyLegs(view, follower, scope);
  const { spec, quote, units } = entry.symbol;
  if (legs === null || quote === null) {
    return refuse("NO_PRICE", { step: "correlation", mode: reduceCorrelation });
  }
  const [base, profit] = [spec.baseCurrency, spec.profitCurrency];
  const sign = entry.side === "buy" ? 1n : -1n;
  const heldBase = maxFixed(0n, sign * (legs.get(base) ?? 0n));
  const heldProfit = maxFixed(0n, -sign * (legs.get(profit) ?? 0n));
  // The profit leg in units of the base, at the mid.
  const asBase = (heldProfit * 2n * ONE) / (quote.bid + quote.ask);
  const held = maxFixed(heldBase, asBase);
  if (held === 0n) return sized;
  const lots = (held * ONE) / units;
  const left = { n: size.n - lots * size.d, d: size.d };
  const step = {
    step: "correlation",
    mode: reduceCorrelation,
    currency: heldBase >= asBase ? base : profit,
    held: formatFixed(lots),
    volume: formatFixed(maxFixed(0n, decimalOf(left))),
  };
  return left.n <= 0n ? refuse("CORRELATED", step) : { size: left, step };
}
