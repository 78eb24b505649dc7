import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PendingOrder, PendingTerms } from "../domain/pending-order.ts";
import type { Deal } from "../domain/trade.ts";
import type { BrokerEvent } from "../gateway/simulator/model.ts";
import {
  accountRef,
  type BrokerStep,
  brokerSteps,
  fixed,
  live,
  START_AT,
  testBroker,
} from "../testing/simulated-broker.ts";
import { applied, type Draft, draftsOf, EMPTY_BOOK, type MasterBook } from "./book.ts";
import { catchUp } from "./catch-up.ts";
import type { BookOrder } from "./orders.ts";

type Told = Extract<BrokerEvent, { type: "event" }>;

/** The book after these drafts, each with the next sequence. */
function following(book: MasterBook, drafts: readonly Draft[]): MasterBook {
  return drafts.reduce(
    (now, draft) => applied(now, { ...draft, sequence: now.sequence + 1 }),
    book,
  );
}

/** One account's life at a broker: what was told of it, and how it stands. */
function lifeOf(login: string, steps: readonly BrokerStep[]) {
  const bench = testBroker();
  const told: Told[] = [];
  bench.broker.subscribe((event) => {
    if (event.type === "event" && event.login === login) told.push(event);
  });
  live(bench, steps);
  const snapshot = { account: accountRef(login), ...bench.broker.snapshot(login) };
  const deals = [...bench.broker.deals(login, START_AT, Number.MAX_SAFE_INTEGER)];
  return { told, snapshot, deals };
}

function read(told: readonly Told[]): { book: MasterBook; drafts: Draft[] } {
  const drafts: Draft[] = [];
  let book = EMPTY_BOOK;
  for (const { event } of told) {
    const found = draftsOf(book, event);
    drafts.push(...found);
    book = following(book, found);
  }
  return { book, drafts };
}

const shownBy = (positions: ReadonlyMap<string, unknown>, snapshot: unknown): void =>
  expect([...positions].sort()).toEqual(snapshot);

const standing = ({ snapshot }: ReturnType<typeof lifeOf>) =>
  snapshot.positions
    .map(({ id, leg, volume, side, stopLoss, takeProfit }) => [
      leg === 0 ? id : `${id}.${leg}`,
      { volume, side, stopLoss, takeProfit },
    ])
    .sort();

const facts = (book: MasterBook): ReadonlyMap<string, unknown> =>
  new Map(
    [...book.positions].map(([name, { volume, side, stopLoss, takeProfit }]) => [
      name,
      { volume, side, stopLoss, takeProfit },
    ]),
  );

const terms = ({ type, price, limitPrice, expiresAt }: PendingTerms) =>
  [type, price, limitPrice, expiresAt] as const;

/** Pending orders by id, with all that a follower would copy of them. */
const waiting = (orders: Iterable<readonly [string, BookOrder | PendingOrder]>) =>
  [...orders].map(([id, order]) => [id, ...terms(order), order.volume, order.stopLoss]).sort();

const shown = ({ snapshot }: ReturnType<typeof lifeOf>) =>
  waiting(snapshot.orders.map((order) => [order.id, order] as const));

