import fc from "fast-check";
import { expect, test } from "vitest";
import type { Fixed } from "../../domain/fixed.ts";
import type { Deal, Side } from "../../domain/trade.ts";
import {
  accountTerms,
  fixed,
  orderOf,
  quoteOf,
  type TestBroker,
  testBroker,
} from "../../testing/simulated-broker.ts";

const STEP = fixed("0.01");
const POINT = fixed("0.00001");

function bench(positionMode: "netting" | "hedging" = "netting", commission = "0"): TestBroker {
  const made = testBroker({ commissionPerLot: fixed(commission) });
  const terms = { positionMode, balance: fixed("1000000"), leverage: fixed("500") };
  made.broker.openAccount(accountTerms("one", terms));
  made.quotes(quoteOf("EURUSD", "1.10000"));
  return made;
}

const dealsOf = ({ broker }: TestBroker): readonly Deal[] =>
  broker.deals("one", 0, Number.MAX_SAFE_INTEGER);

const signed = (side: Side, volume: Fixed): Fixed => (side === "buy" ? volume : -volume);

function net({ broker }: TestBroker): Fixed {
  return broker
    .snapshot("one")
    .positions.reduce((sum, { side, volume }) => sum + signed(side, volume), 0n);
}

function order(made: TestBroker, side: Side, steps: number): void {
  const outcome = made.broker.trade("one", orderOf({ side, volume: BigInt(steps) * STEP }));
  expect(outcome.status).toBe("done");
}

const orders = fc.array(
  fc.record({
    side: fc.constantFrom<Side>("buy", "sell"),
    steps: fc.integer({ min: 1, max: 300 }),
    points: fc.integer({ min: -300, max: 300 }),
  }),
  { minLength: 1, maxLength: 30 },
);

type Ordered = { readonly side: Side; readonly steps: number; readonly points: number };

function trade(made: TestBroker, list: readonly Ordered[]): void {
  for (const { side, steps, points } of list) {
    const bid = fixed("1.1") + BigInt(points) * POINT;
    made.quotes({ symbol: "EURUSD", bid, ask: bid + 3n * POINT });
    order(made, side, steps);
  }
}

test("the deals, bought less sold, are the position, and each leg holds what its deals left", () => {
  fc.assert(
    fc.property(orders, (list) => {
      const made = bench();
      trade(made, list);
      const sum = dealsOf(made).reduce((total, deal) => total + signed(deal.side, deal.volume), 0n);
      expect(net(made)).toBe(sum);
      expect(made.broker.snapshot("one").positions.length).toBe(sum === 0n ? 0 : 1);
    }),
  );
});

test("the balance is what the deals say, commission on both halves of a reversal", () => {
  fc.assert(
    fc.property(orders, (list) => {
      const made = bench("netting", "3.50");
      trade(made, list);
      const booked = dealsOf(made).reduce(
        (total, deal) => total + deal.profit + deal.commission + deal.swap,
        fixed("1000000"),
      );
      expect(made.broker.snapshot("one").figures.balance).toBe(booked);
      const traded = list.reduce((total, { steps }) => total + BigInt(steps), 0n);
      const paid = dealsOf(made).reduce((total, deal) => total + deal.commission, 0n);
      // 3.50 a lot is 3.5 cents a step: each deal is rounded by half a cent at most.
      const exact = -traded * fixed("0.035");
      expect(paid - exact).toBeLessThanOrEqual(BigInt(list.length) * fixed("0.005"));
      expect(exact - paid).toBeLessThanOrEqual(BigInt(list.length) * fixed("0.005"));
    }),
  );
});

test("turned round twice at one price it is as before, two legs on", () => {
  fc.assert(
    fc.property(
      fc.constantFrom<Side>("buy", "sell"),
      fc.integer({ min: 1, max: 500 }),
      (side, n) => {
        const made = bench();
        order(made, side, n);
        const before = made.broker.snapshot("one");
        order(made, side === "buy" ? "sell" : "buy", 2 * n);
        order(made, side, 2 * n);
        const after = made.broker.snapshot("one");
        expect(after.figures).toEqual(before.figures);
        const [first, last] = [before.positions[0], after.positions[0]];
        expect({ ...last, leg: 0 }).toEqual({ ...first, leg: 0 });
        expect(last?.leg).toBe(2);
        expect(dealsOf(made).map(({ entry }) => entry)).toEqual(["in", "inout", "inout"]);
      },
    ),
  );
});

test.each(["netting", "hedging"] as const)(
  "%s: the profit of any split of a close adds up to the whole, to the cent",
  (mode) => {
    const parts = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(parts, fc.integer({ min: -400, max: 400 }), (list, points) => {
        const made = bench(mode);
        const steps = list.reduce((sum, part) => sum + part, 0);
        order(made, "buy", steps);
        made.quotes(quoteOf("EURUSD", "1.10000"));
        const bid = fixed("1.1") + BigInt(points) * POINT;
        made.quotes({ symbol: "EURUSD", bid, ask: bid });
        for (const part of list) {
          const volume = BigInt(part) * STEP;
          const close = orderOf({ kind: "close", positionId: "1", volume });
          expect(made.broker.trade("one", close).status).toBe("done");
        }
        const whole = BigInt(steps) * STEP * 100_000n * BigInt(points) * POINT;
        const booked = dealsOf(made).reduce((sum, deal) => sum + deal.profit, 0n);
        expect(booked * fixed("1")).toBe(whole);
        expect(made.broker.snapshot("one").positions).toEqual([]);
      }),
    );
  },
);
