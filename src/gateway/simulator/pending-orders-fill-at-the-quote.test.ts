import { expect, test } from "vitest";
import type { OrderType } from "../../domain/pending-order.ts";
import {
  accountTerms,
  fixed,
  orderOf,
  pendingOf,
  quoteOf,
  ROUND_QUOTES,
  START_AT,
  testBroker,
} from "../../testing/simulated-broker.ts";
import type { AccountTerms, BrokerEvent } from "./model.ts";

const ALWAYS = Number.MAX_SAFE_INTEGER;

function bench(terms: Partial<AccountTerms> = {}) {
  const made = testBroker();
  const events: BrokerEvent[] = [];
  made.broker.subscribe((event) => events.push(event));
  made.broker.openAccount(accountTerms("one", terms));
  made.quotes(...ROUND_QUOTES);
  const told = () =>
    events.flatMap((one) => {
      if (one.type !== "event") return [];
      if (one.event.type === "order") return [`${one.event.change} ${one.event.order.id}`];
      return one.event.type === "deal"
        ? [`${one.event.deal.entry} ${one.event.deal.orderId} ${one.event.deal.reason}`]
        : ["position"];
    });
  const numbers = () => events.flatMap((one) => (one.type === "event" ? [one.sequence] : []));
  const place = (...order: Parameters<typeof pendingOf>) =>
    made.broker.trade("one", pendingOf(...order));
  const deals = () => made.broker.deals("one", 0, ALWAYS);
  return { ...made, told, numbers, place, deals, snapshot: () => made.broker.snapshot("one") };
}

// At 1.10000 / 1.10010: what each type waits for, a quote that just misses, and one that meets.
test.each<[OrderType, string, Record<"miss" | "meet", [string, string]>]>([
  ["buy-limit", "1.09900", { miss: ["1.09880", "1.09901"], meet: ["1.09850", "1.09890"] }],
  ["sell-limit", "1.10100", { miss: ["1.10099", "1.10120"], meet: ["1.10110", "1.10130"] }],
  ["buy-stop", "1.10100", { miss: ["1.10080", "1.10099"], meet: ["1.10300", "1.10310"] }],
  ["sell-stop", "1.09900", { miss: ["1.09901", "1.09920"], meet: ["1.09600", "1.09610"] }],
])(
  "a %s waits for its own side of the quote, and a gap fills at that quote",
  (type, price, { miss, meet }) => {
    const filledAt = meet[type.startsWith("buy") ? 1 : 0] ?? "";
    const { place, quotes, deals, snapshot } = bench();
    const outcome = place(type, price, { magic: 9, comment: "mine" });
    expect(outcome).toMatchObject({ status: "done", orderId: "1", positionId: null, filled: 0n });
    expect(snapshot().orders).toMatchObject([{ id: "1", type, price: fixed(price) }]);
    quotes(quoteOf("EURUSD", ...miss));
    expect(deals()).toEqual([]);
    quotes(quoteOf("EURUSD", ...meet));
    expect(deals()).toMatchObject([
      { orderId: "1", positionId: "1", price: fixed(filledAt), magic: 9, comment: "mine" },
    ]);
    expect(snapshot()).toMatchObject({ orders: [], positions: [{ id: "1", volume: fixed("1") }] });
  },
);

test("placed, changed, cancelled: each is told once, by number, and changes nothing else", () => {
  const { broker, place, told, numbers, snapshot } = bench();
  place("buy-limit", "1.09900");
  const price = fixed("1.098");
  const terms = { type: "buy-limit", price, limitPrice: null, expiresAt: null } as const;
  const there = { orderId: "1", volume: null, pending: terms } as const;
  const change = orderOf({ ...there, kind: "change", stopLoss: fixed("1.09") });
  expect(broker.trade("one", change)).toMatchObject({ status: "done", brokerCode: 10009 });
  expect(broker.trade("one", change)).toMatchObject({ status: "done", brokerCode: 10025 });
  expect(snapshot().orders).toMatchObject([{ price, stopLoss: fixed("1.09") }]);
  const cancel = orderOf({ kind: "cancel", orderId: "1", volume: null });
  expect(broker.trade("one", cancel)).toMatchObject({ status: "done", orderId: "1" });
  expect(broker.trade("one", cancel).code).toBe("ORDER_GONE");
  expect(told()).toEqual(["placed 1", "changed 1", "cancelled 1"]);
  expect(numbers()).toEqual([1, 2, 3]);
  expect(snapshot()).toMatchObject({ orders: [], positions: [], sequence: 3 });
});

test("a triggered order and its deal are two events, in this order", () => {
  const { place, quotes, told, numbers, snapshot } = bench();
  place("buy-stop", "1.10100");
  quotes(quoteOf("EURUSD", "1.10100", "1.10110"));
  expect(told()).toEqual(["placed 1", "triggered 1", "in 1 client"]);
  expect(numbers()).toEqual([1, 2, 3]);
  expect(snapshot().sequence).toBe(3);
});

test("within one quote: stop-outs, then pending orders, then stops", () => {
  // At 1.08400 the first loses 3,220 and the second 161: 1,119 is under half of 2,310.21 of margin.
  const { broker, place, quotes, told } = bench({ balance: fixed("4500") });
  broker.trade("one", orderOf({ volume: fixed("2") }));
  broker.trade("one", orderOf({ volume: fixed("0.1"), stopLoss: fixed("1.09000") }));
  place("sell-stop", "1.09500", { volume: fixed("0.1") });
  quotes(quoteOf("EURUSD", "1.08400", "1.08410"));
  expect(told()).toEqual([
    ...["in 1 client", "in 2 client", "placed 3"],
    ...["out 4 stop-out", "triggered 3", "in 3 client", "out 5 stop-loss"],
  ]);
});

