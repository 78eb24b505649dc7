import fc from "fast-check";
import { expect, test } from "vitest";
import { parseFixed, roundHalfEven } from "../../domain/fixed.ts";
import {
  change,
  clockTimeMs,
  duration,
  lots,
  money,
  NOTHING,
  percent,
  points,
  price,
  profit,
  toneOf,
} from "./format.ts";

const fixed = parseFixed;

test.each([
  ["1234567.891", "USD", "1,234,567.89"],
  ["-4", "EUR", "−4.00"],
  ["4181760.5", "JPY", "4,181,760"],
  ["1.2345", "KWD", "1.234"],
  ["12", "USDT", "12.00"],
  ["90071992547409.93", "USD", "90,071,992,547,409.93"],
])("%s %s is written %s", (value, currency, expected) => {
  expect(money(fixed(value), currency)).toBe(expected);
});

test("amounts never pass through a float", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 26n), max: 10n ** 26n }), (value) => {
      const written = money(value, "USD").replaceAll(",", "").replace("−", "-");
      expect(fixed(written)).toBe(roundHalfEven(value, 2));
    }),
  );
});

test("a profit always prints its sign, and its tone is that of what is printed", () => {
  expect([profit(fixed("12.3"), "USD"), toneOf(fixed("12.3"), "USD")]).toEqual(["+12.30", "up"]);
  expect([profit(fixed("-0.01"), "USD"), toneOf(fixed("-0.01"), "USD")]).toEqual(["−0.01", "down"]);
  expect([profit(fixed("-0.001"), "USD"), toneOf(fixed("-0.001"), "USD")]).toEqual([
    "0.00",
    "flat",
  ]);
  expect(profit(null, "USD")).toBe(NOTHING);
});

test("volumes, prices and points keep their own decimals", () => {
  expect(lots(fixed("0.5"))).toBe("0.50");
  expect(lots(fixed("0.005"))).toBe("0.005");
  expect(price(fixed("1.1"), 5)).toBe("1.10000");
  expect(points(fixed("0.00003"), 5)).toBe("+3 pt");
  expect(points(fixed("-0.04"), 3)).toBe("−40 pt");
  expect(points(0n, 5)).toBe("0 pt");
});

test("statistics are short", () => {
  expect([0.04, 3.42, 240.4, 1_240, 12_000, 180_000, 7_200_000].map(duration)).toEqual([
    "0.0 ms",
    "3.4 ms",
    "240 ms",
    "1.2 s",
    "12 s",
    "3 min",
    "2 h",
  ]);
  expect(percent(1_904.4)).toBe("1,904 %");
  expect(change(-0.0042)).toBe("−0.42 %");
  expect(clockTimeMs(Date.UTC(2025, 0, 1, 14, 2, 11, 40))).toBe("14:02:11.040");
});
