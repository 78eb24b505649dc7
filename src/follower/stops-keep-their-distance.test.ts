/** Where a copy's stops go, read as a specification; and that what is sent is legal. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import type { Side } from "../domain/trade.ts";
import { copiedOf, followerOf, marketOf, signalOf } from "../testing/follower-builders.ts";
import { decide } from "./decide.ts";
import type { Decision } from "./decision.ts";

function stopsOf({ plans, reason }: Decision): readonly (string | null)[] {
  const [plan] = plans;
  if (plan === undefined) return [reason];
  return [plan.stopLoss, plan.takeProfit].map((price) =>
    price === null ? null : formatFixed(price),
  );
}

type Given = {
  readonly stops?: unknown;
  readonly side?: Side;
  readonly stopLoss?: string;
  readonly takeProfit?: string;
  readonly quote?: readonly [string, string];
  readonly stopLevelPoints?: number;
};

const priceOf = (text: string | undefined) => (text === undefined ? null : parseFixed(text));

function opened(given: Given): readonly (string | null)[] {
  const { stops = {}, side = "buy", stopLevelPoints = 0 } = given;
  const signal = signalOf({
    side,
    stopLoss: priceOf(given.stopLoss),
    takeProfit: priceOf(given.takeProfit),
  });
  const quote = given.quote ?? ["1.0999", "1.1000"];
  return stopsOf(
    decide(signal, followerOf({ stops }), marketOf({ quote, spec: { stopLevelPoints } })),
  );
}

/** The follower's ask is 20 points dearer than the master's price of 1.10000. */
const dearer = ["1.1001", "1.1002"] as const;
const both = (rule: unknown) => ({ stopLoss: rule, takeProfit: rule });

describe("with the open", () => {
  test.each<[string, Given, readonly (string | null)[]]>([
    ["none where the master has none", {}, [null, null]],
    [
      "the master's at the same price",
      { stopLoss: "1.095", takeProfit: "1.11" },
      ["1.095", "1.11"],
    ],
    [
      "the master's distance at another price",
      { quote: dearer, stopLoss: "1.095", takeProfit: "1.11" },
      ["1.0952", "1.1102"],
    ],
    [
      "of a sell from the bid",
      { side: "sell", quote: dearer, stopLoss: "1.105", takeProfit: "1.09" },
      ["1.1051", "1.0901"],
    ],
    [
      "copy-price",
      { stops: both({ mode: "copy-price" }), quote: dearer, stopLoss: "1.095", takeProfit: "1.11" },
      ["1.095", "1.11"],
    ],
    [
      "an offset above zero is further away",
      {
        stops: both({ mode: "copy-price", offsetPoints: 5 }),
        stopLoss: "1.095",
        takeProfit: "1.11",
      },
      ["1.09495", "1.11005"],
    ],
    [
      "and below zero nearer",
      {
        stops: both({ offsetPoints: -5 }),
        side: "sell",
        quote: ["1.1", "1.1001"],
        stopLoss: "1.105",
      },
      ["1.10495", null],
    ],
    [
      "fixed points from the own price, with or without the master's",
      { stops: both({ mode: "fixed-points", points: 300 }), quote: dearer, stopLoss: "1.05" },
      ["1.0972", "1.1032"],
    ],
    [
      "none though the master has them",
      { stops: both({ mode: "none" }), stopLoss: "1.095", takeProfit: "1.11" },
      [null, null],
    ],
    [
      "too near, widened to the stop level from the bid",
      { stopLevelPoints: 50, stopLoss: "1.0998", takeProfit: "1.1001" },
      ["1.0994", "1.1004"],
    ],
    [
      "of a sell from the ask",
      {
        side: "sell",
        stopLevelPoints: 50,
        quote: ["1.1", "1.1001"],
        stopLoss: "1.1002",
        takeProfit: "1.0999",
      },
      ["1.1006", "1.0996"],
    ],
    ["at the quote, a tick away", { stopLoss: "1.0999" }, ["1.09989", null]],
    ["on the wrong side, a tick away", { stopLoss: "1.2" }, ["1.09989", null]],
    [
      "too near, skipped where the rules say so",
      { stops: { illegal: "skip" }, stopLevelPoints: 50, takeProfit: "1.1001" },
      ["INVALID_STOPS"],
    ],
    [
      "just far enough",
      { stops: { illegal: "skip" }, stopLevelPoints: 50, stopLoss: "1.0994" },
      ["1.0994", null],
    ],
    [
      "no price is below nothing",
      { stops: { stopLoss: { mode: "fixed-points", points: 200_000 } } },
      ["INVALID_STOPS"],
    ],
  ])("%s", (_, given, expected) => expect(opened(given)).toEqual(expected));

  test("a copy at two digits gets whole ticks", () => {
    const spec = { digits: 2, tickSize: parseFixed("0.01"), name: "EURUSD" };
    const signal = signalOf({ price: parseFixed("2400.123"), stopLoss: parseFixed("2390.128") });
    const market = marketOf({ spec, quote: ["2400.00", "2400.12"] });
    expect(stopsOf(decide(signal, followerOf(), market))).toEqual(["2390.12", null]);
  });
});

