/** A reversed copy: the other side, the stops swapped at their distances, and twice is not at all. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import type { Side } from "../domain/trade.ts";
import { answerTo, type DecisionCase, decided } from "../testing/decisions.ts";
import { copiedOf, followerOf, marketOf, signalOf } from "../testing/follower-builders.ts";
import { decide } from "./decide.ts";
import { mergeLayers } from "./rules/layers.ts";

const price = parseFixed;
const reversed = (more: DecisionCase = {}): DecisionCase => ({
  ...more,
  rules: { reverse: true, ...more.rules },
});

/** "sell 1 sl 1.105 tp 1.09", or the reason. */
function inWords(given: DecisionCase): string {
  const { reason, plans } = decided(given);
  const [plan] = plans;
  if (plan === undefined) return String(reason);
  const stop = (name: string, at: bigint | null) =>
    at === null ? "" : ` ${name} ${formatFixed(at)}`;
  return `${plan.side} ${formatFixed(plan.volume ?? 0n)}${stop("sl", plan.stopLoss)}${stop("tp", plan.takeProfit)}`;
}

describe("an open", () => {
  const stops = { stopLoss: price("1.095"), takeProfit: price("1.12") };
  test.each<[string, DecisionCase, string]>([
    ["takes the other side", reversed(), "sell 1"],
    // Sold at 1.09990: the master's profit of 200 points up is the loss, its loss the profit.
    [
      "swaps the stops at their distances",
      reversed({ signal: stops }),
      "sell 1 sl 1.1199 tp 1.0949",
    ],
    [
      "or at the master's prices",
      reversed({
        signal: stops,
        rules: { stops: { stopLoss: { mode: "copy-price" }, takeProfit: { mode: "copy-price" } } },
      }),
      "sell 1 sl 1.12 tp 1.095",
    ],
    [
      "of a sell buys",
      reversed({ signal: { side: "sell", stopLoss: price("1.12"), takeProfit: price("1.09") } }),
      "buy 1 sl 1.09 tp 1.12",
    ],
    [
      "offsets still widen",
      reversed({ signal: stops, rules: { stops: { stopLoss: { offsetPoints: 100 } } } }),
      "sell 1 sl 1.1209 tp 1.0949",
    ],
    [
      "without a master's take-profit has no stop-loss",
      reversed({ signal: { stopLoss: price("1.095") } }),
      "sell 1 tp 1.0949",
    ],
    [
      "but the assumed one, which is placed",
      reversed({ rules: { sizing: { assumedStopPoints: 300 } } }),
      "sell 1 sl 1.1029",
    ],
    [
      "sized by risk at the take-profit's distance",
      reversed({ signal: stops, rules: { sizing: { mode: "risk-percent", riskPercent: "1" } } }),
      "sell 0.05 sl 1.1199 tp 1.0949",
    ],
    [
      "by risk without one",
      reversed({
        signal: { stopLoss: price("1.095") },
        rules: { sizing: { mode: "risk-percent", riskPercent: "1" } },
      }),
      "NO_STOP_LOSS",
    ],
    [
      "by risk with an assumed one",
      reversed({
        rules: { sizing: { mode: "risk-percent", riskPercent: "1", assumedStopPoints: 500 } },
      }),
      "sell 0.2 sl 1.1049",
    ],
    [
      "the filter asks the master's side",
      reversed({ rules: { sides: ["sell"] } }),
      "SIDE_EXCLUDED",
    ],
  ])("%s", (_, given, words) => expect(inWords(given)).toBe(words));

  test.each([
    ["1.09995", "1"],
    ["1.09994", "PRICE_MOVED"],
    ["1.2", "1"],
  ])("its deviation is the master's price less the own bid: %s", (bid, answer) => {
    const market = { quote: [bid, formatFixed(price(bid) + 10_000n)] as const };
    expect(answerTo(reversed({ market, rules: { guards: { maxDeviationPoints: 5 } } }))).toBe(
      answer,
    );
  });
});

test("an increase stays on the side of its copy, whatever the rules say by now", () => {
  const signal = { kind: "increase" } as const;
  const sold = copiedOf(["1"], { side: "sell" });
  expect(inWords({ signal, follower: { copied: sold } })).toBe("sell 1");
  expect(inWords(reversed({ signal, follower: { copied: copiedOf(["1"]) } }))).toBe("buy 1");
});

test("a later change of the master's stops stays swapped, from the opening prices", () => {
  const copied = copiedOf(["1"], { side: "sell", openPrice: price("1.0999") });
  const signal = signalOf({
    kind: "protect",
    price: null,
    stopLoss: price("1.096"),
    takeProfit: price("1.13"),
  });
  const { plans } = decide(signal, followerOf({ reverse: true }, { copied }), marketOf());
  expect(plans[0]).toMatchObject({ stopLoss: price("1.1299"), takeProfit: price("1.0959") });
  const none = decide(
    { ...signal, takeProfit: null },
    followerOf({ reverse: true, sizing: { assumedStopPoints: 300 } }, { copied }),
    marketOf(),
  );
  expect(none.plans[0]?.stopLoss).toBe(price("1.1029"));
});

test("a close of a reversed copy closes the side that is held", () => {
  const close = signalOf({ kind: "close", after: 0n });
  const copied = copiedOf(["0.4"], { side: "sell" });
  const { plans } = decide(close, followerOf({ reverse: true }, { copied }), marketOf());
  expect(plans).toMatchObject([{ kind: "close", side: "sell", volume: price("0.4") }]);
});

const anySignal = fc
  .record({
    side: fc.constantFrom<Side>("buy", "sell"),
    stop: fc.option(fc.integer({ min: 20, max: 2000 })),
    profit: fc.option(fc.integer({ min: 20, max: 2000 })),
  })
  .map(({ side, stop, profit }) => {
    const at = (points: number | null, up: boolean) =>
      points === null ? null : price("1.1") + BigInt(up ? points : -points) * 1_000n;
    const isBuy = side === "buy";
    return signalOf({ side, stopLoss: at(stop, !isBuy), takeProfit: at(profit, isBuy) });
  });

test("reversed twice is not reversed", () => {
  const once = { kind: "strategy", name: "a", rules: { reverse: true } } as const;
  const twice = { kind: "subscription", name: "b", rules: { reverse: true } } as const;
  const { rules } = mergeLayers([once, twice]);
  fc.assert(
    fc.property(anySignal, (signal) => {
      const follower = followerOf();
      const plain = decide(signal, follower, marketOf());
      expect(decide(signal, { ...follower, rules }, marketOf())).toEqual(plain);
    }),
  );
});

test("a copy of the mirrored signal, reversed, is the copy", () => {
  const quote = ["1.1", "1.1"] as const;
  fc.assert(
    fc.property(anySignal, (signal) => {
      const mirrored = {
        ...signal,
        side: signal.side === "buy" ? ("sell" as const) : ("buy" as const),
        stopLoss: signal.takeProfit,
        takeProfit: signal.stopLoss,
      };
      const plain = decide(signal, followerOf(), marketOf({ quote })).plans;
      const back = decide(mirrored, followerOf({ reverse: true }), marketOf({ quote })).plans;
      expect(back).toEqual(plain);
    }),
  );
});
