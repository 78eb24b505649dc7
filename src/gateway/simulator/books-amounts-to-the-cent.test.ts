import { expect, test } from "vitest";
import {
  accountTerms,
  fixed,
  orderOf,
  quoteOf,
  ROUND_QUOTES,
  testBroker,
} from "../../testing/simulated-broker.ts";
import type { AccountTerms, OrderRequest, PriceQuote } from "./model.ts";
import { BASE_SYMBOLS, symbolsOf } from "./symbols.ts";

/** Opens, lets the quote move, closes all of it; gives the closing deal and the figures between. */
function roundTrip(terms: Partial<AccountTerms>, order: Partial<OrderRequest>, then: PriceQuote) {
  const bench = testBroker();
  bench.broker.openAccount(accountTerms("one", terms));
  bench.quotes(...ROUND_QUOTES);
  const request = orderOf(order);
  const { positionId } = bench.broker.trade("one", request);
  const { figures } = bench.broker.snapshot("one");
  bench.quotes(then);
  bench.broker.trade("one", { ...request, kind: "close", positionId });
  const [, deal] = bench.broker.deals("one", 0, Number.MAX_SAFE_INTEGER);
  return { figures, deal, after: bench.broker.snapshot("one").figures };
}

test.each([
  // Ten points of the index are ten euros, at 1.10005 dollars each.
  ["GER40", "18000.00", "18010.00", "11.00"],
  ["US500", "5200.00", "5210.00", "10.00"],
  // A hundredth of a dollar on 5,000 ounces.
  ["XAGUSD", "27.350", "27.360", "50.00"],
  ["BTCUSD", "67850.00", "67855.55", "5.55"],
  // 90 francs at 0.90090 to the dollar.
  ["USDCHF", "0.90000", "0.90090", "99.90"],
  ["EURJPY", "165.000", "165.150", "100.00"],
])("one lot of %s from %s to %s earns %s dollars", (...[symbol, from, to, profit]) => {
  const { broker, quotes } = testBroker({ symbols: symbolsOf([...BASE_SYMBOLS, symbol]) });
  broker.openAccount(accountTerms("one", { balance: fixed("1000000") }));
  quotes(quoteOf("EURUSD", "1.10000", "1.10010"), quoteOf("USDJPY", "150.000"));
  quotes(quoteOf(symbol, from));
  broker.trade("one", orderOf({ symbol }));
  quotes(quoteOf(symbol, to));
  broker.trade("one", orderOf({ symbol, kind: "close", positionId: "1" }));
  const [, closing] = broker.deals("one", 0, Number.MAX_SAFE_INTEGER);
  expect(closing?.profit).toBe(fixed(profit));
});

test("a buy opens at the ask and closes at the bid", () => {
  const { figures, deal, after } = roundTrip({}, {}, quoteOf("EURUSD", "1.10200", "1.10210"));
  expect(figures).toMatchObject({ equity: fixed("9990"), margin: fixed("1100.10") });
  expect(deal).toMatchObject({
    side: "sell",
    entry: "out",
    price: fixed("1.102"),
    profit: fixed("190"),
  });
  expect(after).toMatchObject({ balance: fixed("10190"), equity: fixed("10190"), margin: 0n });
});

test("a sell opens at the bid and closes at the ask", () => {
  const { deal } = roundTrip({}, { side: "sell" }, quoteOf("EURUSD", "1.09800", "1.09830"));
  expect(deal).toMatchObject({ side: "buy", price: fixed("1.0983"), profit: fixed("170") });
});

test("a crossed quote is traded as quoted: ask 1.0998 under bid 1.1000 wins at once", () => {
  const bench = testBroker();
  bench.broker.openAccount(accountTerms("one"));
  bench.quotes(quoteOf("EURUSD", "1.10000", "1.09980"));
  expect(bench.broker.trade("one", orderOf()).price).toBe(fixed("1.0998"));
  expect(bench.broker.snapshot("one").figures.equity).toBe(fixed("10020"));
});

