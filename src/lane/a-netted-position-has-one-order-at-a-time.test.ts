import { expect, test } from "vitest";
import { ledgerInstructionOf } from "../testing/owner-builders.ts";
import { mayPromise, newLane, takeNext } from "./lane.ts";

const open = ledgerInstructionOf({ key: "open", position: "p1", status: "queued" });
const close = ledgerInstructionOf({
  ...{ key: "close", kind: "close", position: "p2", positionId: "h1", status: "queued" },
});

test("a close waits for an open of its symbol where both are one position", () => {
  const netting = newLane(3, true);
  netting.inFlight.set(open.key, open);
  netting.queued.push(close);
  expect(mayPromise(netting)).toBe(false);
  expect(takeNext(netting, true)).toBe(null);
  netting.inFlight.clear();
  expect(takeNext(netting, true)).toBe(close);
});

test("an unknown open blocks the closes of its symbol there, and of no other", () => {
  const netting = newLane(3, true);
  netting.unknown.set(open.key, open);
  const other = { ...close, key: "other", symbol: "XAUUSD" };
  netting.queued.push(close, other);
  expect(takeNext(netting, true)).toBe(other);
  expect(takeNext(netting, true)).toBe(null);
});

test("nothing goes out past what is being committed for the same position", () => {
  const netting = newLane(3, true);
  netting.promised = 1;
  netting.queued.push(close);
  expect(takeNext(netting, true)).toBe(null);
});

test("on a hedging account positions do not wait for each other", () => {
  const hedging = newLane(3);
  hedging.inFlight.set(open.key, open);
  hedging.queued.push(close);
  expect(takeNext(hedging, true)).toBe(close);
});
