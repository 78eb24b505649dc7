/** What it has cost to open something and close it again, in the account's currency. */
import { divideHalfEven, type Fixed, ONE } from "../domain/fixed.ts";
import type { Outcome } from "../domain/instruction.ts";
import { unitsPerLot } from "../domain/symbol.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import type { AccountState } from "../follower/state.ts";

const CENT: Fixed = 1_000_000n;

/** Below zero where it was a gain; empty where a price or a rate is not known. */
export function lossOf(
  { market, currency }: AccountState,
  { symbol, side, openPrice }: CopiedPosition,
  { price, filled }: Outcome,
): { readonly cost?: Fixed; readonly currency?: string } {
  const spec = market.spec(symbol);
  const rate = spec === undefined ? null : market.rate(spec.profitCurrency, currency);
  if (spec === undefined || rate === null || openPrice === null || price === null) return {};
  const worse = side === "buy" ? openPrice - price : price - openPrice;
  const amount = worse * filled * unitsPerLot(spec) * rate.n;
  return { cost: divideHalfEven(amount, ONE * ONE * CENT * rate.d) * CENT, currency };
}
