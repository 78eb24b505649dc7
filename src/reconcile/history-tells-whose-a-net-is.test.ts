import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import type { Deal, Side } from "../domain/trade.ts";
import { heldOf } from "../follower/outcome.ts";
import { copiedOf, NOW } from "../testing/follower-builders.ts";
import { explain, type NetGap, netGaps, retold, unexplained } from "./net-history.ts";

const STEP = parseFixed("0.01");
const KEY = "KEY0000000000001";

type Told = readonly [side: Side, volume: string, key: string | null, positionId?: string];

/** Deals as they follow each other; what kind each is follows from what stands. */
function dealsOf(...told: readonly Told[]): Deal[] {
  let net = 0n;
  return told.map(([side, volume, key, positionId = "1"], index) => {
    const lots = parseFixed(volume);
    const before = net;
    net += side === "buy" ? lots : -lots;
    const isIn = before === 0n || before > 0n === (side === "buy");
    const isTurned = before !== 0n && net !== 0n && before > 0n !== net > 0n;
    return {
      ...{
        id: String(index + 1),
        orderId: String(index + 1),
        positionId,
        leg: 0,
        symbol: "EURUSD",
      },
      ...{ side, entry: isIn ? "in" : isTurned ? "inout" : "out", volume: lots, key, comment: "" },
      ...{ price: parseFixed("1.1"), profit: 0n, commission: 0n, swap: 0n, magic: 0, at: NOW },
      reason: key === null ? "client" : "expert",
    };
  });
}

const copyOf = (position: string, side: Side, volume: string, positionId = "1") => ({
  ...copiedOf([volume], { position, side }),
  holdings: [{ positionId, volume: parseFixed(volume) }],
});

const gapOf = (held: string, actual: string): NetGap => ({
  symbol: "EURUSD",
  held: parseFixed(held),
  actual: parseFixed(actual),
});

function shown(gap: NetGap, copied: readonly ReturnType<typeof copyOf>[], history: Deal[]) {
  const explained = explain(gap, { copied, history, volumeStep: STEP });
  return (
    explained && {
      taken: explained.taken.map(
        ({ before, after, deal }) =>
          `${before.position} ${heldOf(before) - heldOf(after)} ${after.state} ${deal.id}`,
      ),
      rest: explained.rest,
    }
  );
}

const lots = (text: string): bigint => parseFixed(text);

describe("a net that the copies do not add up to", () => {
  test("what a hand took before the account reversed is taken from the copy it was taken of", () => {
    const copied = [copyOf("4", "buy", "0.28"), copyOf("5", "sell", "0.38")];
    const history = dealsOf(["buy", "0.28", KEY], ["sell", "0.09", null], ["sell", "0.38", KEY]);
    expect(shown(gapOf("-0.1", "-0.19"), copied, history)).toEqual({
      taken: [`4 ${lots("0.09")} open 2`],
      rest: 0n,
    });
  });

  test("a hand that flattened it has ended all copies of that position, and none opened since", () => {
    const copied = [
      copyOf("2", "sell", "0.12"),
      copyOf("3", "buy", "0.29"),
      copyOf("7", "buy", "0.05", "9"),
    ];
    const history = dealsOf(
      ["sell", "0.12", KEY],
      ["buy", "0.29", KEY],
      ["sell", "0.17", null],
      ["buy", "0.05", KEY, "9"],
    );
    expect(shown(gapOf("0.22", "0.05"), copied, history)).toEqual({
      taken: [`2 ${lots("0.12")} detached 3`, `3 ${lots("0.29")} detached 3`],
      rest: 0n,
    });
  });

  test("the user's own volume is nobody's difference, whichever way the copies stand", () => {
    const copied = [copyOf("1", "sell", "0.3")];
    const history = dealsOf(["buy", "0.1", null], ["sell", "0.3", KEY]);
    expect(shown(gapOf("-0.3", "-0.2"), copied, history)).toEqual({ taken: [], rest: 0n });
  });

  test("a history that does not add up to what stands tells nothing", () => {
    const copied = [copyOf("4", "buy", "0.28")];
    expect(shown(gapOf("0.28", "0.19"), copied, dealsOf(["buy", "0.28", KEY]))).toBeNull();
  });

  test("an order of ours that no copy knows is a difference, with no hand to explain it", () => {
    const copied = [copyOf("4", "buy", "0.2")];
    const gap = gapOf("0.2", "0.3");
    const late = dealsOf(["buy", "0.2", KEY], ["buy", "0.1", "KEY0000000000002"]);
    expect(shown(gap, copied, late)).toEqual({ taken: [], rest: -lots("0.1") });
    expect(unexplained(gap, -lots("0.1"), copied)).toMatchObject({
      ...{ kind: "extra", position: "4", expected: lots("0.2"), actual: lots("0.3") },
    });
  });

  test("nothing is concluded while an answer in the symbol is awaited", () => {
    const sides = { copied: [copyOf("4", "buy", "0.2")], positions: [], isBusy: () => false };
    expect(netGaps({ ...sides, isBusySymbol: () => true })).toMatchObject([{ busy: true }]);
    expect(netGaps({ ...sides, isBusySymbol: () => false })).toMatchObject([{ busy: false }]);
  });
});

/** What happens on a netting account: orders of ours open copies, hands add, take away and turn. */
const stories = fc.array(
  fc.record({ isHand: fc.boolean(), isBuy: fc.boolean(), volume: fc.integer({ min: 1, max: 30 }) }),
  { minLength: 1, maxLength: 12 },
);

test("whatever hands did unseen, the copies hold what is theirs afterwards, or it is told", () => {
  fc.assert(
    fc.property(stories, (story) => {
      const history = dealsOf(
        ...story.map(
          ({ isHand, isBuy, volume }): Told => [
            isBuy ? "buy" : "sell",
            `0.${String(volume).padStart(2, "0")}`,
            isHand ? null : KEY,
          ],
        ),
      );
      const copied = history
        .filter(({ key }) => key !== null)
        .map(({ id, side, volume }) => ({
          ...copiedOf(["1"], { position: id, side }),
          holdings: [{ positionId: "1", volume }],
        }));
      const sum = (list: readonly (typeof copied)[number][]): bigint =>
        list.reduce((all, one) => all + (one.side === "buy" ? heldOf(one) : -heldOf(one)), 0n);
      const { net, own } = retold(history);
      const gap = { symbol: "EURUSD", held: sum(copied), actual: net };
      const explained = explain(gap, { copied, history, volumeStep: STEP });
      const after = copied.map(
        (one) => explained?.taken.find(({ before }) => before === one)?.after ?? one,
      );
      expect(sum(after as typeof copied) - (explained?.rest ?? 0n)).toBe(net - own);
      for (const one of after) expect(heldOf(one) >= 0n).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
