import { expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { copiedOf } from "../testing/follower-builders.ts";
import { asFound } from "./as-found.ts";
import type { Divergence } from "./divergence.ts";
import { NOTHING_TRIED, type Try, triesOf } from "./tries.ts";

const one = (change: Partial<Try>): Try => ({
  ...{ sequence: 10, part: 1, attempt: 1, state: "done", filled: parseFixed("0.3") },
  ...change,
});

test("what was brought is summed over every way back and attempt", () => {
  expect(triesOf([])).toBe(NOTHING_TRIED);
  const list = [
    one({ sequence: 9, state: "partial", filled: parseFixed("0.1") }),
    one({ state: "rejected", filled: 0n }),
    one({ attempt: 2, filled: parseFixed("0.2") }),
  ];
  for (const order of [list, list.toReversed()]) {
    expect(triesOf(order)).toEqual({
      ...{ lastSequence: 10, brought: parseFixed("0.3"), isOpen: false, isDone: true },
    });
  }
});

test("a way back is done once each of its parts is, and open while one is unanswered", () => {
  expect(triesOf([one({}), one({ part: 2, state: "rejected" })])).toMatchObject({ isDone: false });
  for (const state of ["queued", "sent", "working", "unknown"] as const) {
    expect(triesOf([one({ sequence: 9, state }), one({})])).toMatchObject({
      ...{ isOpen: true, isDone: false },
    });
  }
});

const found = (change: Partial<Divergence>) =>
  ({ cause: "VANISHED", positionId: "h1", actual: 0n, ...change }) as Divergence;

test("a copy of which less is there is counted anew, and no other", () => {
  const copied = copiedOf(["1", "0.5"]);
  expect(asFound(copied, found({})).holdings.map(({ positionId }) => positionId)).toEqual(["h2"]);
  const half = asFound(copied, found({ cause: "VOLUME", actual: parseFixed("0.4") }));
  expect(half.holdings[0]?.volume).toBe(parseFixed("0.4"));
  expect(half.state).toBe("open");
  expect(asFound(half, found({ cause: "VOLUME", actual: parseFixed("0.4") }))).toBe(half);
  for (const cause of ["REJECTED", "STOPS", "CLOSED_BY_HAND"] as const) {
    expect(asFound(copied, found({ cause }))).toBe(copied);
  }
});
