import { expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import type { PendingOrder } from "../domain/pending-order.ts";
import type { Deal, Snapshot } from "../domain/trade.ts";
import type { OrderChange } from "../gateway/gateway.ts";
import { figures, NOW } from "../testing/follower-builders.ts";
import { applied, type Draft, draftsOf, EMPTY_BOOK, type MasterBook } from "./book.ts";
import { catchUp } from "./catch-up.ts";

const lots = parseFixed;
const before = { ...figures("10000"), asOf: NOW };

function orderOf(change: Partial<PendingOrder> = {}): PendingOrder {
  return {
    id: "7",
    symbol: "EURUSD",
    volume: lots("0.5"),
    type: "sell-stop-limit",
    price: lots("1.09"),
    limitPrice: lots("1.095"),
    expiresAt: NOW + 60_000,
    stopLoss: lots("1.12"),
    takeProfit: null,
    placedAt: NOW - 5,
    key: null,
    magic: 3,
    comment: "breakout",
    ...change,
  };
}

function dealOf(change: Partial<Deal> = {}): Deal {
  const none = { profit: 0n, commission: 0n, swap: 0n };
  return {
    ...{ id: "d1", orderId: "7", positionId: "7", leg: 0, symbol: "EURUSD", side: "sell" },
    ...{ entry: "in", volume: lots("0.5"), price: lots("1.095"), reason: "client", at: NOW },
    ...{ key: null, magic: 3, comment: "breakout", ...none },
    ...change,
  };
}

function following(book: MasterBook, drafts: readonly Draft[]): MasterBook {
  return drafts.reduce((now, one) => applied(now, { ...one, sequence: now.sequence + 1 }), book);
}

/** The book after these events, and their signals. */
function told(events: readonly (readonly [OrderChange, PendingOrder] | Deal)[]) {
  let book = EMPTY_BOOK;
  const drafts: Draft[] = [];
  for (const one of events) {
    const event =
      "id" in one
        ? ({ type: "deal", deal: one, position: null, before } as const)
        : ({ type: "order", change: one[0], order: one[1], code: null, before } as const);
    const found = draftsOf(book, event);
    drafts.push(...found);
    book = following(book, found);
  }
  return { book, drafts };
}

const words = (drafts: readonly Draft[]) =>
  drafts.map(({ kind, sourceKey }) => `${kind} ${sourceKey}`);

test("an order is placed, changed and gone, each a signal with all that it waits for", () => {
  const { book, drafts } = told([
    ["placed", orderOf()],
    ["placed", orderOf()],
    ["changed", orderOf({ price: lots("1.08") })],
    ["changed", orderOf({ price: lots("1.08") })],
    ["changed", orderOf({ type: "sell-limit", price: lots("1.095"), limitPrice: null })],
    ["expired", orderOf()],
    ["cancelled", orderOf()],
  ]);
  expect(words(drafts)).toEqual([
    "place order:7",
    "change order:7:change:1",
    "change order:7:change:2",
    "cancel order:7:cancel:3",
  ]);
  expect(drafts[0]).toMatchObject({
    position: "order:7",
    orderId: "7",
    side: "sell",
    price: lots("1.09"),
    stopLoss: lots("1.12"),
    pending: { type: "sell-stop-limit", limitPrice: lots("1.095"), expiresAt: NOW + 60_000 },
    volume: lots("0.5"),
    after: lots("0.5"),
    at: NOW - 5,
  });
  expect(drafts[2]?.pending).toMatchObject({ type: "sell-limit", price: lots("1.095") });
  expect(drafts[3]).toMatchObject({ after: 0n, before: lots("0.5"), volume: lots("0.5") });
  expect(book.orders.size).toBe(0);
  expect(book.positions.size).toBe(0);
});

test("its fill is one signal, of the deal, that names the order; one in parts names it each time", () => {
  const whole = told([["placed", orderOf()], ["triggered", orderOf()], dealOf()]);
  expect(words(whole.drafts)).toEqual(["place order:7", "open deal:d1:in"]);
  expect(whole.drafts[1]).toMatchObject({ orderId: "7", fromPending: true });
  expect(whole.book.orders.size).toBe(0);
  const { book, drafts } = told([
    ["placed", orderOf()],
    dealOf({ volume: lots("0.2") }),
    dealOf({ id: "d2", volume: lots("0.1") }),
    dealOf({ id: "d3", orderId: "8", volume: lots("0.1") }),
  ]);
  expect(drafts.slice(1).map(({ kind, fromPending }) => [kind, fromPending])).toEqual([
    ["open", true],
    ["increase", true],
    ["increase", false],
  ]);
  expect(book.orders.get("7")?.volume).toBe(lots("0.2"));
});

test("an order and a position of the same id keep out of each other's way", () => {
  const { book } = told([["placed", orderOf()], dealOf({ volume: lots("0.2") })]);
  expect([...book.positions.keys()]).toEqual(["7"]);
  const after = following(book, [...draftsOf(book, gone())]);
  expect([after.orders.size, after.positions.size]).toEqual([0, 1]);
});

const gone = () =>
  ({ type: "order", change: "cancelled", order: orderOf(), code: null, before }) as const;

function snapshotOf(change: Partial<Snapshot>): Snapshot {
  const account = { tenantId: "t", accountId: "m", brokerId: "b", login: "1" };
  return { account, figures: before, positions: [], asOf: NOW, sequence: 9, ...change };
}

const history = { deals: [] as Deal[], known: new Set<string>(), linkedAt: NOW - 100 };

test("after a gap, what a snapshot lacks and no deal filled is gone; what it has is placed or changed", () => {
  const other = orderOf({ id: "8" });
  const { book } = told([
    ["placed", orderOf()],
    ["placed", other],
    ["placed", orderOf({ id: "9" })],
  ]);
  const orders = [{ ...other, stopLoss: null }, orderOf({ id: "10", placedAt: NOW - 200 })];
  const found = catchUp(book, snapshotOf({ orders }), {
    ...history,
    deals: [
      dealOf({ positionId: "p", orderId: "9" }),
      dealOf({ id: "d2", entry: "out", positionId: "p", side: "buy", orderId: "11" }),
    ],
  });
  expect(words(found.drafts)).toEqual([
    "open deal:d1:in",
    "close deal:d2:out",
    "cancel order:7:cancel:1",
    "change order:8:change:2",
    "place order:10",
  ]);
  expect(found.drafts[0]).toMatchObject({ orderId: "9", fromPending: true });
  expect(found.drafts.map(({ existing }) => existing)).toEqual([false, false, false, false, true]);
});

test("a gateway that tells of no orders says nothing about them", () => {
  const { book } = told([["placed", orderOf()]]);
  expect(catchUp(book, snapshotOf({}), history).drafts).toEqual([]);
});

test("an order that was filled and is still shown is not placed a second time", () => {
  const { book } = told([["placed", orderOf()], dealOf()]);
  const known = new Set(["order:7", "deal:d1:in"]);
  const close = dealOf({ id: "d2", entry: "out", side: "buy", orderId: "11" });
  const found = catchUp(book, snapshotOf({ orders: [orderOf()] }), {
    ...history,
    known,
    deals: [close],
  });
  expect(words(found.drafts)).toEqual(["close deal:d2:out"]);
});
