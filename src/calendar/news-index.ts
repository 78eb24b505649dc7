/**
 * Answers whether a release lies in a span of time, for the path of a trade: a few binary searches,
 * however many events there are. For a window of `before` and `after` around a release, ask from
 * now less `after` to now plus `before`.
 * Invariant: an event fits that begins at or before `to` and ends at or after `from`; the answer is
 * there exactly when a walk over all events finds one.
 */
import type { Instant } from "../domain/instant.ts";
import { type CalendarEvent, EVERY_CURRENCY } from "./event.ts";

export type NewsFilter = {
  /** Of the symbol: its base and its profit currency. */
  readonly currencies: readonly string[];
  readonly impacts: readonly string[];
};

/** Both ends are included. */
export type NewsQuestion = NewsFilter & { readonly from: Instant; readonly to: Instant };

export type NewsIndex = {
  /** An event that lies in the span, or null. */
  within(question: NewsQuestion): CalendarEvent | null;
  /** The next event to begin after `at`, or null: for closing before it. */
  next(filter: NewsFilter, at: Instant): CalendarEvent | null;
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
  const lanesFor = ({ currencies, impacts }: NewsFilter): Lane[] =>
    [...currencies, EVERY_CURRENCY]
      .flatMap((currency) => impacts.map((impact) => lanes.get(`${currency} ${impact}`)))
      .filter((lane) => lane !== undefined);
  return {
    within(question) {
      for (const { events: sorted, lastToEnd } of lanesFor(question)) {
        const event = lastToEnd[countUpTo(sorted, question.to) - 1];
        if (event !== undefined && event.until >= question.from) return event;
      }
      return null;
    },
    next(filter, at) {
      const begins = lanesFor(filter)
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
