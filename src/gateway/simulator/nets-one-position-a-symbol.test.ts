import { expect, test } from "vitest";
import {
  accountTerms,
  fixed,
  orderOf,
  quoteOf,
  testBroker,
} from "../../testing/simulated-broker.ts";

function bench() {
  const made = testBroker();
  made.broker.openAccount(accountTerms("one", { positionMode: "netting" }));
  made.quotes(quoteOf("EURUSD", "1.10000"));
  const trade = (side: "buy" | "sell", lots: string, stopLoss: string | null = null) =>
    made.broker.trade(
      "one",
      orderOf({ side, volume: fixed(lots), stopLoss: stopLoss === null ? null : fixed(stopLoss) }),
    );
  const deals = () => made.broker.deals("one", 0, Number.MAX_SAFE_INTEGER);
  return { ...made, trade, deals, positions: () => made.broker.snapshot("one").positions };
}

test("the same side adds: one position at the average price, stops kept unless new ones come", () => {
  const { trade, quotes, positions, deals } = bench();
  trade("buy", "1", "1.09");
  quotes(quoteOf("EURUSD", "1.10400"));
  trade("buy", "3");
  expect(positions()).toMatchObject([
    { id: "1", leg: 0, volume: fixed("4"), openPrice: fixed("1.103"), stopLoss: fixed("1.09") },
  ]);
  trade("buy", "1", "1.08");
  expect(positions()).toMatchObject([{ stopLoss: fixed("1.08") }]);
  expect(deals().map((deal) => deal.entry)).toEqual(["in", "in", "in"]);
});

test("the other side reduces, and books the profit of what is closed", () => {
  const { trade, quotes, positions, deals } = bench();
  trade("buy", "1");
  quotes(quoteOf("EURUSD", "1.10100"));
  expect(trade("sell", "0.4")).toMatchObject({ status: "done", positionId: "1" });
  expect(positions()).toMatchObject([{ id: "1", side: "buy", volume: fixed("0.6") }]);
  expect(deals()[1]).toMatchObject({ entry: "out", side: "sell", profit: fixed("40") });
});

test("as much of the other side closes; the next order is a new position", () => {
  const { trade, positions } = bench();
  trade("buy", "1");
  trade("sell", "1");
  expect(positions()).toEqual([]);
  expect(trade("buy", "1").positionId).toBe("3");
});

test("more of the other side turns it round: one deal, the same id, the next leg, its own stops", () => {
  const { trade, quotes, positions, deals } = bench();
  trade("buy", "1", "1.09");
  quotes(quoteOf("EURUSD", "1.10100"));
  trade("sell", "1.5", "1.11");
  expect(deals()[1]).toMatchObject({
    entry: "inout",
    leg: 1,
    volume: fixed("1.5"),
    profit: fixed("100"),
  });
  expect(positions()).toMatchObject([
    {
      id: "1",
      leg: 1,
      side: "sell",
      volume: fixed("0.5"),
      openPrice: fixed("1.101"),
      stopLoss: fixed("1.11"),
    },
  ]);
});

test("a reversal that the margin does not bear is refused whole, a reduction never is", () => {
  const { trade, quotes, positions } = bench();
  trade("buy", "9");
  expect(trade("sell", "100").code).toBe("NO_MONEY");
  expect(positions()).toMatchObject([{ side: "buy", volume: fixed("9") }]);
  quotes(quoteOf("EURUSD", "1.09500"));
  expect(trade("sell", "8").status).toBe("done");
});

test("a close names its position and side, so a second close opens nothing", () => {
  const { broker, trade, positions } = bench();
  trade("buy", "1");
  const close = orderOf({ kind: "close", positionId: "1" });
  expect(broker.trade("one", close).status).toBe("done");
  expect(broker.trade("one", close).code).toBe("POSITION_GONE");
  expect(positions()).toEqual([]);
});
