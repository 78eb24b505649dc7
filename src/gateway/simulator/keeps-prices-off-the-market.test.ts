import { describe, expect, test } from "vitest";
import type { OrderType } from "../../domain/pending-order.ts";
import {
  accountTerms,
  fixed,
  orderOf,
  pendingOf,
  quoteOf,
  START_AT,
  testBroker,
} from "../../testing/simulated-broker.ts";
import { DEFAULT_VARIANT, symbolsOf } from "./symbols.ts";

/** EURUSD at 1.10000 / 1.10010. */
function bench(levels: { readonly stop?: number; readonly freeze?: number }) {
  const symbols = symbolsOf(["EURUSD"], {
    ...DEFAULT_VARIANT,
    stopLevelPoints: levels.stop ?? 0,
    freezeLevelPoints: levels.freeze ?? 0,
  });
  const made = testBroker({ symbols });
  made.broker.openAccount(accountTerms("one"));
  made.quotes(quoteOf("EURUSD", "1.10000", "1.10010"));
  return {
    ...made,
    trade: (order: Parameters<typeof made.broker.trade>[1]) => made.broker.trade("one", order),
  };
}

describe("a stop level of 50 points", () => {
  test.each<[OrderType, string, string]>([
    ["buy-limit", "1.09960", "1.09961"],
    ["sell-limit", "1.10050", "1.10049"],
    ["buy-stop", "1.10060", "1.10059"],
    ["sell-stop", "1.09950", "1.09951"],
  ])("a %s may stand at %s, and at %s not", (type, legal, near) => {
    const { trade } = bench({ stop: 50 });
    expect(trade(pendingOf(type, near))).toMatchObject({
      brokerCode: 10015,
      code: "INVALID_PRICE",
    });
    expect(trade(pendingOf(type, legal)).status).toBe("done");
  });

  test.each([
    ["stopLoss", "1.09450", "1.09451"],
    ["takeProfit", "1.09550", "1.09549"],
  ] as const)("the %s of a pending order keeps it from the order's price", (which, legal, near) => {
    const { trade } = bench({ stop: 50 });
    const order = (price: string) => pendingOf("buy-limit", "1.09500", { [which]: fixed(price) });
    expect(trade(order(near))).toMatchObject({ brokerCode: 10016, code: "INVALID_STOPS" });
    expect(trade(order(legal)).status).toBe("done");
  });

  test("a stop-limit order keeps it from the market and between its two prices", () => {
    const { trade } = bench({ stop: 50 });
    expect(trade(pendingOf("buy-stop-limit", "1.10100", { limit: "1.10051" })).code).toBe(
      "INVALID_PRICE",
    );
    expect(trade(pendingOf("buy-stop-limit", "1.10100")).code).toBe("INVALID_PRICE");
    expect(trade(pendingOf("buy-stop-limit", "1.10100", { limit: "1.10050" })).status).toBe("done");
  });

  test("it is asked when the order is executed, at the quote of then", () => {
    const { trade, quotes } = bench({ stop: 50 });
    trade(pendingOf("buy-limit", "1.09900"));
    const pending = { type: "buy-limit", price: fixed("1.09950"), limitPrice: null } as const;
    const change = orderOf({
      ...{ kind: "change", orderId: "1", volume: null },
      pending: { ...pending, expiresAt: null },
    });
    quotes(quoteOf("EURUSD", "1.09980", "1.09990"));
    expect(trade(change).code).toBe("INVALID_PRICE");
    quotes(quoteOf("EURUSD", "1.10000", "1.10000"));
    expect(trade(change).status).toBe("done");
  });
});

describe("without a level", () => {
  test.each<[OrderType, string]>([
    ["buy-limit", "1.10010"],
    ["sell-limit", "1.10000"],
    ["buy-stop", "1.10010"],
    ["sell-stop", "1.10000"],
    ["buy-limit", "1.099005"],
  ])("a %s at %s stands on the wrong side or off the grid", (type, price) => {
    expect(bench({}).trade(pendingOf(type, price)).code).toBe("INVALID_PRICE");
  });

  test("an order that would have expired is not placed", () => {
    const order = pendingOf("buy-limit", "1.09900", { expiresAt: START_AT });
    expect(bench({}).trade(order)).toMatchObject({ brokerCode: 10022, code: "INVALID_EXPIRATION" });
  });

  test("an order's side and type are one", () => {
    const order = { ...pendingOf("buy-limit", "1.09900"), side: "sell" as const };
    expect(bench({}).trade(order).code).toBe("INVALID_REQUEST");
  });
});

describe("a freeze level of 30 points", () => {
  const frozen = { status: "unknown", code: "IN_FLIGHT", brokerCode: 10029, filled: 0n };

  test("a position near its stop is neither changed nor closed by an order, its stop still is", () => {
    const { broker, trade, quotes } = bench({ freeze: 30 });
    trade(orderOf({ stopLoss: fixed("1.09900") }));
    const there = { positionId: "1" };
    quotes(quoteOf("EURUSD", "1.09929", "1.09939"));
    expect(trade(orderOf({ ...there, kind: "close" }))).toMatchObject(frozen);
    expect(trade(orderOf({ ...there, kind: "protect", volume: null }))).toMatchObject(frozen);
    quotes(quoteOf("EURUSD", "1.09930", "1.09940"));
    const change = orderOf({ ...there, kind: "protect", volume: null, stopLoss: fixed("1.098") });
    expect(trade(change).status).toBe("done");
    quotes(quoteOf("EURUSD", "1.09790", "1.09800"));
    expect(broker.snapshot("one").positions).toEqual([]);
  });

  test("a pending order near its trigger is neither changed nor cancelled", () => {
    const { broker, trade, quotes } = bench({ freeze: 30 });
    trade(pendingOf("buy-stop", "1.10100"));
    quotes(quoteOf("EURUSD", "1.10061", "1.10071"));
    const cancel = orderOf({ kind: "cancel", orderId: "1", volume: null });
    expect(trade(cancel)).toMatchObject(frozen);
    expect(broker.snapshot("one").orders).toHaveLength(1);
    quotes(quoteOf("EURUSD", "1.10060", "1.10070"));
    expect(trade(cancel).status).toBe("done");
  });
});
