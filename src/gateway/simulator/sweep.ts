/**
 * What the broker does of its own accord when quotes come: stop-outs, then touched stops.
 * Invariants: a stop-out ends with the margin level at or above the limit or with nothing left to
 * close; a stop fills at the quote that touches it, once. Closed sessions and accounts that cannot
 * be valued wait for the next quote.
 */
import type { Fixed } from "../../domain/fixed.ts";
import type { Instant } from "../../domain/instant.ts";
import type { PendingOrder } from "../../domain/pending-order.ts";
import type { DealReason } from "../../domain/trade.ts";
import type { Account } from "./account.ts";
import { dealRecord, type NumberedDesk } from "./execution.ts";
import { closingFill } from "./fills.ts";
import { type Levels, noLevels, touchesAny } from "./levels.ts";
import type { Market } from "./market.ts";
import type { Markets } from "./markets.ts";
import type { OpenPosition } from "./model.ts";
import type { LogRecord } from "./records.ts";
import { addStops, touchedStop } from "./stops.ts";
import { floatingProfit } from "./valuation.ts";

/** What a sweep needs of the broker. */
export type Floor = {
  readonly markets: Markets;
  /** In the order of their logins. */
  readonly accounts: readonly Account[];
  readonly stopOutPercent: number;
  /** Lots of a triggered order that a quote fills; absent: all. */
  partOf?(login: string, order: PendingOrder): Fixed | null;
  desk(account: Account, at: Instant): NumberedDesk;
  commit(account: Account, records: readonly LogRecord[]): void;
};

export function enforceStopOuts(floor: Floor, at: Instant): void {
  const level = floor.stopOutPercent / 100;
  for (const account of floor.accounts) {
    if (account.positions.size === 0 || account.isClear(level)) continue;
    stopOut(floor, account, at);
  }
}

function stopOut(floor: Floor, account: Account, at: Instant): void {
  const limit = BigInt(Math.round(floor.stopOutPercent * 100));
  for (;;) {
    const figures = account.figures();
    if (figures === null || figures.equity * 10_000n >= figures.margin * limit) return;
    const worst = largestLoss(floor, account);
    if (worst === null || !closeByBroker(floor, { account, position: worst, at }, "stop-out"))
      return;
  }
}

/** The position whose floating profit is the lowest; the oldest of equals. */
function largestLoss(floor: Floor, account: Account): OpenPosition | null {
  let worst: OpenPosition | null = null;
  let lowest = 0n;
  for (const position of account.held()) {
    if (!floor.markets.get(position.symbol).open) continue;
    const profit = floatingProfit(position, floor.markets, account.terms.currency);
    if (profit === null || (worst !== null && profit >= lowest)) continue;
    worst = position;
    lowest = profit;
  }
  return worst;
}

export function touchStops(floor: Floor, market: Market, at: Instant): void {
  market.stopLevels ??= gatherStops(floor, market);
  if (!market.open || !touchesAny(market.stopLevels, market)) return;
  for (const account of floor.accounts) {
    if (account.positions.size > 0) touchAccount(floor, { account, market, at });
  }
}

function touchAccount(
  floor: Floor,
  { account, market, at }: { account: Account; market: Market; at: Instant },
): void {
  for (const position of [...account.held()]) {
    if (position.symbol !== market.spec.name) continue;
    if (account.positions.get(position.id) !== position) continue;
    const touched = touchedStop(position, market);
    if (touched !== null) closeByBroker(floor, { account, position, at }, touched);
  }
}

function gatherStops(floor: Floor, market: Market): Levels {
  const levels = noLevels();
  for (const account of floor.accounts) {
    for (const position of account.held()) {
      if (position.symbol === market.spec.name) addStops(levels, position);
    }
  }
  return levels;
}

const COMMENTS = { "stop-loss": "[sl]", "take-profit": "[tp]", "stop-out": "[so]" } as const;

/** False where it cannot be booked now. */
function closeByBroker(
  floor: Floor,
  target: { readonly account: Account; readonly position: OpenPosition; readonly at: Instant },
  reason: Extract<DealReason, keyof typeof COMMENTS>,
): boolean {
  const { account, position, at } = target;
  const to = { markets: floor.markets, currency: account.terms.currency };
  const market = floor.markets.get(position.symbol);
  const fill = closingFill(position, position.volume, market, to);
  if (fill === null || account.figures() === null) return false;
  const marks = { key: null, magic: position.magic, comment: COMMENTS[reason] };
  floor.commit(account, [dealRecord(floor.desk(account, at), fill, { ...marks, reason })]);
  return true;
}
