import { expect, test } from "vitest";
import { SKIP_REASONS, type SkipReason } from "../domain/codes.ts";
import type { Outcome } from "../domain/instruction.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import {
  causeOfDifference,
  causeOfEnd,
  causeOfOutcome,
  causeOfSkip,
  type DIVERGENCE_CAUSES,
  type Divergence,
  type DivergenceCause,
  isFoundByLooking,
  kindOf,
  severityOf,
} from "./divergence.ts";

const outcome = (status: string, code: string | null) => ({ status, code }) as unknown as Outcome;
const kind = (name: string) => ({ kind: name }) as unknown as LedgerInstruction;

/** How each cause comes about; every cause of the list has a way here. */
const WAYS: Readonly<Record<keyof typeof DIVERGENCE_CAUSES, () => unknown>> = {
  MISSED: () => causeOfSkip("ACCOUNT_OFFLINE"),
  LATE: () => causeOfOutcome(kind("open"), outcome("rejected", "EXPIRED")),
  SYMBOL: () => causeOfSkip("SYMBOL_MISSING"),
  REJECTED: () => causeOfOutcome(kind("open"), outcome("rejected", "NO_MONEY")),
  PARTIAL: () => causeOfOutcome(kind("open"), outcome("partial", null)),
  STOPPED_OUT: () => causeOfEnd({ state: "stopped-out" } as never),
  // Of a close of what a mirrored order has filled, which has no other cause.
  EARLY_FILL: () => "EARLY_FILL",
  CLOSED_BY_HAND: () => causeOfEnd({ state: "detached" } as never),
  OPENED_BY_HAND: () => causeOfDifference({ kind: "own", actual: 1n } as never),
  VOLUME: () => causeOfDifference({ kind: "missing", actual: 1n } as never),
  SIDE: () => causeOfDifference({ kind: "side", actual: 1n } as never),
  STOPS: () => causeOfOutcome(kind("protect"), outcome("rejected", "INVALID_STOPS")),
  VANISHED: () => causeOfDifference({ kind: "missing", actual: 0n } as never),
  ORPHAN: () => causeOfDifference({ kind: "orphan", actual: 1n } as never),
};

test.each(Object.entries(WAYS))("%s", (cause, way) => expect(way()).toBe(cause));

test("what a rule refuses is no divergence, and the kill switch is no rule", () => {
  const told = (Object.keys(SKIP_REASONS) as SkipReason[]).filter((one) => causeOfSkip(one));
  expect(told.sort()).toEqual([
    "ACCOUNT_OFFLINE",
    "KILLED",
    "MARKET_CLOSED",
    "NO_FIGURES",
    "NO_MONEY",
    "NO_PRICE",
    "STALE",
    "SYMBOL_MISSING",
    "TRADE_DISABLED",
  ]);
  expect(causeOfSkip(null)).toBeNull();
});

test("what nothing explains is worst, and each difference has its word", () => {
  expect(severityOf("VANISHED")).toBe("critical");
  expect(severityOf("MISSED")).toBe("warning");
  expect(severityOf("CLOSED_BY_HAND")).toBe("notice");
  const kind = (cause: DivergenceCause, expected: bigint, actual: bigint) =>
    kindOf({ cause, expected, actual });
  expect(kind("REJECTED", 2n, 0n)).toBe("missing");
  expect(kind("PARTIAL", 2n, 1n)).toBe("less");
  expect(kind("VOLUME", 1n, 2n)).toBe("more");
  expect(kind("ORPHAN", 0n, 2n)).toBe("orphan");
  expect(kind("SIDE", 1n, -1n)).toBe("side");
});

test("what a look finds ends with a look that does not; what a broker refused does not", () => {
  const stops = (code: string | null) => ({ cause: "STOPS", code }) as unknown as Divergence;
  expect(isFoundByLooking(stops(null))).toBe(true);
  expect(isFoundByLooking(stops("INVALID_STOPS"))).toBe(false);
  expect(isFoundByLooking({ cause: "REJECTED" } as Divergence)).toBe(false);
});

test("a close that failed, and an open that was taken back, leave nothing to be told", () => {
  expect(causeOfOutcome(kind("close"), outcome("rejected", "MARKET_CLOSED"))).toBeNull();
  expect(causeOfOutcome(kind("open"), outcome("rejected", "CANCELLED"))).toBeNull();
});