describe("after the master changed them", () => {
  const change = (stops: unknown, copied = copiedOf(["0.5", "0.2"])) =>
    decide(
      signalOf({
        kind: "protect",
        price: null,
        stopLoss: parseFixed("1.09"),
        takeProfit: parseFixed("1.12"),
      }),
      followerOf({ stops }, { copied }),
      marketOf(),
    );
  const elsewhere = copiedOf(["0.5"], {
    openPrice: parseFixed("1.1002"),
    stopLoss: parseFixed("1.05"),
  });

  test("every holding follows", () => {
    const { plans, volume, wanted } = change({});
    expect(plans.map(({ kind, positionId, part }) => [kind, positionId, part])).toEqual([
      ["protect", "h1", 1],
      ["protect", "h2", 2],
    ]);
    expect([volume, wanted]).toEqual([0n, null]);
  });
  test("by the distance from both opening prices", () =>
    expect(stopsOf(change({}, elsewhere))).toEqual(["1.0902", "1.1202"]));
  test("by the master's price where an opening price is not known", () =>
    expect(stopsOf(change({}, copiedOf(["1"], { masterOpenPrice: null })))).toEqual([
      "1.09",
      "1.12",
    ]));
  test("what is the follower's own stays as it is", () =>
    expect(stopsOf(change({ stopLoss: { mode: "none" } }, elsewhere))).toEqual(["1.05", "1.1202"]));
  test("also where it would not be legal to place it now", () => {
    const near = copiedOf(["1"], { stopLoss: parseFixed("1.09990") });
    expect(stopsOf(change({ stopLoss: { mode: "none" }, illegal: "skip" }, near))).toEqual([
      "1.0999",
      "1.12",
    ]);
  });
  test("locked, nothing follows", () =>
    expect(stopsOf(change({ lockAfterOpen: true }))).toEqual(["STOPS_LOCKED"]));
  test("nothing follows where both are the follower's own", () =>
    expect(stopsOf(change(both({ mode: "none" })))).toEqual(["STOPS_LOCKED"]));
  test("a stop that the market has passed is moved, or skipped", () => {
    const passed = signalOf({ kind: "protect", price: null, stopLoss: parseFixed("1.15") });
    const follower = (stops: unknown) => followerOf({ stops }, { copied: copiedOf(["1"]) });
    expect(stopsOf(decide(passed, follower({}), marketOf()))).toEqual(["1.09989", null]);
    expect(stopsOf(decide(passed, follower({ illegal: "skip" }), marketOf()))).toEqual([
      "INVALID_STOPS",
    ]);
  });
});

