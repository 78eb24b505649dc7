/**
 * Open positions as the page shows them, valued at the last quotes: of a follower from what its
 * copies hold, of a master as a fold over its signals (an open, increases, reductions, the close).
 */
import { divideHalfEven, type Fixed, ONE } from "../domain/fixed.ts";
import { type Ratio, ratio } from "../domain/ratio.ts";
import type { Side } from "../domain/trade.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import { heldOf } from "../follower/outcome.ts";
import type { BrokerMarket } from "../gateway/market.ts";
import { isOfOrder, type Signal } from "../master/signal.ts";
import type { LivePosition } from "../portal/live.ts";

export type Standing = {
  readonly id: string;
  readonly symbol: string;
  readonly side: Side;
  readonly volume: Fixed;
  readonly openPrice: Fixed;
};

const CENT: bigint = 1_000_000n;
const DIGITS_DEFAULT = 5;

/** What one lot of a symbol is worth in one currency at one instant: worked out once for all. */
type Worth = {
  readonly digits: number;
  /** Where a buy and a sell would be closed; null where nothing is quoted or no rate is known. */
  readonly exit: { readonly buy: Fixed; readonly sell: Fixed; readonly rate: Ratio } | null;
};

/** Values positions during one look, in which no quote moves. */
export class Valuer {
  readonly #worths = new Map<BrokerMarket, Map<string, Worth>>();

  position(standing: Standing, market: BrokerMarket, currency: string): LivePosition {
    const { id, symbol, side, volume, openPrice } = standing;
    const { digits, exit } = this.#worth(symbol, market, currency);
    return { id, symbol, digits, side, volume, openPrice, profit: profitOf(standing, exit) };
  }

  #worth(symbol: string, market: BrokerMarket, currency: string): Worth {
    let known = this.#worths.get(market);
    if (known === undefined) {
      known = new Map();
      this.#worths.set(market, known);
    }
    const key = currency + symbol;
    let worth = known.get(key);
    if (worth === undefined) {
      worth = worthOf(symbol, market, currency);
      known.set(key, worth);
    }
    return worth;
  }
}

/** To the cent; zero where a quote or a rate is missing: the account's figures say so too. */
function profitOf({ side, volume, openPrice }: Standing, exit: Worth["exit"]): Fixed {
  if (exit === null) return 0n;
  const move = side === "buy" ? exit.buy - openPrice : openPrice - exit.sell;
  return divideHalfEven(move * volume * exit.rate.n, exit.rate.d) * CENT;
}

function worthOf(symbol: string, market: BrokerMarket, currency: string): Worth {
  const spec = market.spec(symbol);
  const quote = market.quote(symbol);
  const rate = spec === undefined ? null : market.rate(spec.profitCurrency, currency);
  const digits = spec?.digits ?? DIGITS_DEFAULT;
  if (spec === undefined || quote === undefined || rate === null) return { digits, exit: null };
  // From price times lots (units of 1e-16) to cents, in lowest terms: small numbers are fast.
  const toCents = ratio(spec.contractSize * rate.n, ONE * ONE * rate.d * CENT);
  return { digits, exit: { buy: quote.bid, sell: quote.ask, rate: toCents } };
}

/** What a copy holds; null where it holds nothing. */
export function standingOf(copied: CopiedPosition, id: string): Standing | null {
  const volume = heldOf(copied);
  const { symbol, side, openPrice } = copied;
  return volume === 0n ? null : { id, symbol, side, volume, openPrice: openPrice ?? 0n };
}

/** One master's position after a signal; null where it is closed, or an order that waits. */
export function afterSignal(before: Standing | undefined, signal: Signal): Standing | null {
  const { position: id, symbol, side, after: volume } = signal;
  if (volume === 0n || isOfOrder(signal)) return null;
  return { id, symbol, side, volume, openPrice: openPriceAfter(before, signal) };
}

/** The average of what was opened, by volume; a reduction leaves it. */
function openPriceAfter(before: Standing | undefined, signal: Signal): Fixed {
  const { kind, price, volume } = signal;
  if (before === undefined) return price ?? 0n;
  if (kind !== "increase" || price === null) return before.openPrice;
  const cost = before.openPrice * before.volume + price * volume;
  return divideHalfEven(cost, before.volume + volume);
}
