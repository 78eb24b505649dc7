import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatFixed as fixedText, parseFixed } from "../domain/fixed.ts";
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

describe("netting, to the lot", () => {
  const first = (volume: string, change = {}) =>
    copiedOf([volume], { subscriptionId: "a", position: "p1", ...change });
  const second = (volume: string, change = {}) =>
    copiedOf([volume], { subscriptionId: "b", position: "p2", ...change });
  const told = (copied: ReturnType<typeof first>[], after: Position | null, step = "0.01") =>
    ownHand(copied, dealOf(), after, { mode: "netting", volumeStep: lots(step) }).map(
      (one) => `${one.position} ${fixedText(heldOf(one))} ${one.state}`,
    );
  const leaving = { target: ZERO_RATIO };

  test("volume beyond ours is the user's, and goes first", () => {
    expect(told([first("1"), second("2")], netOf("buy", "3"))).toEqual([]);
    expect(told([first("1"), second("2")], netOf("buy", "3.5"))).toEqual([]);
    expect(told([first("1"), second("2")], netOf("buy", "2.4"))).toEqual([
      "p1 0.8 open",
      "p2 1.6 open",
    ]);
  });
  test("what the master has closed is missing first, and the rest in proportion", () => {
    const copied = [first("1"), second("0.5", leaving)];
    expect(told(copied, netOf("buy", "1.2"))).toEqual(["p2 0.2 open"]);
    expect(told(copied, netOf("buy", "0.7"))).toEqual(["p2 0 detached", "p1 0.7 open"]);
    expect(told([first("0.6", leaving), second("1")], null)).toEqual([
      "p1 0 detached",
      "p2 0 detached",
    ]);
  });
  test("flat just by what was leaving anyway, the others stand; any more, and all are gone", () => {
    const other = second("1", { side: "sell" });
    expect(told([first("1.5", leaving), other], null)).toEqual(["p1 1 open"]);
    expect(told([first("1.5"), other], null)).toEqual(["p1 0 detached", "p2 0 detached"]);
    expect(told([first("1.5"), other], netOf("sell", "0.1"))).toEqual([
      "p1 0 detached",
      "p2 0 detached",
    ]);
    // Half a lot more went than stood: what was leaving explains it to the lot, or does not.
    expect(told([first("2", leaving), other], netOf("sell", "1"))).toEqual(["p1 0 detached"]);
    expect(told([first("2", leaving), other], netOf("sell", "1.01"))).toEqual([
      "p1 0 detached",
      "p2 0 detached",
    ]);
  });
  test("sells are counted as buys are", () => {
    const sell = { side: "sell" } as const;
    expect(told([first("1", sell), second("1", sell)], netOf("sell", "1"))).toEqual([
      "p1 0.5 open",
      "p2 0.5 open",
    ]);
    expect(told([first("1", sell), second("3", sell)], netOf("buy", "1"))).toEqual([
      "p1 0 detached",
      "p2 0 detached",
    ]);
  });
  test("opposite copies that cancel out leave nothing to tell from", () => {
    expect(told([first("1"), second("1", { side: "sell" })], netOf("buy", "5"))).toEqual([]);
  });
  test("other symbols and copies that hold nothing have no part in it", () => {
    const elsewhere = second("1", { symbol: "GBPUSD" });
    expect(told([first("1"), elsewhere, copiedOf([])], null)).toEqual(["p1 0 detached"]);
  });
  test("a share of nothing is not told", () => {
    expect(told([first("0.01"), second("1")], netOf("buy", "1"))).toEqual(["p2 0.99 open"]);
  });
  test("several holdings of one copy go from the oldest on", () => {
    const many = copiedOf(["0.3", "0.3", "0.3"]);
    const [left] = ownHand([many], dealOf(), netOf("buy", "0.4"), NETTING);
    expect(left?.holdings.map(({ positionId, volume }) => [positionId, volume])).toEqual([
      ["h2", lots("0.1")],
      ["h3", lots("0.3")],
    ]);
  });
});

describe("shares of a whole", () => {
  const split = (parts: readonly number[], total: number, step = 1) =>
    proportional(parts.map(BigInt), BigInt(total), BigInt(step)).map(Number);
  test.each([
    ["the largest remainder has the step that is left", [5, 3, 2], [7, 1], [4, 2, 1]],
    ["of equal remainders the first has it", [1, 1, 1], [1, 1], [1, 0, 0]],
    ["and then the second", [1, 1, 1], [2, 1], [1, 1, 0]],
    ["a larger remainder further on goes first", [10, 11], [1, 1], [0, 1]],
    ["and one before it stays first", [11, 10], [1, 1], [1, 0]],
    ["the smallest may have none", [1, 100], [10, 1], [0, 10]],
    ["all of it is all of each", [4, 6], [10, 1], [4, 6]],
    ["nothing is nothing", [4, 6], [0, 1], [0, 0]],
    ["of nothing there is no share", [0, 0], [0, 1], [0, 0]],
    ["in steps of ten", [50, 30, 20], [70, 10], [40, 20, 10]],
    ["what is no whole step goes with the last one", [50, 50], [25, 10], [15, 10]],
    ["none has more than its part", [3, 97], [99, 10], [2, 97]],
  ] as const)("%s", (_, parts, [total, step], shares) => {
    expect(split(parts, total, step)).toEqual(shares);
  });
});
