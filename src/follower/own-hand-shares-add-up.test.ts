import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { ratioToFixed, ZERO_RATIO } from "../domain/ratio.ts";
import type { Deal, Position, Side } from "../domain/trade.ts";
import { copiedOf, NOW } from "../testing/follower-builders.ts";
import { ledgerInstructionOf, outcomeOf } from "../testing/owner-builders.ts";
import { afterOutcome, heldOf } from "./outcome.ts";
import { ownHand, proportional } from "./own-hand.ts";

const volumeStep = parseFixed("0.01");
const HEDGING = { mode: "hedging", volumeStep } as const;
const NETTING = { mode: "netting", volumeStep } as const;

const lots = parseFixed;

function dealOf(change: Partial<Deal> = {}): Deal {
  return {
    id: "d1",
    orderId: "o1",
    positionId: "h1",
    leg: 0,
    symbol: "EURUSD",
    side: "sell",
    entry: "out",
    volume: lots("1"),
    price: lots("1.1"),
    profit: 0n,
    commission: 0n,
    swap: 0n,
    key: null,
    magic: 0,
    comment: "",
    reason: "client",
    at: NOW,
    ...change,
  };
}

function netOf(side: Side, volume: string): Position {
  return {
    id: "n1",
    leg: 0,
    symbol: "EURUSD",
    side,
    volume: lots(volume),
    openPrice: lots("1.1"),
    stopLoss: null,
    takeProfit: null,
    openedAt: NOW,
    profit: 0n,
    key: null,
    magic: 0,
    comment: "",
  };
}

test("shares add up to the whole, none exceeds its part, each is within one unit of exact", () => {
  fc.assert(
    fc.property(
      fc.array(fc.bigInt({ min: 1n, max: 10n ** 12n }), { minLength: 1, maxLength: 12 }),
      fc.bigInt({ min: 0n, max: 1_000_000n }),
      (parts, ppm) => {
        const whole = parts.reduce((sum, part) => sum + part, 0n);
        const total = (whole * ppm) / 1_000_000n;
        const shares = proportional(parts, total, 1n);
        expect(shares.reduce((sum, share) => sum + share, 0n)).toBe(total);
        for (const [index, share] of shares.entries()) {
          const part = parts[index] ?? 0n;
          expect(share).toBeLessThanOrEqual(part);
          const off = share * whole - part * total;
          expect((off < 0n ? -off : off) < whole).toBe(true);
        }
      },
    ),
  );
});

describe("hedging", () => {
  test("a close by hand takes from its position, and scales the target with it", () => {
    const copied = [copiedOf(["1"])];
    const [after] = ownHand(copied, dealOf({ volume: lots("0.4") }), null, HEDGING);
    expect(after?.state).toBe("open");
    expect(after === undefined ? 0n : heldOf(after)).toBe(lots("0.6"));
    expect(after === undefined ? 0n : ratioToFixed(after.target)).toBe(lots("0.6"));
  });

  test.each([
    ["client", "detached"],
    ["expert", "detached"],
    ["stop-loss", "stopped-out"],
    ["take-profit", "stopped-out"],
    ["stop-out", "stopped-out"],
  ] as const)("ended by %s it is %s", (reason, state) => {
    const [after] = ownHand([copiedOf(["1"])], dealOf({ reason }), null, HEDGING);
    expect(after).toMatchObject({ state, holdings: [] });
  });

  test("our own deals, openings and other positions change nothing", () => {
    const copied = [copiedOf(["1"])];
    for (const deal of [
      dealOf({ key: "KEY0000000000001" }),
      dealOf({ entry: "in" }),
      dealOf({ positionId: "x" }),
    ]) {
      expect(ownHand(copied, deal, null, HEDGING)).toEqual([]);
    }
  });
});

