/**
 * The last 24 hours, 7, 30, 91 or 365 days of an account, in a bounded memory: samples of 1/288 of
 * the window (five minutes of a day), each with its highest and lowest equity.
 * Invariant: the window covers all of the time it says, and at most one sample more.
 */
import { type Fixed, maxFixed, minFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import { DAY_MS } from "../domain/time-zone.ts";
import type { LimitPeriod } from "./limit.ts";

const SAMPLES = 288;
const DAYS: Readonly<Record<string, number>> = {
  day: 1,
  week: 7,
  month: 30,
  quarter: 91,
  year: 365,
};

/** Equity without credit. */
export type Amounts = { readonly balance: Fixed; readonly equity: Fixed };

export type Sample = Amounts & {
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  readonly high: Fixed;
  readonly low: Fixed;
};

export type RollingWindow = {
  /** What stood when the oldest sample began. */
  readonly carried: Amounts;
  readonly samples: readonly Sample[];
};

/** Milliseconds of a rolling period. */
export function rollingMs(period: LimitPeriod): number {
  return (DAYS[period] ?? 1) * DAY_MS;
}

export function advanceWindow(
  window: RollingWindow,
  period: LimitPeriod,
  now: Amounts & { readonly at: Instant },
): RollingWindow {
  const lengthMs = rollingMs(period);
  const { carried, samples } = withoutOld(window, now.at - lengthMs);
  const last = samples.at(-1);
  const { at, balance, equity } = now;
  if (last === undefined || at - last.firstAt >= lengthMs / SAMPLES) {
    const opened = { firstAt: at, lastAt: at, balance, equity, high: equity, low: equity };
    return { carried, samples: [...samples, opened] };
  }
  const [high, low] = [maxFixed(last.high, equity), minFixed(last.low, equity)];
  const grown = { ...last, lastAt: at, balance, equity, high, low };
  return { carried, samples: [...samples.slice(0, -1), grown] };
}

/** A sample that ended before the window began leaves behind what stood at its end. */
function withoutOld(window: RollingWindow, start: Instant): RollingWindow {
  const kept = window.samples.findIndex((sample) => sample.lastAt > start);
  if (kept === 0) return window;
  const gone = window.samples[(kept < 0 ? window.samples.length : kept) - 1];
  if (gone === undefined) return window;
  const carried = { balance: gone.balance, equity: gone.equity };
  return { carried, samples: kept < 0 ? [] : window.samples.slice(kept) };
}

/** The figures at the window's start, and the highest and lowest equity in it. */
export function windowFigures(window: RollingWindow): {
  readonly start: Amounts;
  readonly high: Fixed;
  readonly low: Fixed;
} {
  let high = window.carried.equity;
  let low = high;
  for (const sample of window.samples) {
    high = maxFixed(high, sample.high);
    low = minFixed(low, sample.low);
  }
  return { start: window.carried, high, low };
}

/** Every amount of the window through `move`: a cash flow. */
export function moveWindow(window: RollingWindow, move: (value: Fixed) => Fixed): RollingWindow {
  const { carried, samples } = window;
  return {
    carried: { balance: move(carried.balance), equity: move(carried.equity) },
    samples: samples.map((sample) => ({
      ...sample,
      balance: move(sample.balance),
      equity: move(sample.equity),
      high: move(sample.high),
      low: move(sample.low),
    })),
  };
}
