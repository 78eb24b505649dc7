/**
 * Swap: what holding a position over the broker's rollover earns or costs. It is added to the
 * position, is part of equity, and is booked with the deals that close it, in proportion.
 * Amounts: points · point · contract · lots at the current mid into the account's currency, or so
 * much a lot; each rollover is rounded half-even to the cent by itself, so that it does not matter
 * whether a quote came between two of them.
 */
import { type Fixed, ONE } from "../../domain/fixed.ts";
import type { Instant } from "../../domain/instant.ts";
import { pointSize } from "../../domain/symbol.ts";
import type { Market } from "./market.ts";
import type { Markets } from "./markets.ts";
import type { OpenPosition } from "./model.ts";
import { roundToCents } from "./valuation.ts";

export type SwapTerms = {
  /** points: of the symbol's price; currency: amounts of the account's, for each lot. */
  readonly unit: "points" | "currency";
  /** For a rollover of a buy and of a sell; what is negative is paid. */
  readonly long: Fixed;
  readonly short: Fixed;
  /** The weekday that counts three times (0 is Sunday), for the weekend; null: none does. */
  readonly tripleOn: number | null;
  /** Whether Saturdays and Sundays count. */
  readonly weekends: boolean;
};

export type SwapPlan = {
  /** The broker's clock less UTC. */
  readonly serverOffsetMs: number;
  /** When the broker's day rolls over, from its midnight. */
  readonly rolloverMs: number;
  /** By the broker's names; a symbol that is not here has no swap. */
  readonly symbols: ReadonlyMap<string, SwapTerms>;
};

const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday. */
const FIRST_WEEKDAY = 4;

/** The first rollover after an instant. */
export function rolloverAfter(at: Instant, plan: SwapPlan): Instant {
  const shift = plan.rolloverMs - plan.serverOffsetMs;
  return (Math.floor((at - shift) / DAY_MS) + 1) * DAY_MS + shift;
}

/** How often a rollover counts: that of midnight is of the day that ends with it. */
export function timesCharged(rollover: Instant, terms: SwapTerms, plan: SwapPlan): number {
  const day = Math.floor((rollover + plan.serverOffsetMs - 1) / DAY_MS);
  const weekday = (day + FIRST_WEEKDAY) % 7;
  if (weekday === terms.tripleOn) return 3;
  return terms.weekends || (weekday !== 0 && weekday !== 6) ? 1 : 0;
}

type Booked = { readonly swap: Fixed; readonly through: Instant };

/** The position's swap through `at`; null where no rollover counts or a rate is missing. */
export function swapThrough(
  position: OpenPosition,
  at: Instant,
  terms: SwapTerms,
  to: { readonly plan: SwapPlan; readonly markets: Markets; readonly currency: string },
): Booked | null {
  const { plan } = to;
  let through = position.swapAt ?? position.openedAt;
  let swap = position.swap;
  let counted = 0;
  for (let next = rolloverAfter(through, plan); next <= at; next = rolloverAfter(next, plan)) {
    const times = timesCharged(next, terms, plan);
    const amount = swapOf(position, times, terms, to);
    if (amount === null) return null;
    swap += amount;
    counted += times;
    through = next;
  }
  return counted === 0 ? null : { swap, through };
}

function swapOf(
  { side, symbol, volume }: OpenPosition,
  times: number,
  terms: SwapTerms,
  { markets, currency }: { readonly markets: Markets; readonly currency: string },
): Fixed | null {
  const lots = volume * BigInt(times) * (side === "buy" ? terms.long : terms.short);
  if (terms.unit === "currency") return roundToCents(lots, ONE);
  const market: Market = markets.get(symbol);
  const rate = markets.rate(market, currency).exact();
  if (rate === null) return null;
  const { spec } = market;
  const moved = lots * pointSize(spec) * spec.contractSize;
  return roundToCents(moved * rate.n, ONE * ONE * ONE * rate.d);
}

/** The part of a position's swap that closing some of its lots books: all of it for all of them. */
export function swapShare(position: OpenPosition, closed: Fixed): Fixed {
  return roundToCents(position.swap * closed, position.volume);
}