test("whatever the master's stops, those that are sent are legal whole ticks", () => {
  const price = fc.integer({ min: 100_000, max: 120_000 }).map((points) => BigInt(points) * 1000n);
  const arbitrary = fc.record({
    side: fc.constantFrom<Side>("buy", "sell"),
    stopLoss: fc.option(price),
    takeProfit: fc.option(price),
    stopLevelPoints: fc.integer({ min: 0, max: 500 }),
    tick: fc.constantFrom("0.00001", "0.00005", "0.001"),
    mode: fc.constantFrom("copy-price", "copy-distance"),
  });
  fc.assert(
    fc.property(arbitrary, ({ side, stopLoss, takeProfit, stopLevelPoints, tick, mode }) => {
      const tickSize = parseFixed(tick);
      const quote = ["1.10003", "1.10011"] as const;
      const { plans } = decide(
        signalOf({ side, stopLoss, takeProfit }),
        followerOf({ stops: both({ mode }) }),
        marketOf({ quote, spec: { stopLevelPoints, tickSize } }),
      );
      const sign = side === "buy" ? 1n : -1n;
      const firesAt = parseFixed(side === "buy" ? quote[0] : quote[1]);
      const level = BigInt(stopLevelPoints) * 1000n;
      const least = level > 0n ? level : 1n;
      for (const plan of plans) {
        if (plan.stopLoss !== null) {
          expect((firesAt - plan.stopLoss) * sign).toBeGreaterThanOrEqual(least);
          expect(plan.stopLoss % tickSize).toBe(0n);
        }
        if (plan.takeProfit !== null) {
          expect((plan.takeProfit - firesAt) * sign).toBeGreaterThanOrEqual(least);
          expect(plan.takeProfit % tickSize).toBe(0n);
        }
      }
      expect(plans).toHaveLength(1);
    }),
  );
});

test("a position from before keeps the master's price: its stop may have been trailed", () => {
  const trailed = { existing: true, price: parseFixed("1.05"), stopLoss: parseFixed("1.095") };
  const follower = followerOf({ copyExisting: "all" });
  const { plans } = decide(signalOf(trailed), follower, marketOf());
  expect(plans[0]?.stopLoss).toBe(parseFixed("1.095"));
  const later = signalOf({ kind: "protect", price: null, stopLoss: parseFixed("1.097") });
  const copied = copiedOf(["1"], { masterOpenPrice: null });
  const changed = decide(later, followerOf({}, { copied }), marketOf());
  expect(changed.plans[0]?.stopLoss).toBe(parseFixed("1.097"));
});

test("what freezes a stop keeps it away as the stop level does", () => {
  const spec = { stopLevelPoints: 10, freezeLevelPoints: 30 };
  const near = signalOf({ stopLoss: parseFixed("1.0998") });
  const { plans } = decide(near, followerOf(), marketOf({ spec }));
  expect(plans[0]?.stopLoss).toBe(parseFixed("1.0996"));
  const skipped = decide(near, followerOf({ stops: { illegal: "skip" } }), marketOf({ spec }));
  expect(skipped.reason).toBe("INVALID_STOPS");
});

test("prices of the master are scaled by a mapped factor", () => {
  const rules = {
    symbolMap: { pairs: [{ from: "TENTH", to: "EURUSD", priceFactor: "10" }] },
    guards: { maxDeviationPoints: 0 },
  };
  const signal = signalOf({
    symbol: "TENTH",
    price: parseFixed("0.11"),
    stopLoss: parseFixed("0.1095"),
    contractSize: parseFixed("1000000"),
  });
  const { plans } = decide(signal, followerOf(rules), marketOf());
  expect(plans[0]).toMatchObject({ stopLoss: parseFixed("1.095"), volume: parseFixed("1") });
  const copied = copiedOf(["1"], { masterOpenPrice: parseFixed("0.11") });
  const protect = {
    ...signal,
    kind: "protect" as const,
    price: null,
    stopLoss: parseFixed("0.109"),
  };
  const changed = decide(protect, followerOf(rules, { copied }), marketOf());
  expect(changed.plans[0]?.stopLoss).toBe(parseFixed("1.09"));
});