test("dollars become euros by the inverse of EURUSD's mid at the close", () => {
  // 0.01 lots of gold, 10.00 dollars up: 10 × 1 ounce; mid 1.10005, 10 / 1.10005 = 9.0905…
  const gold = { symbol: "XAUUSD", volume: fixed("0.01") };
  const { deal } = roundTrip({ currency: "EUR" }, gold, quoteOf("XAUUSD", "2010.200", "2010.400"));
  expect(deal?.profit).toBe(fixed("9.09"));
});

test("yen become pounds through the dollar where no yen pair of the pound is quoted", () => {
  // 0.10 lots, 0.500 yen up at the bid: 5,000 yen at mid 150.510; by 1.25010 dollars a pound.
  const yen = { symbol: "USDJPY", volume: fixed("0.10") };
  const { deal } = roundTrip({ currency: "GBP" }, yen, quoteOf("USDJPY", "150.510", "150.510"));
  expect(deal?.profit).toBe(fixed("26.57"));
});

test("a tie goes to the even cent", () => {
  // 0.01 lots of gold are one ounce: 0.125 dollars round to 0.12, and 0.135 to 0.14.
  const gold = { symbol: "XAUUSD", volume: fixed("0.01") };
  expect(roundTrip({}, gold, quoteOf("XAUUSD", "2000.325")).deal?.profit).toBe(fixed("0.12"));
  expect(roundTrip({}, gold, quoteOf("XAUUSD", "2000.335")).deal?.profit).toBe(fixed("0.14"));
  expect(roundTrip({}, gold, quoteOf("XAUUSD", "2000.075")).deal?.profit).toBe(fixed("-0.12"));
});

test("without a rate nothing is booked: the order is refused", () => {
  const bench = testBroker({ symbols: symbolsOf(["XAUUSD"]) });
  bench.broker.openAccount(accountTerms("one", { currency: "EUR" }));
  bench.quotes(quoteOf("XAUUSD", "2000.000"));
  const outcome = bench.broker.trade("one", orderOf({ symbol: "XAUUSD", volume: fixed("0.01") }));
  expect(outcome).toMatchObject({ status: "rejected", code: "PRICE_OFF", brokerCode: 10021 });
  expect(bench.broker.deals("one", 0, Number.MAX_SAFE_INTEGER)).toEqual([]);
});

test("commission is booked on each deal, on either side, rounded to the cent", () => {
  const bench = testBroker({ commissionPerLot: fixed("3.55") });
  bench.broker.openAccount(accountTerms("one"));
  bench.quotes(quoteOf("EURUSD", "1.10000"));
  const { positionId } = bench.broker.trade("one", orderOf({ volume: fixed("0.03") }));
  bench.broker.trade("one", orderOf({ kind: "close", volume: null, positionId }));
  const deals = bench.broker.deals("one", 0, Number.MAX_SAFE_INTEGER);
  expect(deals.map((deal) => deal.commission)).toEqual([fixed("-0.11"), fixed("-0.11")]);
  expect(bench.broker.snapshot("one").figures.balance).toBe(fixed("9999.78"));
});

test("opposite positions of one symbol pay margin for the larger side only", () => {
  const bench = testBroker();
  bench.broker.openAccount(accountTerms("one"));
  bench.quotes(...ROUND_QUOTES);
  bench.broker.trade("one", orderOf());
  bench.broker.trade("one", orderOf({ side: "sell", volume: fixed("0.4") }));
  expect(bench.broker.snapshot("one").figures.margin).toBe(fixed("1100.10"));
});

test("margin is taken in the account's currency", () => {
  // 1 lot of USDJPY at 150.010 with 1:100 is 150,010 yen; 1 dollar is the mid, 150.005.
  const { figures } = roundTrip({}, { symbol: "USDJPY" }, quoteOf("USDJPY", "150.000"));
  expect(figures.margin).toBe(fixed("1000.03"));
});
