/**
 * What a limit measures from: the figures at the start of its period, and the highest and lowest
 * since. Pure: a reference and a point in, the next reference out.
 * Invariants: a deposit or a withdrawal is neither profit nor loss. An absolute limit moves its
 * references by the amount, so that the money lost stays what it was; a relative one scales them by
 * equity after / equity before (as a unitised account does), so that the share lost stays.
 * A new period starts from the last figures before it.
 */
import { divideHalfEven, type Fixed, maxFixed, minFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import { periodAt } from "../domain/period.ts";
import type { CompiledLimit } from "./limit.ts";
import {
  type Amounts,
  advanceWindow,
  moveWindow,
  type RollingWindow,
  windowFigures,
} from "./rolling.ts";

/** An account at one instant, in its currency. */
export type EquityPoint = {
  readonly at: Instant;
  readonly balance: Fixed;
  readonly equity: Fixed;
  /** Inside the equity, and never counted. */
  readonly credit: Fixed;
  /** Deposits less withdrawals that these figures hold and the point before did not. */
  readonly flow: Fixed;
};

export type Reference = {
  readonly from: Instant;
  readonly to: Instant;
  readonly start: Amounts;
  readonly high: Fixed;
  readonly low: Fixed;
  /** Only of a rolling limit. */
  readonly window: RollingWindow | null;
};

/** The last instant there is: when `lifetime` and `since` end. */
export const END_OF_TIME: Instant = 8_640_000_000_000_000;

export function amountsOf(point: EquityPoint): Amounts {
  return { balance: point.balance, equity: point.equity - point.credit };
}

/** The amount that the limit watches: the equity, or the balance alone. */
export function watched(limit: CompiledLimit, amounts: Amounts): Fixed {
  return limit.measure === "balance-from-balance" ? amounts.balance : amounts.equity;
}

/** The amount it is compared with. */
export function compared(limit: CompiledLimit, reference: Reference): Fixed {
  const { start, high, low } = reference;
  switch (limit.measure) {
    case "equity-from-peak":
      return limit.kind === "loss" ? high : low;
    case "equity-from-equity":
      return start.equity;
    case "equity-from-higher":
      return maxFixed(start.balance, start.equity);
    case "equity-from-balance":
    case "balance-from-balance":
      return start.balance;
  }
}

/** The reference after a point; null before the period begins. `last` are the figures before it. */
export function advanceReference(
  limit: CompiledLimit,
  before: { readonly reference: Reference | null; readonly last: Amounts | null },
  point: EquityPoint,
): Reference | null {
  const amounts = amountsOf(point);
  const kept = before.reference;
  const standing =
    kept !== null && point.at < kept.to ? kept : begin(limit, before.last ?? amounts, point.at);
  if (standing === null) return null;
  // The first figures of all hold whatever was paid in before them.
  const moved = before.last === null ? standing : moveByFlow(limit, standing, point);
  return limit.rolling ? roll(limit, moved, point) : stretch(moved, amounts.equity);
}

/** A reference that begins at `at` with these amounts. */
export function begin(limit: CompiledLimit, first: Amounts, at: Instant): Reference | null {
  const span = spanOf(limit, at);
  if (span === null) return null;
  const { startAmount } = limit;
  const start = startAmount === null ? first : { balance: startAmount, equity: startAmount };
  const window: RollingWindow | null = limit.rolling ? { carried: first, samples: [] } : null;
  return { ...span, start, high: start.equity, low: start.equity, window };
}

function spanOf(limit: CompiledLimit, at: Instant): Pick<Reference, "from" | "to"> | null {
  if (limit.period === "lifetime" || limit.rolling) return { from: at, to: END_OF_TIME };
  if (limit.period !== "since") return periodAt(limit.period, limit.reset, at);
  const from = limit.sinceAt ?? at;
  return at < from ? null : { from, to: END_OF_TIME };
}

function moveByFlow(limit: CompiledLimit, reference: Reference, point: EquityPoint): Reference {
  if (point.flow === 0n) return reference;
  const after = watched(limit, amountsOf(point));
  const before = after - point.flow;
  const scales = limit.relative !== null && before > 0n && after > 0n;
  const move = (value: Fixed): Fixed =>
    scales ? divideHalfEven(value * after, before) : value + point.flow;
  const { start, high, low, window } = reference;
  return {
    ...reference,
    start: { balance: move(start.balance), equity: move(start.equity) },
    high: move(high),
    low: move(low),
    window: window === null ? null : moveWindow(window, move),
  };
}

function stretch(reference: Reference, equity: Fixed): Reference {
  const { high, low } = reference;
  if (equity <= high && equity >= low) return reference;
  return { ...reference, high: maxFixed(high, equity), low: minFixed(low, equity) };
}

function roll(limit: CompiledLimit, reference: Reference, point: EquityPoint): Reference {
  const old = reference.window ?? { carried: reference.start, samples: [] };
  const window = advanceWindow(old, limit.period, { at: point.at, ...amountsOf(point) });
  return { ...reference, window, ...windowFigures(window) };
}
