import fc from "fast-check";
import { expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import type { OutcomeStatus } from "../domain/instruction.ts";
import {
  answerOf,
  type Decided,
  type Ended,
  executedOf,
  filledOf,
  isOpen,
  withEnd,
} from "./answer.ts";
import { detailOf } from "./detail.ts";

const lots = parseFixed;

function copyOf(...planned: readonly string[]): Decided {
  const parts = planned.map(
    (text, index) => [index + 1, { planned: lots(text), symbol: "EURUSD", ended: null }] as const,
  );
  return { decision: "copy", reason: null, wanted: null, steps: [], parts: new Map(parts) };
}

const end = (change: Partial<Ended>): Ended => ({
  status: "done",
  code: null,
  filled: 0n,
  price: null,
  latencyMs: 10,
  ...change,
});

const OPEN = { kind: "open", side: "buy", price: lots("1.1") } as const;

test("a copy waits until every part has ended, and then is as slow as its slowest", () => {
  const copy = copyOf("0.5", "0.3");
  const half = withEnd(copy, 1, end({ filled: lots("0.5"), price: lots("1.1001") }));
  expect([isOpen(copy), isOpen(half)]).toEqual([true, true]);
  expect(answerOf(half, false)).toMatchObject({ decision: "copy", outcome: null, latencyMs: null });
  expect(answerOf(half, true)).toMatchObject({ outcome: "unknown", code: "IN_FLIGHT" });
  const whole = withEnd(
    half,
    2,
    end({ filled: lots("0.3"), price: lots("1.1009"), latencyMs: 40 }),
  );
  expect(isOpen(whole)).toBe(false);
  expect(answerOf(whole, false)).toMatchObject({ outcome: "done", latencyMs: 40 });
  expect(executedOf(whole, OPEN)).toEqual({
    volume: lots("0.8"),
    price: lots("1.1004"),
    slippage: lots("0.0004"),
  });
});

test("slippage is positive where the follower's price is the worse one", () => {
  const done = withEnd(copyOf("1"), 1, end({ filled: lots("1"), price: lots("1.1002") }));
  const slippage = (kind: "open" | "close", side: "buy" | "sell") =>
    executedOf(done, { kind, side, price: lots("1.1") }).slippage;
  expect(slippage("open", "buy")).toBe(lots("0.0002"));
  expect(slippage("open", "sell")).toBe(lots("-0.0002"));
  expect(slippage("close", "buy")).toBe(lots("-0.0002"));
  expect(slippage("close", "sell")).toBe(lots("0.0002"));
});

test("some of it is partial, none of it is rejected, and the refusal's code is kept", () => {
  const refusal = end({ status: "rejected", code: "NO_MONEY" });
  const none = withEnd(copyOf("1"), 1, refusal);
  expect(answerOf(none, false)).toMatchObject({ outcome: "rejected", code: "NO_MONEY" });
  expect(executedOf(none, OPEN).volume).toBeNull();
  const some = withEnd(
    withEnd(copyOf("1", "1"), 1, end({ filled: lots("1"), price: lots("1.1") })),
    2,
    refusal,
  );
  expect(answerOf(some, false)).toMatchObject({ outcome: "partial", code: "NO_MONEY" });
});

test("what several attempts filled together is what the plan has less of", () => {
  const volume = fc.bigInt({ min: 1n, max: 10n ** 12n });
  fc.assert(
    fc.property(volume, fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (planned, shares) => {
      let left = planned;
      let filled = 0n;
      let told = 0n;
      for (const share of [...shares, 1]) {
        const now = BigInt(Math.floor(Number(left) * share));
        const taken = now > left ? left : now;
        told = filledOf(planned, left, taken);
        filled += taken;
        left -= taken;
      }
      expect(told).toBe(filled);
    }),
  );
});

test("every state of a copy has exactly one standing, whatever its parts came to", () => {
  const statuses = fc.constantFrom<OutcomeStatus>("done", "partial", "rejected");
  fc.assert(
    fc.property(fc.array(statuses, { minLength: 1, maxLength: 5 }), (ends) => {
      let copy = copyOf(...ends.map(() => "1"));
      ends.forEach((status, index) => {
        const filled = status === "rejected" ? 0n : status === "done" ? lots("1") : lots("0.4");
        copy = withEnd(copy, index + 1, end({ status, filled, price: lots("1.1") }));
      });
      const { outcome } = answerOf(copy, false);
      const all = (wanted: OutcomeStatus) => ends.every((status) => status === wanted);
      expect(outcome).toBe(all("done") ? "done" : all("rejected") ? "rejected" : "partial");
    }),
  );
});

test("a skip says the numbers behind it, or none where a number is missing", () => {
  const steps = [{ step: "round", minimum: "0.01", volumeStep: "0.01" }];
  const skip = { reason: "BELOW_MIN_VOLUME", wanted: lots("0.00243172"), steps } as const;
  expect(detailOf(skip)).toBe("0.0024 lots wanted, the minimum is 0.01.");
  expect(detailOf({ ...skip, wanted: lots("0.0099999") })).toBe(
    "0.0099 lots wanted, the minimum is 0.01.",
  );
  expect(detailOf({ ...skip, steps: [] })).toBeNull();
  expect(detailOf({ ...skip, reason: "PAUSED" })).toBeNull();
  const stale = {
    reason: "STALE",
    wanted: null,
    steps: [{ step: "price", ageMs: "61000" }],
  } as const;
  expect(detailOf(stale)).toBeNull();
});