test("a stop that the triggering quote touches already closes it at that quote", () => {
  const { place, quotes, told, deals } = bench();
  place("buy-limit", "1.09500", { stopLoss: fixed("1.09000") });
  quotes(quoteOf("EURUSD", "1.08900", "1.08910"));
  expect(told().slice(1)).toEqual(["triggered 1", "in 1 client", "out 2 stop-loss"]);
  expect(deals().map(({ price }) => price)).toEqual([fixed("1.0891"), fixed("1.089")]);
});

test("an expired order is gone before the quote of its last instant, and by the clock alone", () => {
  const { broker, place, quotes, clock, told, deals } = bench();
  place("buy-limit", "1.09500", { expiresAt: START_AT + 1000 });
  place("buy-limit", "1.09500", { expiresAt: START_AT + 2000 });
  clock.at += 1000;
  quotes(quoteOf("EURUSD", "1.09600", "1.09610"));
  clock.at += 1000;
  broker.publish();
  quotes(quoteOf("EURUSD", "1.09000", "1.09010"));
  expect(told()).toEqual(["placed 1", "placed 2", "expired 1", "expired 2"]);
  expect(deals()).toEqual([]);
});

test("the money is checked when it is triggered, not when it is placed", () => {
  const { place, quotes, told, snapshot } = bench();
  expect(place("buy-stop", "1.10100", { volume: fixed("50") }).status).toBe("done");
  quotes(quoteOf("EURUSD", "1.10200"));
  expect(told()).toEqual(["placed 1", "refused 1"]);
  expect(snapshot()).toMatchObject({ orders: [], positions: [] });
});

test("outside the session nothing is triggered; the first quote after it decides", () => {
  const { broker, place, quotes, deals } = bench();
  place("buy-stop", "1.10100");
  broker.setSession("EURUSD", false);
  quotes(quoteOf("EURUSD", "1.10500"));
  expect(deals()).toEqual([]);
  broker.setSession("EURUSD", true);
  quotes(quoteOf("EURUSD", "1.10300"));
  expect(deals()).toMatchObject([{ price: fixed("1.103") }]);
});

test("a stop-limit order becomes a limit order, and fills only at its limit", () => {
  const { place, quotes, told, deals, snapshot } = bench();
  place("buy-stop-limit", "1.10200", { limit: "1.10150" });
  quotes(quoteOf("EURUSD", "1.10300"));
  expect(snapshot().orders).toMatchObject([
    { type: "buy-limit", price: fixed("1.1015"), limitPrice: null },
  ]);
  quotes(quoteOf("EURUSD", "1.10140"));
  expect(deals()).toMatchObject([{ price: fixed("1.1014") }]);
  expect(told()).toEqual(["placed 1", "changed 1", "triggered 1", "in 1 client"]);
});

test("on a netting account a triggered order meets the position: it adds, reduces or turns it", () => {
  const { broker, place, quotes, told, snapshot } = bench({ positionMode: "netting" });
  broker.trade("one", orderOf({ volume: fixed("1") }));
  place("buy-limit", "1.09900", { volume: fixed("1") });
  place("sell-limit", "1.10200", { volume: fixed("0.5") });
  place("sell-limit", "1.10300", { volume: fixed("2") });
  quotes(quoteOf("EURUSD", "1.09890", "1.09890"));
  expect(snapshot().positions).toMatchObject([{ id: "1", leg: 0, volume: fixed("2") }]);
  quotes(quoteOf("EURUSD", "1.10400"));
  expect(snapshot().positions).toMatchObject([
    { id: "1", leg: 1, side: "sell", volume: fixed("0.5") },
  ]);
  const deals = told().filter((one) => /^(in|out)/.test(one));
  expect(deals).toEqual(["in 1 client", "in 2 client", "out 3 client", "inout 4 client"]);
});

test("orders of one quote go by login, then oldest first", () => {
  const { broker, quotes } = bench();
  for (const login of ["zoe", "abe"]) broker.openAccount(accountTerms(login));
  const seen: string[] = [];
  broker.subscribe((one) => {
    if (one.type === "event" && one.event.type === "deal") seen.push(one.event.deal.orderId);
  });
  for (const login of ["zoe", "abe", "zoe", "abe"]) {
    broker.trade(login, pendingOf("buy-stop", "1.10100", { volume: fixed("0.1") }));
  }
  quotes(quoteOf("EURUSD", "1.10200"));
  expect(seen).toEqual(["2", "4", "1", "3"]);
});

test("a key finds its order: the same answer again, also after it has filled", () => {
  const { broker, quotes, deals } = bench();
  const tag = { key: "KEY0000000PLACED", fence: 1, validUntil: null };
  const order = pendingOf("buy-stop", "1.10100");
  const outcome = broker.trade("one", order, tag);
  quotes(quoteOf("EURUSD", "1.10200"));
  expect(deals()).toMatchObject([{ key: tag.key, orderId: outcome.orderId, reason: "expert" }]);
  expect(broker.outcome("one", tag.key)).toEqual(outcome);
  expect(broker.trade("one", order, tag)).toEqual(outcome);
  expect(broker.snapshot("one")).toMatchObject({ orders: [], positions: [{ id: "1" }] });
  const late = { ...tag, key: "KEY00000000LATE1", validUntil: START_AT - 1 };
  expect(broker.trade("one", order, late).code).toBe("EXPIRED");
});