describe.each(["a-usd", "c-net"])("account %s", (login) => {
  test("its signals, folded, are its positions: volumes, sides and stops", () => {
    fc.assert(
      fc.property(brokerSteps, (steps) => {
        const life = lifeOf(login, steps);
        const { book, drafts } = read(life.told);
        shownBy(facts(book), standing(life));
        expect(waiting(book.orders)).toEqual(shown(life));
        expect(new Set(drafts.map((draft) => draft.sourceKey)).size).toBe(drafts.length);
        for (const draft of drafts) {
          const change = draft.after - draft.before;
          expect(change < 0n ? -change : change).toBe(draft.volume);
        }
      }),
    );
  });

  test("what an order opened says so, and nothing else does", () => {
    fc.assert(
      fc.property(brokerSteps, (steps) => {
        const { told, deals } = lifeOf(login, steps);
        const placed = new Set(
          told.flatMap(({ event }) => (event.type === "order" ? [event.order.id] : [])),
        );
        const orderOf = new Map(deals.map((deal) => [deal.id, deal.orderId]));
        const opens = new Set<string>(["open", "increase"]);
        const ofDeals = read(told).drafts.filter(({ sourceKey }) => sourceKey.startsWith("deal:"));
        for (const { sourceKey, fromPending, orderId, kind } of ofDeals) {
          const order = orderOf.get(sourceKey.split(":")[1] ?? "") ?? "";
          expect(orderId).toBe(placed.has(order) ? order : null);
          expect(fromPending).toBe(opens.has(kind) ? placed.has(order) : undefined);
        }
      }),
    );
  });

  test("wherever the stream was cut, history gives the same deals, once", () => {
    fc.assert(
      fc.property(brokerSteps, fc.nat(), (steps, at) => {
        const life = lifeOf(login, steps);
        const cut = life.told.length === 0 ? 0 : at % (life.told.length + 1);
        const before = read(life.told.slice(0, cut));
        const known = new Set(before.drafts.map((draft) => draft.sourceKey));
        const found = catchUp(before.book, life.snapshot, {
          deals: life.deals,
          known,
          linkedAt: START_AT,
        });
        shownBy(facts(following(before.book, found.drafts)), standing(life));
        expect(waiting(following(before.book, found.drafts).orders)).toEqual(shown(life));
        expect(found.unexplained).toEqual([]);
        const dealsOf = (drafts: readonly Draft[]) =>
          drafts.map((draft) => draft.sourceKey).filter((key) => key.startsWith("deal:"));
        expect(dealsOf([...before.drafts, ...found.drafts])).toEqual(
          dealsOf(read(life.told).drafts),
        );
        const again = catchUp(following(before.book, found.drafts), life.snapshot, {
          deals: life.deals,
          known: new Set([...known, ...found.drafts.map((draft) => draft.sourceKey)]),
          linkedAt: START_AT,
        });
        expect(again).toEqual({ drafts: [], unexplained: [] });
      }),
    );
  });
});

/** One hedging account that has bought one lot. */
function opened() {
  const life = lifeOf("a-usd", [{ step: "open", symbol: "EURUSD", buy: true, steps: 10, turn: 0 }]);
  const [position] = life.snapshot.positions;
  if (position === undefined) throw new Error("nothing was opened");
  return { ...life, ...read(life.told), position };
}

const history = { deals: [] as Deal[], known: new Set<string>(), linkedAt: START_AT };

test("a position that vanished without its closing deal is reported, and is no signal", () => {
  const { book, snapshot, position } = opened();
  const found = catchUp(book, { ...snapshot, positions: [] }, history);
  expect(found).toEqual({ drafts: [], unexplained: [position.id] });
});

test("so is one whose volume changed without a deal", () => {
  const { book, snapshot, position } = opened();
  const positions = [{ ...position, volume: position.volume + fixed("0.5") }];
  const found = catchUp(book, { ...snapshot, positions }, history);
  expect(found).toEqual({ drafts: [], unexplained: [position.id] });
});

test("an opening that history does not hold yet is a signal, and its late deal no second one", () => {
  const { snapshot, deals, position } = opened();
  const first = catchUp(EMPTY_BOOK, snapshot, history);
  expect(first.drafts.map(({ kind, sourceKey }) => [kind, sourceKey])).toEqual([
    ["open", `opened:${position.id}`],
  ]);
  const known = new Set(first.drafts.map((draft) => draft.sourceKey));
  const book = following(EMPTY_BOOK, first.drafts);
  expect(catchUp(book, snapshot, { ...history, deals, known })).toEqual({
    drafts: [],
    unexplained: [],
  });
});

test("what stood before the account was linked is on record as existing", () => {
  const { snapshot } = opened();
  const linkedAt = snapshot.asOf + 1;
  const found = catchUp(EMPTY_BOOK, snapshot, { ...history, linkedAt });
  expect(found.drafts.map((draft) => draft.existing)).toEqual([true]);
});
