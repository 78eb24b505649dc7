/**
 * Amounts from positions and quotes, exact until the one rounding half-even to the cent.
 * profit = (close − open) · contract · lots, at the current mid into the account's currency;
 * margin = contract · lots · open price / leverage, the larger side of each symbol, likewise;
 * equity = balance + credit + the floating profits and swaps, as they would be booked now.
 * Invariant: where a rate or a quote is missing the answer is null, never an estimate.
 */
import type { Figures } from "../../domain/account.ts";
import { divideHalfEven, type Fixed, maxFixed, ONE } from "../../domain/fixed.ts";
import type { Side } from "../../domain/trade.ts";
import type { Market } from "./market.ts";
import type { Markets } from "./markets.ts";
import type { AccountTerms, OpenPosition } from "./model.ts";

const CENT: bigint = 1_000_000n;

/** numerator / denominator as Fixed, rounded half-even to the cent; the denominator is positive. */
export function roundToCents(numerator: bigint, denominator: bigint): Fixed {
  return divideHalfEven(numerator, denominator * CENT) * CENT;
}

export type Exposure = {
  readonly side: Side;
  readonly volume: Fixed;
  readonly openPrice: Fixed;
};

/** What closing all of it at `price` would book, or null where no rate is quoted. */
export function profitAt(
  exposure: Exposure,
  price: Fixed,
  market: Market,
  to: { readonly markets: Markets; readonly currency: string },
): Fixed | null {
  const rate = to.markets.rate(market, to.currency).exact();
  if (rate === null) return null;
  const { side, volume, openPrice } = exposure;
  const move = side === "buy" ? price - openPrice : openPrice - price;
  return roundToCents(move * volume * market.spec.contractSize * rate.n, ONE * ONE * rate.d);
}

/** Floating profit at the last quote, or null where it or a rate is missing. */
export function floatingProfit(
  position: OpenPosition,
  markets: Markets,
  currency: string,
): Fixed | null {
  const market = markets.get(position.symbol);
  if (!market.quoted) return null;
  return profitAt(position, market.exitPrice(position.side), market, { markets, currency });
}

type Sides = { buy: bigint; sell: bigint };

/** Of one symbol, the sum of lots times open price of each side (units of 1e-16). */
function sidesOf(positions: Iterable<OpenPosition>, symbol: string): Sides {
  const sides: Sides = { buy: 0n, sell: 0n };
  for (const position of positions) {
    if (position.symbol === symbol) sides[position.side] += costOf(position);
  }
  return sides;
}

function costOf(position: OpenPosition): bigint {
  return position.volume * position.openPrice;
}

export type Valued = { readonly terms: AccountTerms; readonly markets: Markets };

/** Margin of one symbol: of the larger side, in the account's currency; null without a rate. */
function marginOf(sides: Sides, market: Market, { terms, markets }: Valued): Fixed | null {
  const rate = markets.rate(market, terms.currency).exact();
  if (rate === null) return null;
  const larger = maxFixed(sides.buy, sides.sell);
  return roundToCents(larger * market.spec.contractSize * rate.n, ONE * terms.leverage * rate.d);
}

/** An account's figures with these positions and this money, or null where they cannot be known. */
export function figuresOf(
  account: Valued,
  { balance, credit }: Pick<Figures, "balance" | "credit">,
  positions: ReadonlyMap<string, OpenPosition>,
): Figures | null {
  const { terms, markets } = account;
  const { currency } = terms;
  const symbols = new Set<string>();
  let equity = balance + credit;
  for (const position of positions.values()) {
    symbols.add(position.symbol);
    const profit = floatingProfit(position, markets, currency);
    if (profit === null) return null;
    equity += profit + position.swap;
  }
  let margin = 0n;
  for (const symbol of symbols) {
    const part = marginOf(sidesOf(positions.values(), symbol), markets.get(symbol), account);
    if (part === null) return null;
    margin += part;
  }
  return { currency, balance, credit, equity, margin, freeMargin: equity - margin };
}

/**
 * The free margin once `after` stands for `before` and the balance has changed by `booked`: only
 * what changes is computed again. Null where it cannot be known.
 */
export function freeMarginAfter(
  now: {
    readonly account: Valued;
    readonly figures: Figures;
    readonly held: Iterable<OpenPosition>;
  },
  change: { readonly before: OpenPosition | undefined; readonly after: OpenPosition },
  booked: Fixed,
): Fixed | null {
  const { terms, markets } = now.account;
  const { before, after } = change;
  const market = markets.get(after.symbol);
  const sides = sidesOf(now.held, after.symbol);
  const marginBefore = marginOf(sides, market, now.account);
  const gained = floatingProfit(after, markets, terms.currency);
  const given = before === undefined ? 0n : floatingProfit(before, markets, terms.currency);
  if (before !== undefined) sides[before.side] -= costOf(before);
  sides[after.side] += costOf(after);
  const marginAfter = marginOf(sides, market, now.account);
  if (marginBefore === null || marginAfter === null || gained === null || given === null) {
    return null;
  }
  const swap = after.swap - (before?.swap ?? 0n);
  return now.figures.freeMargin + booked + swap + gained - given + marginBefore - marginAfter;
}
