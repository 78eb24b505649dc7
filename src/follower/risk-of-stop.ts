/**
 * What one lot would lose at the stop that will be placed, in the account's currency.
 * distance · units per lot · rate, the distance from the expected fill to the stop-loss, at least
 * spread + stop level. Where there is no stop-loss, `assumedStopPoints` stand in for it.
 */
import { absFixed, type Fixed, formatFixed, maxFixed, ONE } from "../domain/fixed.ts";
import type { EntryView, Stops } from "./entry.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { Rules } from "./rules.ts";
import type { Sizable } from "./sizing.ts";
import type { SignalView, SymbolView } from "./view.ts";

/** n / d in units of 1e-8 of the account's currency. */
export type Loss = { readonly n: bigint; readonly d: bigint; readonly distance: Fixed };

export function lossPerLot(
  view: SignalView,
  { symbol, fill, side }: EntryView,
  { rules, figures }: Sizable,
  stops: Stops,
): Loss | Refusal {
  const { mode } = rules.sizing;
  const distance = riskDistance(symbol, { fill: fill ?? 0n, isBuy: side === "buy" }, rules, stops);
  if (typeof distance !== "bigint") return distance;
  const from = symbol.spec.profitCurrency;
  const rate = view.rate(from, figures.currency);
  if (rate === null) return refuse("NO_PRICE", { step: "size", mode, from, to: figures.currency });
  return { n: distance * symbol.units * rate.n, d: ONE * rate.d, distance };
}

function riskDistance(
  symbol: SymbolView,
  { fill, isBuy }: { readonly fill: Fixed; readonly isBuy: boolean },
  { sizing }: Rules,
  { stopLoss, stopLossAsked }: Stops,
): Fixed | Refusal {
  const { mode, assumedStopPoints } = sizing;
  if (stopLoss === null || stopLossAsked === null) {
    if (assumedStopPoints === null) return refuse("NO_STOP_LOSS", { step: "size", mode });
    const least = spreadOf(symbol) + BigInt(symbol.spec.stopLevelPoints) * symbol.point;
    return maxFixed(BigInt(assumedStopPoints) * symbol.point, least);
  }
  const asked = isBuy ? fill - stopLossAsked : stopLossAsked - fill;
  if (asked > 0n) return absFixed(fill - stopLoss);
  return refuse("INVALID_STOPS", {
    step: "size",
    mode,
    price: formatFixed(fill),
    stopLoss: formatFixed(stopLossAsked),
  });
}

export function spreadOf({ quote }: SymbolView): Fixed {
  return quote === null ? 0n : maxFixed(0n, quote.ask - quote.bid);
}
