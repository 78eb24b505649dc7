import fc from "fast-check";
import { expect, test } from "vitest";
import type { Fixed } from "../../domain/fixed.ts";
import type { PendingOrder } from "../../domain/pending-order.ts";
import type { Side } from "../../domain/trade.ts";
import {
  brokerSteps,
  live,
  MIXED_ACCOUNTS,
  QUICK_SWAPS,
  testBroker,
} from "../../testing/simulated-broker.ts";
import type { AccountEvent, OrderChange } from "../gateway.ts";
import type { SimulatedBroker } from "./broker.ts";
import type { BrokerEvent } from "./model.ts";

const ALWAYS = Number.MAX_SAFE_INTEGER;

test("equity is balance, credit, floating profit and swap; the balance is the start and all deals", () => {
  fc.assert(
    fc.property(brokerSteps, (steps) => {
      const bench = testBroker({ commissionPerLot: 350_000_000n, swaps: QUICK_SWAPS });
      live(bench, steps, () => {
        for (const { login, balance } of MIXED_ACCOUNTS) {
          const { figures, positions } = bench.broker.snapshot(login);
          const floating = positions.reduce(
            (sum, { profit, swap = 0n }) => sum + profit + swap,
            0n,
          );
          expect(figures.equity).toBe(figures.balance + figures.credit + floating);
          expect(figures.freeMargin).toBe(figures.equity - figures.margin);
          const deals = bench.broker.deals(login, 0, ALWAYS);
          const booked = deals.reduce(
            (sum, { profit, commission, swap }) => sum + profit + commission + swap,
            0n,
          );
          expect(figures.balance).toBe(balance + booked);
        }
      });
    }),
  );
});

test("after every quote no account stands under the stop-out level with something to close", () => {
  fc.assert(
    fc.property(brokerSteps, (steps) => {
      const bench = testBroker();
      let index = 0;
      live(bench, steps, () => {
        const quoted = steps[index]?.step === "quote";
        index += 1;
        if (quoted) for (const { login } of MIXED_ACCOUNTS) expectNoStopOut(bench.broker, login);
      });
    }),
  );
});

function expectNoStopOut(broker: SimulatedBroker, login: string): void {
  const { figures, positions } = broker.snapshot(login);
  expect(positions.length === 0 || 2n * figures.equity >= figures.margin).toBe(true);
}

test("each account's events are numbered without a hole, and positions are what the deals left", () => {
  fc.assert(
    fc.property(brokerSteps, (steps) => {
      const bench = testBroker();
      const events: BrokerEvent[] = [];
      bench.broker.subscribe((event) => events.push(event));
      live(bench, steps);
      for (const { login } of MIXED_ACCOUNTS) {
        const own = events.flatMap((told) =>
          told.type === "event" && told.login === login ? [told] : [],
        );
        expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_, index) => index + 1));
        const deals = own.flatMap(({ event }) => (event.type === "deal" ? [event.deal] : []));
        const { positions } = bench.broker.snapshot(login);
        expect(netVolumes(deals)).toEqual(netVolumes(positions));
      }
    }),
  );
});

/** What stands by the events alone; throws where one does not follow from those before it. */
class OrderBook {
  readonly standing = new Map<string, PendingOrder>();
  private due: string | null = null;

  hear(event: AccountEvent): void {
    if (this.due !== null)
      expect(event).toMatchObject({ type: "deal", deal: { orderId: this.due } });
    this.due = null;
    if (event.type === "order") this.order(event.change, event.order);
  }

  private order(change: OrderChange, order: PendingOrder): void {
    expect(this.standing.has(order.id)).toBe(change !== "placed");
    if (change === "triggered") this.due = order.id;
    if (change === "placed" || change === "changed") this.standing.set(order.id, order);
    else this.standing.delete(order.id);
  }
}

test("told order by order, what stands is what the snapshot lists; what triggers has a deal next", () => {
  fc.assert(
    fc.property(brokerSteps, (steps) => {
      const bench = testBroker();
      const book = new OrderBook();
      bench.broker.subscribe((told) => {
        if (told.type === "event") book.hear(told.event);
      });
      live(bench, steps);
      const listed = MIXED_ACCOUNTS.flatMap(({ login }) => bench.broker.snapshot(login).orders);
      const byId = (a: PendingOrder, b: PendingOrder): number => Number(a.id) - Number(b.id);
      expect([...book.standing.values()].sort(byId)).toEqual([...listed].sort(byId));
    }),
  );
});

type Traded = { readonly symbol: string; readonly side: Side; readonly volume: Fixed };

/** Lots bought less lots sold, of each symbol where that is not nothing. */
function netVolumes(traded: readonly Traded[]): Record<string, Fixed> {
  const net: Record<string, Fixed> = {};
  for (const { symbol, side, volume } of traded) {
    net[symbol] = (net[symbol] ?? 0n) + (side === "buy" ? volume : -volume);
  }
  return Object.fromEntries(Object.entries(net).filter(([, volume]) => volume !== 0n));
}
