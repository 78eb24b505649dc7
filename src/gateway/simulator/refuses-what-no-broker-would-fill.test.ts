import { expect, test } from "vitest";
import {
  accountTerms,
  fixed,
  orderOf,
  quoteOf,
  ROUND_QUOTES,
  type TestBroker,
  testBroker,
} from "../../testing/simulated-broker.ts";
import type { OrderRequest } from "./model.ts";
import { DEFAULT_VARIANT, symbolsOf } from "./symbols.ts";

function bench(stopLevelPoints = 0): TestBroker {
  const symbols = symbolsOf(["EURUSD", "XAUUSD"], { ...DEFAULT_VARIANT, stopLevelPoints });
  const made = testBroker({ symbols });
  made.broker.openAccount(accountTerms("one"));
  made.quotes(...ROUND_QUOTES.filter(({ symbol }) => symbol === "EURUSD"));
  return made;
}

const cases: ReadonlyArray<readonly [string, Partial<OrderRequest>, number | null, string]> = [
  ["no symbol of that name", { symbol: "EURUSD.x" }, null, "UNKNOWN_SYMBOL"],
  ["between two steps", { volume: fixed("0.015") }, 10014, "INVALID_VOLUME"],
  ["under the minimum", { volume: 0n }, 10014, "INVALID_VOLUME"],
  ["over the maximum", { volume: fixed("100.01") }, 10014, "INVALID_VOLUME"],
  ["no volume", { volume: null }, 10014, "INVALID_VOLUME"],
  ["no quote yet", { symbol: "XAUUSD" }, 10021, "PRICE_OFF"],
  ["a buy's stop-loss above the bid", { stopLoss: fixed("1.10005") }, 10016, "INVALID_STOPS"],
  ["a buy's stop-loss at the bid", { stopLoss: fixed("1.10000") }, 10016, "INVALID_STOPS"],
  ["a buy's take-profit under the bid", { takeProfit: fixed("1.09") }, 10016, "INVALID_STOPS"],
  [
    "a sell's stop-loss under the ask",
    { side: "sell", stopLoss: fixed("1.1") },
    10016,
    "INVALID_STOPS",
  ],
  ["more than the margin allows", { volume: fixed("9.01") }, 10019, "NO_MONEY"],
  ["a close of nothing", { kind: "close", positionId: "77" }, 10036, "POSITION_GONE"],
  ["a stop change of nothing", { kind: "protect", positionId: "77" }, 10036, "POSITION_GONE"],
  ["a cancel of nothing", { kind: "cancel", orderId: "77" }, null, "ORDER_GONE"],
  ["a change of nothing", { kind: "change", orderId: "77" }, null, "ORDER_GONE"],
  ["a pending order without its terms", { kind: "place" }, 10013, "INVALID_REQUEST"],
];

test.each(cases)("%s", (_, order, brokerCode, code) => {
  const { broker } = bench();
  const outcome = broker.trade("one", orderOf(order));
  expect(outcome).toMatchObject({
    status: "rejected",
    code,
    brokerCode,
    filled: 0n,
    orderId: null,
  });
  expect(broker.snapshot("one")).toMatchObject({ positions: [], sequence: 0 });
});

test("the whole free margin may be used, and a cent more may not", () => {
  // 9 lots at 1.10010 take 9,900.90; the spread costs 90.00; 10,000 − 90 − 9,900.90 = 9.10.
  const { broker } = bench();
  expect(broker.trade("one", orderOf({ volume: fixed("9") })).status).toBe("done");
  expect(broker.snapshot("one").figures.freeMargin).toBe(fixed("9.10"));
});

test("a stop may stand at the stop level, and no nearer", () => {
  const { broker } = bench(50);
  expect(broker.trade("one", orderOf({ stopLoss: fixed("1.09951") })).code).toBe("INVALID_STOPS");
  expect(broker.trade("one", orderOf({ stopLoss: fixed("1.09950") })).status).toBe("done");
});

test("outside the session nothing is executed, neither an order nor a stop", () => {
  const { broker, quotes } = bench();
  const { positionId } = broker.trade("one", orderOf({ stopLoss: fixed("1.09") }));
  broker.setSession("EURUSD", false);
  quotes(quoteOf("EURUSD", "1.08000"));
  const close = orderOf({ kind: "close", positionId });
  expect(broker.trade("one", close)).toMatchObject({ brokerCode: 10018, code: "MARKET_CLOSED" });
  expect(broker.snapshot("one").positions).toHaveLength(1);
  broker.setSession("EURUSD", true);
  expect(broker.trade("one", close).status).toBe("done");
});

test.each([
  ["disabled", 10017, 10017],
  ["close-only", 10044, null],
] as const)("a symbol that is %s", (tradeMode, opens, closes) => {
  const first = bench();
  const { positionId } = first.broker.trade("one", orderOf());
  const symbols = symbolsOf(["EURUSD"]).map((spec) => ({ ...spec, tradeMode }));
  const then = testBroker({ symbols, history: first.log.records });
  then.quotes(quoteOf("EURUSD", "1.10000"));
  expect(then.broker.trade("one", orderOf()).brokerCode).toBe(opens);
  const { status, brokerCode } = then.broker.trade("one", orderOf({ kind: "close", positionId }));
  expect(closes === null ? status : brokerCode).toBe(closes ?? "done");
});

test("more than the position holds is not closed, and the wrong side closes nothing", () => {
  const { broker } = bench();
  const { positionId } = broker.trade("one", orderOf());
  const close = orderOf({ kind: "close", positionId });
  expect(broker.trade("one", { ...close, volume: fixed("1.01") }).brokerCode).toBe(10038);
  expect(broker.trade("one", { ...close, side: "sell" }).brokerCode).toBe(10036);
  expect(broker.trade("one", { ...close, symbol: "XAUUSD" }).brokerCode).toBe(10036);
});

test("stops that are already so are done with MetaTrader's 10025, and are no event", () => {
  const { broker } = bench();
  const stopLoss = fixed("1.09");
  const { positionId } = broker.trade("one", orderOf({ stopLoss }));
  const { sequence } = broker.snapshot("one");
  const outcome = broker.trade("one", orderOf({ kind: "protect", positionId, stopLoss }));
  expect(outcome).toMatchObject({ status: "done", brokerCode: 10025, filled: 0n });
  expect(broker.snapshot("one").sequence).toBe(sequence);
});
