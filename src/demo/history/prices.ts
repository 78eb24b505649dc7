/**
 * Prices of past months, an hour at a time from 8 to 17 on weekdays, that end where the demo's
 * prices begin: the same seed over the same months gives the same prices.
 */
import type { Instant } from "../../domain/instant.ts";
import type { PriceQuote } from "../../gateway/simulator/model.ts";
import { PriceProcess } from "../../gateway/simulator/prices.ts";
import { BASE_SYMBOLS, type BaseSymbol } from "../../gateway/simulator/symbols.ts";
import { seededRandom } from "../../platform/random.ts";

export type PastTick = {
  readonly at: Instant;
  readonly quotes: readonly PriceQuote[];
  /** How far a symbol's bid moves until some hours later; by base names. */
  readonly coming: ReadonlyMap<string, bigint>;
};

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const FIRST_HOUR = 8;
export const LAST_HOUR = 17;
const AHEAD = 9;
const MONTHS = 18;

/** The midnight eighteen months before. */
export function beginningOf(endsAt: Instant): Instant {
  const end = new Date(endsAt);
  return Date.UTC(end.getUTCFullYear(), end.getUTCMonth() - MONTHS, end.getUTCDate());
}

/** The hours at which history has prices, up to but not at `to`. */
export function pastHours(from: Instant, to: Instant): readonly Instant[] {
  const hours: Instant[] = [];
  for (let day = from; day < to; day += DAY_MS) {
    const weekday = new Date(day).getUTCDay();
    if (weekday === 0 || weekday === 6) continue;
    for (let hour = FIRST_HOUR; hour <= LAST_HOUR; hour += 1) hours.push(day + hour * HOUR_MS);
  }
  return hours.filter((at) => at < to);
}

/** One tick an hour, oldest first; before that nulls, so that whoever asks can pause. */
export function* pastPrices(
  seed: number,
  hours: readonly Instant[],
): Generator<PastTick | null, void> {
  const starts = yield* startsFor(seed, hours);
  const process = new PriceProcess(seededRandom(seed), hours[0] ?? 0, starts);
  const ahead: PastTick[] = [];
  for (const at of hours) {
    ahead.push({ at, quotes: process.quotesAt(at), coming: new Map() });
    if (ahead.length <= AHEAD) continue;
    const tick = ahead.shift();
    if (tick !== undefined) yield { ...tick, coming: moveBetween(tick, ahead.at(-1)) };
  }
  for (const tick of ahead) yield { ...tick, coming: moveBetween(tick, ahead.at(-1)) };
}

function moveBetween(from: PastTick, to: PastTick | undefined): ReadonlyMap<string, bigint> {
  const later = new Map(to?.quotes.map(({ symbol, bid }) => [symbol, bid]));
  return new Map(
    from.quotes.map(({ symbol, bid }) => [symbol, (later.get(symbol) ?? bid) - bid] as const),
  );
}

/** A path's growth does not depend on where it begins: so it can be made to end where it should. */
function* startsFor(
  seed: number,
  hours: readonly Instant[],
): Generator<null, Partial<Record<BaseSymbol, number>>> {
  const dry = new PriceProcess(seededRandom(seed), hours[0] ?? 0);
  const begin = dry.mids;
  for (const at of hours) {
    dry.quotesAt(at);
    yield null;
  }
  return Object.fromEntries(
    BASE_SYMBOLS.map((symbol) => [symbol, begin[symbol] ** 2 / dry.mids[symbol]]),
  );
}
