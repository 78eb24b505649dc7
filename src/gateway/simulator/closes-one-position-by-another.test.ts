import fc from "fast-check";
import { expect, test } from "vitest";
import { formatFixed } from "../../domain/fixed.ts";
import { applied, draftsOf, EMPTY_BOOK } from "../../master/book.ts";
import {
  accountTerms,
  fixed,
  orderOf,
  quoteOf,
  testBroker,
} from "../../testing/simulated-broker.ts";
import { parseBrokerLog } from "./broker-log.ts";
import type { BrokerEvent } from "./model.ts";

const BY = { positionId: "1", byPositionId: "2" };

function bench(buys = "1", sells = "0.4") {
  const made = testBroker();
  made.broker.openAccount(accountTerms("one", { balance: fixed("100000") }));
  const events: BrokerEvent[] = [];
  made.broker.subscribe((event) => events.push(event));
  made.quotes(quoteOf("EURUSD", "1.10000"));
  made.broker.trade("one", orderOf({ volume: fixed(buys) }));
  made.quotes(quoteOf("EURUSD", "1.10500", "1.10510"));
  made.broker.trade("one", orderOf({ side: "sell", volume: fixed(sells) }));
  const deals = () => made.broker.deals("one", 0, Number.MAX_SAFE_INTEGER);
  return { ...made, events, deals };
}

test("two deals of one order: the smaller is closed, the larger keeps the rest, the first has the profit", () => {
  const { broker, deals, events } = bench();
  const outcome = broker.closeBy("one", BY);
  expect(outcome).toMatchObject({ status: "done", filled: fixed("0.4"), orderId: "3" });
  expect(deals().slice(2)).toMatchObject([
    { id: "3", orderId: "3", positionId: "1", side: "sell", entry: "out", profit: fixed("200") },
    { id: "4", orderId: "3", positionId: "2", side: "buy", entry: "out", profit: 0n },
  ]);
  const snapshot = broker.snapshot("one");
  expect(snapshot.positions).toMatchObject([{ id: "1", volume: fixed("0.6") }]);
  expect(snapshot.figures.balance).toBe(fixed("100200"));
  const told = events.flatMap((one) => (one.type === "event" ? [one] : []));
  expect(told.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
  expect(told.map(({ event }) => "position" in event && event.position?.volume)).toEqual([
    ...[fixed("1"), fixed("0.4")],
    ...[fixed("0.6"), undefined],
  ]);
});

test("a master's is two signals: a reduction of the larger and a close of the smaller", () => {
  const { broker, events } = bench();
  broker.closeBy("one", BY);
  let book = EMPTY_BOOK;
  const signals = events.flatMap((one) => {
    if (one.type !== "event") return [];
    const drafts = draftsOf(book, one.event);
    for (const draft of drafts) book = applied(book, { ...draft, sequence: book.sequence + 1 });
    return drafts.map(({ kind, position, after }) => `${kind} ${position} ${formatFixed(after)}`);
  });
  expect(signals).toEqual(["open 1 1", "open 2 0.4", "reduce 1 0.6", "close 2 0"]);
});

test("the market has no part in it: what was locked in is what is booked", () => {
  const lots = fc.integer({ min: 1, max: 300 }).map((steps) => (steps / 100).toFixed(2));
  fc.assert(
    fc.property(lots, lots, fc.integer({ min: -500, max: 500 }), (buys, sells, points) => {
      const { broker, quotes } = bench(buys, sells);
      const bid = fixed("1.1") + BigInt(points) * fixed("0.00001");
      quotes({ symbol: "EURUSD", bid, ask: bid });
      const before = broker.snapshot("one").figures.equity;
      expect(broker.closeBy("one", BY).status).toBe("done");
      expect(broker.snapshot("one").figures.equity).toBe(before);
    }),
  );
});

test("only opposite positions of one symbol close each other", () => {
  const { broker, quotes } = bench();
  quotes(quoteOf("GBPUSD", "1.25000"));
  broker.trade("one", orderOf());
  broker.trade("one", orderOf({ symbol: "GBPUSD", side: "sell" }));
  const codes = ["3", "4", "1", "77"].map(
    (byPositionId) => broker.closeBy("one", { positionId: "1", byPositionId }).code,
  );
  const bad = "INVALID_REQUEST";
  expect(codes).toEqual([bad, bad, bad, "POSITION_GONE"]);
  expect(broker.snapshot("one").positions).toHaveLength(4);
});

test("wherever a kill cuts the log, both are closed or neither", () => {
  const { broker, log } = bench();
  const before = Buffer.byteLength(log.text());
  broker.closeBy("one", BY);
  const whole = Buffer.from(log.text());
  for (let cut = before; cut <= whole.length; cut += 11) {
    const next = testBroker({ history: parseBrokerLog(whole.subarray(0, cut)).records });
    next.quotes(quoteOf("EURUSD", "1.10500", "1.10510"));
    const volumes = next.broker.snapshot("one").positions.map(({ volume }) => volume);
    const all = [fixed("1"), fixed("0.4")];
    expect([all, [fixed("0.6")]]).toContainEqual(volumes);
  }
});
