import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isLockstepError } from "./errors.ts";
import {
  divideHalfEven,
  fixedFromNumber,
  floorTo,
  formatFixed,
  multiply,
  ONE,
  parseFixed,
  roundHalfEven,
} from "./fixed.ts";

const anyFixed = fc.bigInt({ min: -(10n ** 26n), max: 10n ** 26n });

test("what is written is read back, and to as many digits as asked", () => {
  fc.assert(
    fc.property(anyFixed, fc.integer({ min: 0, max: 8 }), (value, digits) => {
      const text = formatFixed(value, digits);
      expect(parseFixed(text)).toBe(value);
      expect(text.split(".")[1]?.length ?? 0).toBeGreaterThanOrEqual(digits);
    }),
  );
});

test("0.1 + 0.2 is thirty steps of 0.01", () => {
  const sum = parseFixed("0.1") + parseFixed("0.2");
  expect(sum).toBe(parseFixed("0.3"));
  expect(floorTo(sum, parseFixed("0.01")) / parseFixed("0.01")).toBe(30n);
});

describe("reads plain decimals", () => {
  test.each([
    ["1", ONE],
    ["-12.5", -1_250_000_000n],
    ["+0.00000001", 1n],
    ["1.1023500000000", 110_235_000n],
    ["007", 7n * ONE],
  ])("%s", (text, value) => expect(parseFixed(text)).toBe(value));

  test.each(["", " 1", "1.", ".5", "1e5", "1,5", "0.000000001", "NaN", "--1", "0x1", "1\n"])(
    "refuses %j",
    (text) => {
      expect(() => parseFixed(text)).toThrow(expect.objectContaining({ code: "BAD_NUMBER" }));
    },
  );
});

test("a number that is not finite is BAD_NUMBER", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    try {
      fixedFromNumber(value);
      expect.unreachable();
    } catch (error) {
      expect(isLockstepError(error, "BAD_NUMBER")).toBe(true);
    }
  }
});

describe("rounds half to the even neighbour", () => {
  test.each([
    ["0.125", 2, "0.12"],
    ["0.135", 2, "0.14"],
    ["-0.125", 2, "-0.12"],
    ["-0.1250001", 2, "-0.13"],
    ["2.5", 0, "2"],
    ["3.5", 0, "4"],
  ])("%s to %i places is %s", (text, digits, expected) => {
    expect(formatFixed(roundHalfEven(parseFixed(text), digits))).toBe(expected);
  });

  test("never further than half the divisor away", () => {
    const divisor = fc.bigInt({ min: 1n, max: 10n ** 20n });
    fc.assert(
      fc.property(anyFixed, divisor, (value, by) => {
        const rest = divideHalfEven(value, by) * by - value;
        expect(2n * (rest < 0n ? -rest : rest)).toBeLessThanOrEqual(by);
      }),
    );
  });
});

test("one is neutral to multiplication", () => {
  fc.assert(
    fc.property(anyFixed, (value) => {
      expect(multiply(value, ONE)).toBe(value);
    }),
  );
});
