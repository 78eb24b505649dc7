import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CalendarEvent, IMPACTS } from "./event.ts";
import { type NewsFilter, type NewsQuestion, newsIndex } from "./news-index.ts";

const MINUTE_MS = 60_000;
const iso = (text: string): number => Date.parse(text);
const event = (at: string, more: Partial<CalendarEvent> = {}): CalendarEvent => ({
  at: iso(at),
  until: iso(at),
  currency: "USD",
  impact: "high",
  title: "CPI",
  ...more,
});
const FILTER: NewsFilter = { currencies: ["EUR", "USD"], impacts: ["high"] };
/** Half an hour before, a quarter after. */
const question = (at: number): NewsQuestion => {
  return { ...FILTER, from: at - 15 * MINUTE_MS, to: at + 30 * MINUTE_MS };
};

describe("half an hour before to a quarter after, for EURUSD", () => {
  const index = newsIndex([
    event("2025-03-07T13:30Z"),
    event("2025-03-08T13:30Z", { currency: "JPY" }),
    event("2025-03-09T13:30Z", { impact: "low" }),
    event("2025-03-10T13:30Z", { currency: "ALL" }),
    event("2025-03-11T00:00Z", { until: iso("2025-03-11T23:59:59.999Z") }),
    event("2025-03-11T12:00Z"),
  ]);
  test.each([
    ["2025-03-07T12:59:59.999Z", false],
    ["2025-03-07T13:00Z", true],
    ["2025-03-07T13:45Z", true],
    ["2025-03-07T13:45:00.001Z", false],
    ["2025-03-08T13:30Z", false],
    ["2025-03-09T13:30Z", false],
    ["2025-03-10T13:30Z", true],
    ["2025-03-10T23:30Z", true],
    ["2025-03-11T20:00Z", true], // the day lasts, though a later event has ended
    ["2025-03-12T00:14Z", true],
    ["2025-03-12T00:15Z", false],
  ])("%s: %s", (at, inside) => {
    expect(index.within(question(iso(at))) !== null).toBe(inside);
  });
  test("says which release, and which comes next", () => {
    expect(index.within(question(iso("2025-03-07T13:10Z")))).toEqual(event("2025-03-07T13:30Z"));
    expect(index.next(FILTER, iso("2025-03-07T13:30Z"))?.currency).toBe("ALL");
    expect(index.next(FILTER, iso("2025-03-11T12:00Z"))).toBe(null);
    expect(index.lastAt).toBe(iso("2025-03-11T12:00Z"));
    expect(newsIndex([]).lastAt).toBe(null);
  });
});

test("answers as a walk over all events does", () => {
  const at = fc.integer({ min: 0, max: 300 });
  const events = fc.array(
    fc.record({
      at,
      length: fc.constantFrom(0, 0, 0, 40, 200),
      currency: fc.constantFrom("EUR", "USD", "JPY", "ALL"),
      impact: fc.constantFrom(...IMPACTS),
    }),
    { maxLength: 40 },
  );
  const filter = fc.record({
    currencies: fc.subarray(["EUR", "USD", "GBP"]),
    impacts: fc.subarray([...IMPACTS]),
  });
  const margins = fc.record({ before: fc.nat(30), after: fc.nat(30) });
  fc.assert(
    fc.property(events, filter, margins, at, (...[list, asked, { before, after }, now]) => {
      const all = list.map(({ length, ...one }) => {
        return { ...one, until: one.at + length, title: "x" };
      });
      const wanted = all.filter(
        ({ currency, impact }) =>
          asked.impacts.includes(impact) && [...asked.currencies, "ALL"].includes(currency),
      );
      const inside = wanted.some((one) => one.at - before <= now && now <= one.until + after);
      const index = newsIndex(all);
      const span = { from: now - after, to: now + before };
      expect(index.within({ ...asked, ...span }) !== null).toBe(inside);
      const later = wanted.map((one) => one.at).filter((begin) => begin > now);
      expect(index.next(asked, now)?.at ?? null).toBe(later.length ? Math.min(...later) : null);
    }),
    { numRuns: 500 },
  );
});

test("a hundred thousand events cost a question microseconds", () => {
  const currencies = ["USD", "EUR", "GBP", "JPY"];
  const many = Array.from({ length: 100_000 }, (_, index) =>
    event("2000-01-01Z", {
      at: index * 3_600_000,
      until: index * 3_600_000,
      currency: currencies[index % 4] ?? "USD",
    }),
  );
  const index = newsIndex(many);
  const start = performance.now();
  let hits = 0;
  for (let asked = 0; asked < 100_000; asked += 1) {
    if (index.within(question(asked * 3_599_999)) !== null) hits += 1;
  }
  expect(hits).toBeGreaterThan(0);
  expect((performance.now() - start) / 100_000).toBeLessThan(0.05);
});
