/**
 * Answers whether a moment lies close to a release, for the path of a trade: a few binary searches,
 * however many events there are.
 * Invariants: an event counts from `beforeMs` before it begins to `afterMs` after it ends, both
 * included; the answer is the same as of a walk over all events.
 */
import type { Instant } from "../domain/instant.ts";
import { type CalendarEvent, EVERY_CURRENCY, type Impact } from "./event.ts";

export type NewsQuestion = {
  /** Of the symbol: its base and its profit currency. */
  readonly currencies: readonly string[];
  readonly impacts: readonly Impact[];
  readonly beforeMs: number;
  readonly afterMs: number;
};

export type NewsHit = {
  readonly event: CalendarEvent;
  /** The window around it. */
  readonly from: Instant;
  readonly to: Instant;
};

export type NewsIndex = {
  /** An event whose window holds `at`, or null. */
  around(question: NewsQuestion, at: Instant): NewsHit | null;
  /** The next event to begin after `at`, or null: for closing before it. */
  next(question: NewsQuestion, at: Instant): CalendarEvent | null;
  /** When the last event begins, so that a calendar that has run out is noticed; null: empty. */
  readonly lastAt: Instant | null;
};

/** Events of one currency and impact by beginning, and which of those up to each ends last. */
type Lane = {
  readonly events: readonly CalendarEvent[];
  readonly lastToEnd: readonly CalendarEvent[];
};

export function newsIndex(events: readonly CalendarEvent[]): NewsIndex {
  const lanes = lanesOf(events);
  const lanesFor = ({ currencies, impacts }: NewsQuestion): Lane[] =>
    [...currencies, EVERY_CURRENCY]
      .flatMap((currency) => impacts.map((impact) => lanes.get(`${currency} ${impact}`)))
      .filter((lane) => lane !== undefined);
  return {
    around(question, at) {
      const { beforeMs, afterMs } = question;
      for (const { events: sorted, lastToEnd } of lanesFor(question)) {
        const event = lastToEnd[countUpTo(sorted, at + beforeMs) - 1];
        if (event === undefined || event.until + afterMs < at) continue;
        return { event, from: event.at - beforeMs, to: event.until + afterMs };
      }
      return null;
    },
    next(question, at) {
      const begins = lanesFor(question)
        .map(({ events: sorted }) => sorted[countUpTo(sorted, at)])
        .filter((event) => event !== undefined);
      return begins.sort((a, b) => a.at - b.at)[0] ?? null;
    },
    lastAt: events.reduce<Instant | null>((last, { at }) => Math.max(last ?? at, at), null),
  };
}

function lanesOf(events: readonly CalendarEvent[]): ReadonlyMap<string, Lane> {
  const byName = new Map<string, CalendarEvent[]>();
  for (const event of events) {
    const name = `${event.currency} ${event.impact}`;
    const lane = byName.get(name);
    if (lane === undefined) byName.set(name, [event]);
    else lane.push(event);
  }
  const lanes = [...byName].map(([name, lane]): [string, Lane] => {
    const sorted = lane.sort((a, b) => a.at - b.at);
    let last = sorted[0];
    const lastToEnd = sorted.map((event) => {
      if (last === undefined || event.until >= last.until) last = event;
      return last;
    });
    return [name, { events: sorted, lastToEnd }];
  });
  return new Map(lanes);
}

/** How many events begin at or before `at`. */
function countUpTo(sorted: readonly CalendarEvent[], at: Instant): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.at ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
