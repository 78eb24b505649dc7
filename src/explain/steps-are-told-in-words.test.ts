/** Every step that a decision records is told in words, with its numbers and its layers. */
import { describe, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { type DecisionCase, decided } from "../testing/decisions.ts";
import { copiedOf, figures, NOW } from "../testing/follower-builders.ts";
import { effectiveRules, originsOf } from "./effective-rules.ts";
import { stepWords } from "./words.ts";

const told = (given: DecisionCase): string[] => decided(given).steps.map((step) => stepWords(step));
const own = { figures: { ...figures("50000"), asOf: NOW } };
const master = { figures: figures("100000"), volume: parseFixed("0.8") };

test.each([
  ["on-fill", "the rules copy a pending order when it fills, and not before"],
  ["off", "the rules copy no pending orders"],
])("a pending order under %s: %s", (pendingOrders, words) => {
  const signal = { kind: "place" as const, position: "order:1", orderId: "1" };
  expect(told({ rules: { pendingOrders }, signal })).toEqual([words]);
});

describe("in words", () => {
  test.each<[DecisionCase, string[]]>([
    [
      { rules: { guards: { maxVolume: "0.25" } }, signal: master, follower: own },
      [
        "equity 50,000.00 / 100,000.00 × 0.8 lots → 0.4 lots",
        "rounded down to steps of 0.01 → 0.4",
        "capped by maxVolume 0.25 → 0.25",
        "the signal was 0 ms old; master's price 1.1, ours 1.1, worse by 0 points",
      ],
    ],
    [
      {
        rules: {
          sizing: { mode: "fixed-leverage", leverage: "2" },
          guards: { maxTotalVolume: "1" },
        },
        follower: { copies: () => [copiedOf(["0.9"])] },
      },
      [
        "2 × equity 10,000.00 / 109,995.00 a lot → 0.18182645 lots",
        "rounded down to steps of 0.01 → 0.18",
        "capped by maxTotalVolume 1 (held 0.9) → 0.1",
        "the signal was 0 ms old; master's price 1.1, ours 1.1, worse by 0 points",
      ],
    ],
    [
      { rules: { sizing: { mode: "custom", table: [{ symbol: "*", volume: "0.004" }] } } },
      [
        "by the table's row *: a fixed volume → 0.004 lots",
        "rounded down to steps of 0.01 → 0, the minimum is 0.01",
      ],
    ],
    [
      { rules: { comment: { exclude: ["x"] } }, signal: { comment: "x" } },
      ["the filters refuse comment x"],
    ],
  ])("%#", (given, words) => expect(told(given)).toEqual(words));

  test.each<[string, DecisionCase]>([
    [
      "lots of EUR are held",
      {
        rules: { reduceCorrelation: "by-account" },
        follower: { copies: () => [copiedOf(["0.5"])] },
      },
    ],
    [
      "outside the trading hours",
      { rules: { windows: { timeZone: "UTC", weekdays: { sat: ["03:00-03:01"] } } } },
    ],
    ["no economic calendar", { rules: { news: { impact: ["high"] } } }],
    [
      "the throttle trips",
      {
        rules: { guards: { throttle: { count: 1, windowMs: 9 } } },
        follower: { recent: { carried: new Map(), opens: [NOW], tripped: false } },
      },
    ],
    ["waits 7 ms", { rules: { guards: { delayMs: { min: 7, max: 7 } } } }],
    ["limited by the free margin", { rules: { shrinkToMargin: true } }],
    ["maxSpreadPoints 1", { rules: { guards: { maxSpreadPoints: 1 } } }],
    [
      "0.5 % apart",
      {
        market: { more: { masterQuote: () => ({ symbol: "EURUSD", bid: 1n, ask: 1n, at: NOW }) } },
      },
    ],
    [
      "0.005 lots are carried on",
      { rules: { carryRemainder: true, sizing: { multiplier: "0.005" } } },
    ],
    [
      "0.005 lots are carried on to the next copy of EURUSD",
      { rules: { carryRemainder: true, sizing: { multiplier: "0.015" } } },
    ],
    [
      "0.005 lots carried over",
      {
        rules: { carryRemainder: true },
        follower: {
          recent: {
            carried: new Map([["EURUSD", parseFixed("0.005")]]),
            opens: [],
            tripped: false,
          },
        },
      },
    ],
    ["would have been sent", { rules: { mode: "monitor" } }],
  ])("%s", (words, given) => expect(told(given).join("\n")).toContain(words));
});

test("each step names the settings behind it and the layers they came from", () => {
  const layers = [
    { kind: "strategy", name: "Trend", rules: { sizing: { multiplier: "2" } } },
    { kind: "portfolio", name: "Calm", rules: { guards: { maxVolume: "0.25" } } },
    { kind: "subscription", name: "Ann", rules: { sizing: { multiplier: "0.5" } } },
  ] as const;
  const rules = { guards: { maxVolume: "0.25" } };
  const words = decided({ rules }).steps.map((step) => stepWords(step, originsOf(layers)));
  expect(words[0]).toMatch(/\[sizing.multiplier from strategy Trend and subscription Ann\]$/);
  expect(words[2]).toBe("capped by maxVolume 0.25 → 0.25 [guards.maxVolume from portfolio Calm]");
});

test("effective rules say each value, where it came from and why", () => {
  const worded = effectiveRules([
    { kind: "portfolio", name: "Calm", rules: { guards: { maxVolume: "0.25" } } },
    { kind: "subscription", name: "Ann", rules: { guards: { maxVolume: "5" }, reverse: true } },
  ]);
  const words = worded.map((one) => one.words);
  expect(words).toContain('guards.maxVolume is "0.25" (from portfolio Calm: the strictest holds)');
  expect(words).toContain("reverse is true (from subscription Ann: two reversals cancel out)");
  expect(words).toContain('sizing.mode is "equity-ratio" (the default)');
});

test("rules that would be refused today are explained without layers", () => {
  expect(originsOf([{ kind: "subscription", name: "Ann", rules: { sise: 1 } }])).toEqual({});
});
