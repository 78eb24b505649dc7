import { describe, expect, test } from "vitest";
import { OUTCOME_CODES, type OutcomeCode } from "../domain/codes.ts";
import { parseFixed } from "../domain/fixed.ts";
import { NOW } from "../testing/follower-builders.ts";
import { ledgerInstructionOf, outcomeOf } from "../testing/owner-builders.ts";
import { ATTEMPTS_MAX, backoffMs, followUp } from "./follow-up.ts";
import { type InstructionState, verdictOf } from "./verdict.ts";

const codes = Object.keys(OUTCOME_CODES) as OutcomeCode[];
const rejected = (code: OutcomeCode) => outcomeOf({ status: "rejected", code, filled: 0n });
const open = ledgerInstructionOf({ validUntil: NOW + 1_000 });
const close = ledgerInstructionOf({ kind: "close", positionId: "h1" });
const cancel = ledgerInstructionOf({ kind: "cancel", orderId: "1", volume: null });
const goesOn = (...args: Parameters<typeof followUp>): boolean => followUp(...args).again;

describe("after a refusal", () => {
  test.each(codes)("%s: an open goes on for a passing reason only", (code) => {
    expect(goesOn(open, rejected(code), NOW)).toBe(!OUTCOME_CODES[code].final);
  });

  test.each(codes)("%s: a close goes on unless there is nothing left to close", (code) => {
    const ends = ["POSITION_GONE", "FENCED", "UNKNOWN_SYMBOL", "CANCELLED"].includes(code);
    expect(goesOn(close, rejected(code), NOW)).toBe(!ends);
    expect(goesOn({ ...close, attempt: 1_000 }, rejected(code), NOW + 1e12)).toBe(!ends);
  });

  test.each(codes)("%s: a cancel goes on unless there is nothing left to cancel", (code) => {
    const ends = ["ORDER_GONE", "FENCED", "UNKNOWN_SYMBOL", "CANCELLED"].includes(code);
    const late = { ...cancel, attempt: 1_000 };
    expect(goesOn(cancel, rejected(code), NOW)).toBe(!ends);
    expect(goesOn(late, rejected(code), NOW + 1e12)).toBe(!ends);
  });

  test.each(codes)("%s: a place and a change go on for a passing reason only", (code) => {
    for (const kind of ["place", "change"] as const) {
      expect(goesOn({ ...open, kind }, rejected(code), NOW)).toBe(!OUTCOME_CODES[code].final);
    }
  });

  test("an open ends with its last attempt, and with its time", () => {
    const requote = rejected("REQUOTE");
    expect(goesOn({ ...open, attempt: ATTEMPTS_MAX - 1 }, requote, NOW)).toBe(true);
    expect(goesOn({ ...open, attempt: ATTEMPTS_MAX }, requote, NOW)).toBe(false);
    expect(goesOn(open, requote, NOW + 1_001)).toBe(false);
  });
});

test("a partial close goes on with what is left, a partial open stands", () => {
  const partial = outcomeOf({ status: "partial", filled: parseFixed("0.4") });
  expect(followUp(close, partial, NOW)).toMatchObject({ again: true, volume: parseFixed("0.6") });
  expect(goesOn(open, partial, NOW)).toBe(false);
  expect(goesOn(close, outcomeOf({ status: "partial" }), NOW)).toBe(false);
});

test("waits grow, and stay bounded", () => {
  const waits = Array.from({ length: 60 }, (_, index) => backoffMs(index + 1));
  expect(waits.slice(0, 3)).toEqual([250, 500, 1_000]);
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
  expect(Math.max(...waits)).toBe(30_000);
});

describe("the one outcome of a copy", () => {
  const lots = parseFixed;
  const state = (change: Partial<InstructionState>): InstructionState => ({
    part: 1,
    attempt: 1,
    kind: "open",
    volume: lots("1"),
    state: "done",
    filled: lots("1"),
    price: lots("1.1"),
    ...change,
  });
  const half = { volume: lots("0.5"), filled: lots("0.5") };
  const none = { state: "rejected", filled: 0n, price: null } as const;

  test.each([
    ["done", [state({})]],
    ["done", [state({ ...half, part: 1 }), state({ ...half, part: 2 })]],
    ["done", [state(none), state({ attempt: 2 })]],
    ["done", [state({ ...half, state: "partial" }), state({ ...half, attempt: 2 })]],
    ["partial", [state({ state: "partial", filled: lots("0.4") })]],
    ["partial", [state({ ...half, part: 1 }), state({ ...none, part: 2 })]],
    ["rejected", [state(none)]],
    ["rejected", [state(none), state({ ...none, attempt: 2 })]],
    ["working", [state({ ...none, state: "queued" })]],
    ["working", [state(none), state({ ...none, attempt: 2, state: "sent" })]],
    ["unknown", [state({ ...half, part: 1 }), state({ ...none, part: 2, state: "unknown" })]],
  ] as const)("%s", (outcome, states) => {
    expect(verdictOf(lots("1"), states).outcome).toBe(outcome);
  });

  test("its price is that of all fills, by volume", () => {
    const parts = [
      state({ filled: lots("1"), price: lots("1.1") }),
      state({ part: 2, filled: lots("3"), price: lots("1.2") }),
    ];
    expect(verdictOf(lots("4"), parts)).toMatchObject({
      filled: lots("4"),
      price: lots("1.175"),
    });
  });
});
