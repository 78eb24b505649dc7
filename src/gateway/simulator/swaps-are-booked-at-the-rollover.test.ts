import fc from "fast-check";
import { expect, test } from "vitest";
import {
  accountTerms,
  fixed,
  orderOf,
  quoteOf,
  ROUND_QUOTES,
  testBroker,
} from "../../testing/simulated-broker.ts";
import type { AccountTerms } from "./model.ts";
import type { SwapPlan, SwapTerms } from "./swaps.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 00:00 UTC; the broker is two hours ahead, and its day ends at 22:00 UTC. */
const MONDAY = Date.UTC(2023, 10, 13);
const ALWAYS = Number.MAX_SAFE_INTEGER;

const euro: SwapTerms = {
  ...{ unit: "points", long: fixed("-7.5"), short: fixed("2.5"), tripleOn: 3, weekends: false },
};

function bench(terms: Partial<SwapTerms> = {}, account: Partial<AccountTerms> = {}) {
  const swaps: SwapPlan = {
    serverOffsetMs: 2 * HOUR,
    rolloverMs: 0,
    symbols: new Map([["EURUSD", { ...euro, ...terms }]]),
  };
  const made = testBroker({ swaps });
  made.clock.at = MONDAY;
  made.broker.openAccount(accountTerms("one", account));
  made.quotes(...ROUND_QUOTES);
  const at = (day: number, hour: number): void => {
    made.clock.at = MONDAY + day * DAY + hour * HOUR;
    made.broker.publish();
  };
  const swap = () => made.broker.snapshot("one").positions.map((position) => position.swap);
  const deals = () => made.broker.deals("one", 0, ALWAYS);
  return { ...made, at, swap, deals };
}

test("each night of the broker counts once, Wednesday's three times, the weekend's not", () => {
  const { broker, at, swap } = bench();
  broker.trade("one", orderOf());
  const nights = [0, 1, 2, 3, 4, 5, 6, 7].map((day) => {
    at(day, 21.99);
    const before = swap()[0] ?? 0n;
    at(day, 22);
    at(day, 22.5);
    return (swap()[0] ?? 0n) - before;
  });
  const [night, triple] = [fixed("-7.5"), fixed("-22.5")];
  expect(nights).toEqual([night, night, triple, night, night, 0n, 0n, night]);
});

test("nights without a quote are made up for, and come to the same", () => {
  const { broker, at, swap } = bench();
  broker.trade("one", orderOf());
  at(7, 23);
  expect(swap()).toEqual([fixed("-60")]);
});

test("what was opened after the rollover pays from the next one; a sell its own rate", () => {
  const { broker, at, swap } = bench();
  broker.trade("one", orderOf());
  at(0, 23);
  broker.trade("one", orderOf({ side: "sell", volume: fixed("2") }));
  at(1, 1);
  expect(swap()).toEqual([fixed("-7.5"), 0n]);
  at(1, 23);
  expect(swap()).toEqual([fixed("-15"), fixed("5")]);
});

test("a weekend that counts, and amounts of the account's currency for each lot", () => {
  const terms = {
    unit: "currency",
    long: fixed("-3.333"),
    tripleOn: null,
    weekends: true,
  } as const;
  const { broker, at, swap } = bench(terms, { currency: "EUR" });
  broker.trade("one", orderOf({ volume: fixed("0.5") }));
  at(6, 23);
  // Half of 3.333 is 1.6665: 1.67 a night, seven times.
  expect(swap()).toEqual([fixed("-11.69")]);
});

test("points are converted at the mid of the rollover", () => {
  const { broker, at, swap } = bench({ long: fixed("-110.005") }, { currency: "EUR" });
  broker.trade("one", orderOf());
  at(0, 22);
  // 110.005 dollars at 1.10005 are 100 euros.
  expect(swap()).toEqual([fixed("-100")]);
});

test("it is part of equity, told as a change of the position, and then booked by the close", () => {
  const { broker, at, log, deals } = bench();
  broker.trade("one", orderOf());
  const before = broker.snapshot("one").figures;
  at(0, 22);
  const held = broker.snapshot("one");
  expect(held.figures.equity).toBe(before.equity - fixed("7.5"));
  expect(held.figures.balance).toBe(before.balance);
  expect(held.sequence).toBe(2);
  broker.trade("one", orderOf({ kind: "close", positionId: "1" }));
  expect(deals()[1]).toMatchObject({ swap: fixed("-7.5"), profit: fixed("-10") });
  expect(broker.snapshot("one").figures.balance).toBe(held.figures.equity);
  const again = testBroker({ history: log.records });
  again.quotes(...ROUND_QUOTES);
  expect(again.broker.snapshot("one").figures.balance).toBe(held.figures.equity);
});

test("swap alone can bring a stop-out, at the next quote", () => {
  const { broker, at, quotes, deals } = bench({ long: fixed("-9450") });
  broker.trade("one", orderOf());
  at(0, 22);
  expect(broker.snapshot("one").positions).toHaveLength(1);
  quotes(quoteOf("EURUSD", "1.10000", "1.10010"));
  expect(deals().map(({ reason }) => reason)).toEqual(["client", "stop-out"]);
});

test("a reversal books the swap of the leg that ends, and the new leg begins with none", () => {
  const { broker, at, swap, deals } = bench({}, { positionMode: "netting" });
  broker.trade("one", orderOf());
  at(0, 22);
  broker.trade("one", orderOf({ side: "sell", volume: fixed("3") }));
  expect(deals()[1]).toMatchObject({ entry: "inout", swap: fixed("-7.5") });
  expect(swap()).toEqual([0n]);
  at(1, 22);
  expect(swap()).toEqual([fixed("5")]);
});

test("a partial close books its share, and the rest stays with the position", () => {
  const { broker, at, swap, deals } = bench();
  broker.trade("one", orderOf());
  at(0, 22);
  broker.trade("one", orderOf({ kind: "close", positionId: "1", volume: fixed("0.3") }));
  expect(deals()[1]?.swap).toBe(fixed("-2.25"));
  expect(swap()).toEqual([fixed("-5.25")]);
});

test("any split of a close books the whole swap, to the cent", () => {
  const parts = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(parts, fc.integer({ min: -99_999, max: 99_999 }), (list, cents) => {
      const long = BigInt(cents) * fixed("0.01");
      const { broker, at, swap, deals } = bench(
        { unit: "currency", long },
        { leverage: fixed("9999") },
      );
      const steps = list.reduce((sum, part) => sum + part, 0);
      const step = fixed("0.01");
      broker.trade("one", orderOf({ volume: BigInt(steps) * step }));
      at(0, 22);
      const whole = swap()[0] ?? 0n;
      for (const part of list) {
        const volume = BigInt(part) * step;
        broker.trade("one", orderOf({ kind: "close", positionId: "1", volume }));
      }
      expect(deals().reduce((sum, deal) => sum + deal.swap, 0n)).toBe(whole);
      expect(broker.snapshot("one").positions).toEqual([]);
    }),
  );
});