describe("netting", () => {
  const buys = [copiedOf(["1"], { position: "p1" }), copiedOf(["0.5"], { position: "p2" })];
  const sell = copiedOf(["0.4"], { position: "p3", side: "sell" });
  const left = (after: Position | null, copied = buys) =>
    ownHand(copied, dealOf(), after, NETTING).map((one) => [one.state, heldOf(one)]);

  test("what the user had of their own goes first", () => {
    expect(left(netOf("buy", "1.5"))).toEqual([]);
    expect(left(netOf("buy", "1.7"))).toEqual([]);
  });

  test("then ours, in proportion", () => {
    expect(left(netOf("buy", "0.9"))).toEqual([
      ["open", lots("0.6")],
      ["open", lots("0.3")],
    ]);
  });

  test("but first of those that the master has closed and that are still to be closed", () => {
    const [first, second] = buys;
    if (first === undefined || second === undefined) throw new RangeError("two copies");
    const closing = { ...second, target: ZERO_RATIO };
    expect(left(netOf("buy", "0.9"), [first, closing])).toEqual([
      ["detached", 0n],
      ["open", lots("0.9")],
    ]);
  });

  test("flattened or reversed, every copy has ended, also those of the other side", () => {
    for (const after of [null, netOf("sell", "0.2")]) {
      expect(left(after, [...buys, sell]).map(([state]) => state)).toEqual(
        Array(3).fill("detached"),
      );
    }
  });

  test("with both sides held, only the larger side gives", () => {
    expect(left(netOf("buy", "1.1"), [...buys, sell])).toEqual([]);
    expect(left(netOf("buy", "0.8"), [...buys, sell])).toEqual([
      ["open", lots("0.8")],
      ["open", lots("0.4")],
    ]);
  });
});

describe("after the hub's own orders", () => {
  test("fills add up in holdings and target, closes take them out, the last one ends it", () => {
    const open = ledgerInstructionOf({ volume: lots("1") });
    const first = afterOutcome(null, open, outcomeOf({ filled: lots("0.7"), status: "partial" }));
    const second = afterOutcome(first, open, outcomeOf({ filled: lots("0.3"), positionId: "h2" }));
    expect(second?.holdings).toEqual([
      { positionId: "h1", volume: lots("0.7") },
      { positionId: "h2", volume: lots("0.3") },
    ]);
    expect(second === null ? 0n : ratioToFixed(second.target)).toBe(lots("1"));
    const close = ledgerInstructionOf({ kind: "close", positionId: "h1" });
    const third = afterOutcome(second, close, outcomeOf({ filled: lots("0.7") }));
    expect(third).toMatchObject({ state: "open" });
    const rest = { ...close, positionId: "h2" };
    expect(afterOutcome(third, rest, outcomeOf({ filled: lots("0.3") }))).toMatchObject({
      state: "closed",
      holdings: [],
    });
  });

  const close = ledgerInstructionOf({ kind: "close", positionId: "h1" });
  const gone = outcomeOf({ status: "rejected", code: "POSITION_GONE", filled: 0n });

  test("a position that the broker says is gone is no longer held", () => {
    const closing = { ...copiedOf(["1", "0.5"]), target: ZERO_RATIO };
    expect(afterOutcome(closing, close, gone)?.holdings).toEqual([
      { positionId: "h2", volume: lots("0.5") },
    ]);
  });

  test("where only a part was to be closed, who ended the position is left to find out", () => {
    const copied = copiedOf(["1", "0.5"]);
    expect(afterOutcome(copied, close, gone)).toBe(copied);
  });
});

test("shares of several copies are whole steps, and none is more than its copy", () => {
  const step = lots("0.01");
  const volumes = fc.array(fc.bigInt({ min: 1n, max: 500n }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(volumes, fc.nat(1_000), (counts, permille) => {
      const parts = counts.map((count) => count * step);
      const steps = counts.reduce((sum, count) => sum + count, 0n);
      const total = ((steps * BigInt(permille)) / 1_000n) * step;
      const shares = proportional(parts, total, step);
      expect(shares.reduce((sum, share) => sum + share, 0n)).toBe(total);
      for (const [index, share] of shares.entries()) {
        expect(share % step).toBe(0n);
        expect(share >= 0n && share <= (parts[index] ?? 0n)).toBe(true);
      }
    }),
  );
});
