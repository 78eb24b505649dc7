import fc from "fast-check";
import { expect, test } from "vitest";
import { figures, NOW } from "../testing/follower-builders.ts";
import { Feed, type StreamEvent } from "./feed.ts";

function eventOf(sequence: number): StreamEvent {
  const account = { tenantId: "t", accountId: "a", brokerId: "b", login: "1" };
  const before = { ...figures("1"), asOf: NOW };
  const position = {
    id: "1",
    leg: 0,
    symbol: "EURUSD",
    side: "buy" as const,
    volume: 1n,
    openPrice: 1n,
    stopLoss: null,
    takeProfit: null,
    openedAt: NOW,
    profit: 0n,
    key: null,
    magic: 0,
    comment: "",
  };
  return {
    type: "event",
    account,
    sequence,
    at: NOW,
    event: { type: "position", position, before },
  };
}

const numbers = (events: readonly StreamEvent[]): number[] => events.map((one) => one.sequence);

test("events before the first snapshot wait for it, and only the later ones count", () => {
  const feed = new Feed();
  for (const sequence of [3, 4, 5]) {
    expect(feed.take(eventOf(sequence))).toEqual({ event: null, gap: false });
  }
  expect(numbers(feed.at(4))).toEqual([5]);
  expect(feed.take(eventOf(6)).event?.sequence).toBe(6);
});

test("an event that was contained or told before is ignored", () => {
  const feed = new Feed();
  feed.at(4);
  expect(feed.take(eventOf(4))).toEqual({ event: null, gap: false });
});

test("a hole is a gap, once, and what came after it waits for the snapshot", () => {
  const feed = new Feed();
  feed.at(4);
  expect(feed.take(eventOf(6))).toEqual({ event: null, gap: true });
  expect(feed.take(eventOf(7))).toEqual({ event: null, gap: false });
  expect(feed.standing).toBe(false);
  expect(numbers(feed.at(6))).toEqual([7]);
  expect(feed.standing).toBe(true);
});

test("a hole among the waiting ones asks for another snapshot", () => {
  const feed = new Feed();
  for (const sequence of [5, 7]) feed.take(eventOf(sequence));
  expect(numbers(feed.at(4))).toEqual([5]);
  expect(feed.standing).toBe(false);
  expect(numbers(feed.at(6))).toEqual([7]);
  expect(feed.standing).toBe(true);
});

test("whatever is lost, what is taken is in sequence, once, and a snapshot makes it whole", () => {
  const lost = fc.array(fc.boolean(), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(lost, (losses) => {
      const feed = new Feed();
      feed.at(0);
      const known: number[] = [];
      const heard = losses.flatMap((isLost, index) => (isLost ? [] : [index + 1]));
      for (const sequence of heard) {
        const { event, gap } = feed.take(eventOf(sequence));
        if (event !== null) known.push(event.sequence);
        if (!gap) continue;
        // The snapshot that a gap asks for contains what was lost before the event.
        known.push(...numbers(feed.at(sequence - 1)));
      }
      expect(known).toEqual(heard);
    }),
  );
});
