import { expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { NOW, signalOf } from "../testing/follower-builders.ts";
import type { Decided } from "./answer.ts";
import { FEED_MAX, Feed, type Names } from "./feed.ts";

const names: Names = {
  who: (id) => ({ accountId: `account-${id}`, name: `name-${id}` }),
  digits: () => null,
  master: (id) => id,
  isUnknown: () => false,
};

const signal = (sequence: number) =>
  signalOf({ id: `s${sequence}`, sequence, receivedAt: NOW + sequence });

const skipped: Decided = {
  decision: "skip",
  reason: "PAUSED",
  wanted: null,
  steps: [],
  parts: new Map(),
};
const copied: Decided = {
  ...skipped,
  decision: "copy",
  reason: null,
  parts: new Map([[1, { planned: parseFixed("0.1"), symbol: "EURUSD", ended: null }]]),
};
const by = (id: string) => ({ subscriptionId: id, accountId: `account-${id}` });
const ended = { status: "done", code: null, filled: 1n, price: 1n, latencyMs: 5 } as const;

test("it keeps the last fifty signals, newest first, each once", () => {
  const feed = new Feed();
  for (let sequence = 1; sequence <= FEED_MAX + 20; sequence += 1) {
    expect(feed.signal(signal(sequence), ["a"])).toBe(true);
    expect(feed.signal(signal(sequence), ["a"])).toBe(false);
  }
  const rows = feed.rows(names);
  expect(rows.map((row) => row.sequence)).toEqual(
    Array.from({ length: FEED_MAX }, (_, index) => FEED_MAX + 20 - index),
  );
  expect(rows.every((row) => row.results.length === 1)).toBe(true);
});

test("a signal is new once, whether it or an answer to it is told first", () => {
  const feed = new Feed();
  expect(feed.decided(signal(1), by("a"), copied)).toBe(true);
  expect(feed.decided(signal(1), by("b"), skipped)).toBe(false);
  expect(feed.signal(signal(1), ["a", "b"])).toBe(false);
  expect(feed.signal(signal(2), ["a"])).toBe(true);
  expect(feed.decided(signal(2), by("a"), copied)).toBe(false);
});

test("a copy that is still open when its signal leaves the feed is counted until it ends", () => {
  const feed = new Feed();
  feed.decided(signal(1), by("a"), copied);
  for (let sequence = 2; sequence <= FEED_MAX + 5; sequence += 1) feed.signal(signal(sequence), []);
  expect(feed.waiting).toBe(1);
  const open = feed.openCopy("s1", "a");
  expect(open?.signal.sequence).toBe(1);
  const part = { planned: parseFixed("0.1"), symbol: "EURUSD", ended };
  expect(feed.advance("s1", "a", { ...copied, parts: new Map([[1, part]]) })?.outcome).toBe("done");
  expect(feed.waiting).toBe(0);
  expect(feed.last("account-a")).toMatchObject({ sequence: 1, outcome: "done", latencyMs: 5 });
});

test("what was handed out is never changed, and what has not changed is handed out again", () => {
  const feed = new Feed();
  feed.signal(signal(1), ["a", "b"]);
  feed.signal(signal(2), ["a"]);
  const before = feed.rows(names);
  const text = JSON.stringify(before, (_, value) =>
    typeof value === "bigint" ? `${value}` : value,
  );
  feed.decided(signal(1), by("a"), skipped);
  const after = feed.rows(names);
  expect(after[0]).toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
  expect(after[1]?.results[1]).toBe(before[1]?.results[1]);
  expect(
    JSON.stringify(before, (_, value) => (typeof value === "bigint" ? `${value}` : value)),
  ).toBe(text);
});

test("an unknown instruction shows as unknown, and as what it was once that is known", () => {
  const feed = new Feed();
  let unknown = true;
  const asking = { ...names, isUnknown: () => unknown };
  feed.decided(signal(1), by("a"), copied);
  expect(feed.rows(asking)[0]?.results[0]).toMatchObject({ outcome: "unknown", code: "IN_FLIGHT" });
  unknown = false;
  expect(feed.rows(asking)[0]?.results[0]).toMatchObject({ outcome: null, code: null });
});

test("an older answer never takes the place of a follower's newer one", () => {
  const feed = new Feed();
  feed.decided(signal(9), by("a"), skipped);
  feed.decided(signal(4), by("a"), copied);
  expect(feed.last("account-a")?.sequence).toBe(9);
});
