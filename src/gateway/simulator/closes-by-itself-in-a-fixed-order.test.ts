import { expect, test } from "vitest";
import {
  accountTerms,
  fixed,
  orderOf,
  quoteOf,
  ROUND_QUOTES,
  testBroker,
} from "../../testing/simulated-broker.ts";
import type { BrokerEvent } from "./model.ts";

function closings(events: readonly BrokerEvent[]) {
  return events.flatMap((told) => {
    if (told.type !== "event" || told.event.type !== "deal") return [];
    const { deal } = told.event;
    return deal.entry === "out" ? [`${told.login} ${deal.positionId} ${deal.reason}`] : [];
  });
}

function bench(...logins: readonly string[]) {
  const made = testBroker();
  const events: BrokerEvent[] = [];
  made.broker.subscribe((event) => events.push(event));
  for (const login of logins) {
    made.broker.openAccount(accountTerms(login, { balance: fixed("3000") }));
  }
  made.quotes(...ROUND_QUOTES);
  return { ...made, events };
}

test("a stop fills at the quote that touches it, not at its own price", () => {
  const { broker, quotes, events } = bench("one");
  broker.trade("one", orderOf({ stopLoss: fixed("1.09500"), takeProfit: fixed("1.10500") }));
  quotes(quoteOf("EURUSD", "1.09501", "1.09400"));
  expect(closings(events)).toEqual([]);
  quotes(quoteOf("EURUSD", "1.09480"));
  expect(closings(events)).toEqual(["one 1 stop-loss"]);
  expect(broker.deals("one", 0, Number.MAX_SAFE_INTEGER)[1]).toMatchObject({
    price: fixed("1.0948"),
    key: null,
    comment: "[sl]",
  });
});

test.each([
  ["buy", "stop-loss", "1.09500", "1.09500"],
  ["buy", "take-profit", "1.10500", "1.10500"],
  ["sell", "stop-loss", "1.10400", "1.10500"],
  ["sell", "take-profit", "1.09400", "1.09500"],
] as const)("a %s's %s is touched when the quote reaches it", (side, reason, bid, ask) => {
  const { broker, quotes, events } = bench("one");
  const [below, above] = [fixed("1.09500"), fixed("1.10500")];
  const stops =
    side === "buy"
      ? { stopLoss: below, takeProfit: above }
      : { stopLoss: above, takeProfit: below };
  broker.trade("one", orderOf({ side, ...stops }));
  quotes(quoteOf("EURUSD", bid, ask));
  expect(closings(events)).toEqual([`one 1 ${reason}`]);
});

test("touched stops go by login, then oldest first", () => {
  const { broker, quotes, events } = bench("zoe", "abe");
  const stopLoss = fixed("1.095");
  for (const login of ["zoe", "abe", "zoe", "abe"]) {
    broker.trade(login, orderOf({ stopLoss, volume: fixed("0.1") }));
  }
  quotes(quoteOf("EURUSD", "1.09000"));
  expect(closings(events)).toEqual(
    ["abe 2", "abe 4", "zoe 1", "zoe 3"].map((who) => `${who} stop-loss`),
  );
});

test("under half the margin the largest loss goes first, and no more than needed", () => {
  // Three buys take 1,980.18 of margin; half of it is 990.09, and 0.6 lots earn 0.60 a point.
  const { broker, quotes, events } = bench("one");
  broker.trade("one", orderOf({ volume: fixed("0.3") }));
  broker.trade("one", orderOf({ volume: fixed("1") }));
  broker.trade("one", orderOf({ volume: fixed("0.5") }));
  quotes(quoteOf("EURUSD", "1.08895"));
  expect(broker.snapshot("one").figures.equity).toBe(fixed("993"));
  expect(closings(events)).toEqual([]);
  quotes(quoteOf("EURUSD", "1.08892"));
  expect(closings(events)).toEqual(["one 2 stop-out"]);
  const { equity, margin } = broker.snapshot("one").figures;
  expect(2n * equity >= margin).toBe(true);
});

test("a stop-out comes before a stop that the same quote touches", () => {
  const { broker, quotes, events } = bench("one");
  broker.trade("one", orderOf({ volume: fixed("2") }));
  broker.trade("one", orderOf({ volume: fixed("0.1"), stopLoss: fixed("1.09900") }));
  quotes(quoteOf("EURUSD", "1.09000"));
  expect(closings(events)).toEqual(["one 1 stop-out", "one 2 stop-loss"]);
});

test("a conversion rate alone can bring a stop-out", () => {
  const made = testBroker();
  const terms = { currency: "EUR", balance: fixed("1000"), leverage: fixed("50") };
  made.broker.openAccount(accountTerms("one", terms));
  made.quotes(...ROUND_QUOTES);
  made.broker.trade("one", orderOf({ symbol: "XAUUSD", volume: fixed("0.24") }));
  made.quotes(quoteOf("XAUUSD", "1978.000"));
  expect(made.broker.snapshot("one").positions).toHaveLength(1);
  made.quotes(quoteOf("EURUSD", "0.90000"));
  expect(made.broker.snapshot("one").positions).toEqual([]);
});

test("the figures told with a deal are those from before it", () => {
  const { broker, quotes, events } = bench("one");
  broker.trade("one", orderOf());
  quotes(quoteOf("EURUSD", "1.11010"));
  broker.trade("one", orderOf({ kind: "close", positionId: "1", volume: fixed("0.4") }));
  const told = events.flatMap((event) => (event.type === "event" ? [event] : []));
  expect(told.map(({ sequence }) => sequence)).toEqual([1, 2]);
  expect(told[0]?.event).toMatchObject({ before: { equity: fixed("3000"), margin: 0n } });
  expect(told[1]?.event).toMatchObject({
    before: { balance: fixed("3000"), equity: fixed("4000"), margin: fixed("1100.10") },
    position: { volume: fixed("0.6"), profit: fixed("600") },
  });
});
