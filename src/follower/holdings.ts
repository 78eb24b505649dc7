/** Lots that come to a copy, and the price that they come at. */
import type { Fixed } from "../domain/fixed.ts";
import type { Holding } from "./decision.ts";

/** Weighted by volume; where one side's price is not known, the other's. */
export function averaged(
  old: Fixed | null,
  held: Fixed,
  price: Fixed | null,
  filled: Fixed,
): Fixed | null {
  if (old === null || held === 0n) return price;
  if (price === null) return old;
  if (held + filled === 0n) return old;
  return (old * held + price * filled) / (held + filled);
}

export function added(holdings: readonly Holding[], more: Holding): readonly Holding[] {
  const known = holdings.find((holding) => holding.positionId === more.positionId);
  if (known === undefined) return [...holdings, more];
  return holdings.map((holding) =>
    holding === known ? { ...holding, volume: holding.volume + more.volume } : holding,
  );
}
