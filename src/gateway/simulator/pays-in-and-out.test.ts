import { describe, expect, test } from "vitest";
import { formatFixed } from "../../domain/fixed.ts";
import {
  accountTerms,
  fixed,
  orderOf,
  ROUND_QUOTES,
  testBroker,
} from "../../testing/simulated-broker.ts";
import { SimulatedBroker } from "./broker.ts";
import { noBrokerLog, parseBrokerLog } from "./broker-log.ts";
import type { BrokerEvent } from "./model.ts";
import { BASE_SYMBOLS, symbolsOf } from "./symbols.ts";

function opened() {
  const bench = testBroker();
  bench.quotes(...ROUND_QUOTES);
  bench.broker.openAccount(accountTerms("1"));
  const told: BrokerEvent[] = [];
  bench.broker.subscribe((event) => told.push(event));
  const money = () => {
    const { balance, credit, equity } = bench.broker.snapshot("1").figures;
    return [balance, credit, equity].map((amount) => formatFixed(amount));
  };
  return { ...bench, told, money };
}

test("a payment changes the balance or the credit, and is told with the figures it led to", () => {
  const { broker, told, money } = opened();
  broker.pay("1", { kind: "deposit", amount: fixed("500"), comment: "wire" });
  broker.pay("1", { kind: "withdrawal", amount: fixed("-200") });
  broker.pay("1", { kind: "credit", amount: fixed("50") });
  broker.pay("1", { kind: "fee", amount: fixed("-1.5") });
  expect(money()).toEqual(["10298.5", "50", "10348.5"]);
  const events = told.flatMap((one) => (one.type === "event" ? [one] : []));
  expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
  const after = events.map(({ event }) =>
    event.type === "cash" ? formatFixed(event.after.equity) : "",
  );
  expect(after).toEqual(["10500", "10300", "10350", "10348.5"]);
  expect(
    broker.cash("1", 0, Number.MAX_SAFE_INTEGER).map(({ id, kind }) => `${id} ${kind}`),
  ).toEqual(["1 deposit", "2 withdrawal", "3 credit", "4 fee"]);
});

test("deals and payments share one row of numbers, and no trade comes of a payment", () => {
  const { broker } = opened();
  broker.pay("1", { kind: "deposit", amount: fixed("500") });
  broker.trade("1", orderOf());
  expect(broker.deals("1", 0, Number.MAX_SAFE_INTEGER).map(({ id }) => id)).toEqual(["2"]);
});

test("a broker that begins from the log stands where the payments left it", () => {
  const { broker, log, clock, money } = opened();
  broker.pay("1", { kind: "deposit", amount: fixed("500") });
  broker.pay("1", { kind: "credit", amount: fixed("25") });
  const { records } = parseBrokerLog(Buffer.from(log.text()));
  const symbols = symbolsOf(BASE_SYMBOLS);
  const restarted = new SimulatedBroker({
    ...{ brokerId: "broker-1", symbols, clock, log: noBrokerLog, history: records },
  });
  const { balance, credit } = restarted.snapshot("1").figures;
  expect([balance, credit].map((amount) => formatFixed(amount))).toEqual(money().slice(0, 2));
  expect(restarted.pay("1", { kind: "fee", amount: fixed("-1") }).id).toBe("3");
});

describe("nothing happens", () => {
  test.each([
    ["to a deposit that takes", "deposit", "-1"],
    ["to a withdrawal that gives", "withdrawal", "1"],
    ["to nothing at all", "fee", "0"],
    ["to a withdrawal of more than is free", "withdrawal", "-10000.01"],
    ["to credit that was never given", "credit", "-0.01"],
  ] as const)("%s", (_, kind, amount) => {
    const { broker, told, money } = opened();
    expect(() => broker.pay("1", { kind, amount: fixed(amount) })).toThrow(
      expect.objectContaining({ code: "BAD_INPUT" }),
    );
    expect(told).toEqual([]);
    expect(money()).toEqual(["10000", "0", "10000"]);
  });

  test("to what holds a position up", () => {
    const { broker } = opened();
    broker.trade("1", orderOf({ volume: fixed("5") }));
    const free = broker.snapshot("1").figures.freeMargin;
    expect(() => broker.pay("1", { kind: "withdrawal", amount: -free - 1n })).toThrow();
    broker.pay("1", { kind: "withdrawal", amount: -free });
    expect(broker.snapshot("1").figures.freeMargin).toBe(0n);
  });
});
