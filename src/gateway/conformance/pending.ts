/** Pending orders, for gateways that take them: one order per key, and a snapshot that lists it. */
import { expect, test } from "vitest";
import { type Fixed, parseFixed } from "../../domain/fixed.ts";
import type { Instruction } from "../../domain/instruction.ts";
import type { PendingOrder, PendingTerms } from "../../domain/pending-order.ts";
import { type Context, expectRejected, LOT, positionsOf } from "./bench.ts";

const AWAY = parseFixed("0.01");

type Placing = {
  readonly instruction: Instruction;
  readonly terms: PendingTerms;
  readonly tickSize: Fixed;
};

/** A buy limit order a hundredth of the price under the market; null where none are taken. */
async function placing({ bench, order }: Context): Promise<Placing | null> {
  const { account } = order();
  const gateway = bench.gateway();
  const taken = gateway.capabilities(account).pendingOrders ?? [];
  const quote = await gateway.quote?.(account, bench.symbol);
  if (!taken.includes("buy-limit") || quote === undefined) return null;
  const spec = (await gateway.symbols(account)).find(({ name }) => name === bench.symbol);
  const price = quote.bid - (quote.bid * AWAY) / LOT;
  const tickSize = spec?.tickSize ?? 1n;
  const onGrid = price - (price % tickSize);
  const terms = { type: "buy-limit", price: onGrid, limitPrice: null, expiresAt: null } as const;
  const instruction = order({ kind: "place", pending: terms, fence: 5 });
  return { instruction, terms, tickSize };
}

async function ordersOf({ bench, order }: Context): Promise<readonly PendingOrder[]> {
  return (await bench.gateway().snapshot(order().account)).orders ?? [];
}

/** Not asked of a gateway that takes no pending orders. */
function pendingTest(
  context: () => Context,
  name: string,
  run: (at: Context, made: Placing) => Promise<void>,
): void {
  test(name, async () => {
    const at = context();
    const made = await placing(at);
    if (made !== null) await run(at, made);
  });
}

export function pendingTests(context: () => Context): void {
  pendingTest(
    context,
    "a pending order stands in the snapshot once per key, and is no position",
    async (at, made) => {
      const { bench } = at;
      const { instruction, terms } = made;
      const placed = await bench.gateway().execute(instruction);
      expect(placed).toMatchObject({ status: "done", filled: 0n, positionId: null });
      expect(await bench.gateway().execute(instruction)).toEqual(placed);
      expect(await ordersOf(at)).toMatchObject([
        { id: placed.orderId, ...terms, key: instruction.key, volume: LOT },
      ]);
      expect(await positionsOf(bench, instruction.account)).toEqual([]);
    },
  );

  pendingTest(
    context,
    "a lost answer to a place is looked up, and the order stands once",
    async (at, made) => {
      const { bench } = at;
      bench.fail({ fault: "reply-lost" });
      expect((await bench.gateway().execute(made.instruction)).status).toBe("unknown");
      const { account, key } = made.instruction;
      const found = await bench.gateway().lookup(account, key);
      expect(found).toMatchObject({ status: "done", filled: 0n });
      expect(await bench.gateway().execute(made.instruction)).toEqual(found);
      expect(await ordersOf(at)).toHaveLength(1);
    },
  );

  pendingTest(
    context,
    "it is changed and cancelled by its id, and each is told",
    async (at, made) => {
      const { bench, order } = at;
      const { orderId } = await bench.gateway().execute(made.instruction);
      const price = made.terms.price - 10n * made.tickSize;
      const change = order({
        kind: "change",
        fence: 5,
        orderId,
        volume: null,
        pending: { ...made.terms, price },
      });
      expect((await bench.gateway().execute(change)).status).toBe("done");
      expect(await ordersOf(at)).toMatchObject([{ id: orderId, price }]);
      const cancel = order({ kind: "cancel", orderId, volume: null, fence: 5 });
      expect((await bench.gateway().execute(cancel)).status).toBe("done");
      expect(await ordersOf(at)).toEqual([]);
      expect(told(at)).toEqual(["placed", "changed", "cancelled"]);
    },
  );
}

export function pendingEndTests(context: () => Context): void {
  pendingTest(
    context,
    "a change or a cancel of an order that is gone is ORDER_GONE",
    async (at, made) => {
      const { bench, order } = at;
      const { orderId } = await bench.gateway().execute(made.instruction);
      await bench.gateway().execute(order({ kind: "cancel", orderId, volume: null, fence: 5 }));
      for (const kind of ["change", "cancel"] as const) {
        const again = order({ kind, orderId, volume: null, pending: made.terms, fence: 5 });
        const outcome = await bench.gateway().execute(again);
        expectRejected(outcome);
        expect(outcome.code).toBe("ORDER_GONE");
      }
    },
  );

  pendingTest(
    context,
    "a place that came too late or under a stale fence is refused, a cancel is never late",
    async (at, made) => {
      const { bench, order } = at;
      const { orderId } = await bench.gateway().execute(made.instruction);
      const late = { validUntil: bench.now() - 1, fence: 5 };
      const again = order({ kind: "place", pending: made.terms, ...late });
      const refused = await bench.gateway().execute(again);
      expectRejected(refused);
      expect(refused.code).toBe("EXPIRED");
      const { account } = made.instruction;
      if (bench.gateway().capabilities(account).checksFences) {
        const stale = order({ kind: "cancel", orderId, volume: null, fence: 4 });
        expect((await bench.gateway().execute(stale)).code).toBe("FENCED");
      }
      const cancel = order({ kind: "cancel", orderId, volume: null, ...late });
      expect((await bench.gateway().execute(cancel)).status).toBe("done");
    },
  );

  pendingTest(
    context,
    "a price on the wrong side of the market and an expiry in the past are refused",
    async (at, made) => {
      const { bench, order } = at;
      const wrong = [
        { pending: { ...made.terms, price: made.terms.price * 2n }, code: "INVALID_PRICE" },
        { pending: { ...made.terms, expiresAt: bench.now() - 1 }, code: "INVALID_EXPIRATION" },
      ];
      for (const { pending, code } of wrong) {
        const outcome = await bench.gateway().execute(order({ kind: "place", pending, fence: 5 }));
        expectRejected(outcome);
        expect(outcome.code).toBe(code);
      }
      expect(await ordersOf(at)).toEqual([]);
    },
  );

  pendingTest(
    context,
    "once the market is there: told as triggered, then a deal that bears its id and its key",
    async (at, made) => {
      const { bench } = at;
      if (bench.quote === undefined) return;
      const { orderId } = await bench.gateway().execute(made.instruction);
      await bench.quote(made.terms.price, made.terms.price);
      expect(told(at)).toEqual(["placed", "triggered", `deal ${orderId}`]);
      expect(await ordersOf(at)).toEqual([]);
      const positions = await positionsOf(bench, made.instruction.account);
      expect(positions).toMatchObject([{ side: "buy", volume: LOT, key: made.instruction.key }]);
    },
  );
}

function told({ bench }: Context): string[] {
  return bench.events().flatMap((one) => {
    if (one.type !== "event") return [];
    if (one.event.type === "order") return [one.event.change];
    return one.event.type === "deal" ? [`deal ${one.event.deal.orderId}`] : [];
  });
}
