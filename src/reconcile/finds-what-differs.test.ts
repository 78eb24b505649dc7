import { describe, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import type { Position } from "../domain/trade.ts";
import { copiedOf, NOW } from "../testing/follower-builders.ts";
import { type Comparison, compare } from "./compare.ts";

const KEY = "KEY0000000000001";

function positionOf(id: string, volume: string, change: Partial<Position> = {}): Position {
  return {
    id,
    leg: 0,
    symbol: "EURUSD",
    side: "buy",
    volume: parseFixed(volume),
    openPrice: parseFixed("1.1"),
    stopLoss: null,
    takeProfit: null,
    openedAt: NOW,
    profit: 0n,
    key: KEY,
    magic: 1,
    comment: "",
    ...change,
  };
}

const found = (change: Partial<Comparison>): string[] =>
  compare({
    copied: [],
    positions: [],
    mode: "hedging",
    isBusy: () => false,
    isPending: () => false,
    ...change,
  }).map(({ kind, position, expected, actual }) => `${kind} ${position} ${expected - actual}`);

const lots = (text: string): string => String(parseFixed(text));
const own = { key: null, magic: 0 };

describe("hedging", () => {
  const copied = [copiedOf(["1", "0.5"])];

  test("equal sides differ in nothing", () => {
    expect(found({ copied, positions: [positionOf("h1", "1"), positionOf("h2", "0.5")] })).toEqual(
      [],
    );
  });

  test("what is gone or smaller is missing", () => {
    const positions = [positionOf("h1", "0.4")];
    expect(found({ copied, positions })).toEqual([
      `missing p1 ${lots("0.6")}`,
      `missing p1 ${lots("0.5")}`,
    ]);
  });

  test("nothing is concluded while an instruction of the position is unanswered", () => {
    expect(found({ copied, isBusy: () => true })).toEqual([]);
  });

  test("a position with our key and no copy is an orphan, unless its order is still open", () => {
    const positions = [positionOf("h9", "1")];
    expect(found({ positions })).toEqual([`orphan h9 ${-parseFixed("1")}`]);
    expect(found({ positions, isPending: (key) => key === KEY })).toEqual([]);
  });

  test("what carries no key of ours is the user's own, and told of only where asked for", () => {
    const mine = [positionOf("h1", "1"), positionOf("h2", "0.5")];
    const positions = [...mine, positionOf("x", "1", own)];
    expect(found({ copied, positions })).toEqual([]);
    const told = found({ copied, positions, tellsOwn: true });
    expect(told).toEqual([`own x ${-parseFixed("1")}`]);
  });

  test("more than the copy under our key, the other side and other stops are told apart", () => {
    const rest = positionOf("h2", "0.5");
    const kinds = (change: Partial<Position>, volume = "1"): string[] =>
      found({ copied, positions: [positionOf("h1", volume, change), rest] });
    expect(kinds({}, "3")).toEqual([`extra p1 ${-parseFixed("2")}`]);
    expect(kinds({ side: "sell" })).toEqual(["side p1 0"]);
    expect(kinds({ stopLoss: parseFixed("1.05") })).toEqual(["stops p1 0"]);
  });

  test("what was detached is neither missed nor an orphan", () => {
    const detached = [copiedOf(["1", "0.5"], { state: "detached" })];
    expect(found({ copied: detached })).toEqual([]);
    expect(found({ copied: detached, positions: [positionOf("h1", "0.2")] })).toEqual([]);
  });
});

describe("netting", () => {
  const buys = [copiedOf(["1"], { position: "p1" }), copiedOf(["0.5"], { position: "p2" })];
  const sell = copiedOf(["0.7"], { position: "p3", side: "sell" });
  const net = (volume: string, side: "buy" | "sell" = "buy") => [positionOf("n", volume, { side })];
  const netted = (copied: Comparison["copied"], positions: readonly Position[]): string[] =>
    found({ mode: "netting", copied, positions });

  test("the sum of the copies is what counts", () => {
    expect(netted(buys, net("1.5"))).toEqual([]);
    expect(netted([...buys, sell], net("0.8"))).toEqual([]);
    expect(netted(buys, net("2"))).toEqual([]);
    expect(netted(buys, net("1.2"))).toEqual([`missing p1 ${lots("0.3")}`]);
    expect(netted(buys, [])).toEqual([`missing p1 ${lots("1.5")}`]);
  });

  test("a net on the other side lacks both", () => {
    expect(netted(buys, net("0.5", "sell"))).toEqual([`side p1 ${lots("2")}`]);
  });

  test("copies that cancel out expect nothing", () => {
    const both = [copiedOf(["1"]), copiedOf(["1"], { position: "p2", side: "sell" })];
    expect(netted(both, [])).toEqual([]);
  });
});
