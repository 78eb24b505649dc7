/**
 * What copies hold: how many there are, their lots by symbol, their notional in the account's
 * currency and their currency legs. Open copies only; one that is being opened counts as one, and so
 * does a mirrored order that stands, with all that it may fill.
 */
import { type Fixed, ONE } from "../domain/fixed.ts";
import type { CopiedPosition, FollowerState, Scope } from "./decision.ts";
import { committedVolume, stands } from "./mirrored.ts";
import { heldVolume } from "./reduce.ts";
import { notionalPerLot, type SignalView } from "./view.ts";

export type Exposure = {
  readonly positions: number;
  readonly volume: Fixed;
  readonly bySymbol: ReadonlyMap<string, Fixed>;
  /** Both sides together, at mid; null where a price or a rate is missing. */
  readonly notional: Fixed | null;
};

export function exposureOf(view: SignalView, follower: FollowerState, scope: Scope): Exposure {
  const bySymbol = new Map<string, Fixed>();
  let positions = 0;
  let volume = 0n;
  for (const copied of openCopies(follower, scope)) {
    const held = committedVolume(copied);
    positions += 1;
    volume += held;
    bySymbol.set(copied.symbol, (bySymbol.get(copied.symbol) ?? 0n) + held);
  }
  return { positions, volume, bySymbol, notional: notionalOf(view, follower, bySymbol) };
}

export function* openCopies(follower: FollowerState, scope: Scope): Iterable<CopiedPosition> {
  for (const copied of follower.copies(scope)) {
    if (copied.state === "opening" || copied.holdings.length > 0 || stands(copied)) yield copied;
  }
}

function notionalOf(
  view: SignalView,
  { currency }: FollowerState,
  bySymbol: ReadonlyMap<string, Fixed>,
): Fixed | null {
  let sum = 0n;
  for (const [name, lots] of bySymbol) {
    if (lots === 0n) continue;
    const symbol = view.symbol(name);
    const lot = symbol === undefined ? null : notionalPerLot(view, symbol, currency);
    if (lot === null) return null;
    sum += (lots * lot.n) / (lot.d * ONE);
  }
  return sum;
}

/**
 * What copies hold of each currency, net, in its own units: a copy that bought EURUSD holds the
 * euros and owes the dollars at the present mid.
 */
export function currencyLegs(
  view: SignalView,
  follower: FollowerState,
  scope: Scope,
): ReadonlyMap<string, Fixed> | null {
  const legs = new Map<string, Fixed>();
  const add = (currency: string, amount: Fixed): void => {
    legs.set(currency, (legs.get(currency) ?? 0n) + amount);
  };
  for (const { symbol: name, side, holdings } of openCopies(follower, scope)) {
    const held = heldVolume(holdings);
    if (held === 0n) continue;
    const symbol = view.symbol(name);
    if (symbol === undefined || symbol.quote === null) return null;
    const { spec, quote, units } = symbol;
    const base = (side === "buy" ? held : -held) * units;
    add(spec.baseCurrency, base / ONE);
    add(spec.profitCurrency, (-base * (quote.bid + quote.ask)) / (2n * ONE * ONE));
  }
  return legs;
}
