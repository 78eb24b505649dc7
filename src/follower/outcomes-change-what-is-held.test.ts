/** What an answer of the broker, or a hand, does to a copied position, to the lot and the cent. */
import { describe, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import type { Outcome } from "../domain/instruction.ts";
import { ratioToFixed } from "../domain/ratio.ts";
import { copiedOf } from "../testing/follower-builders.ts";
import { ledgerInstructionOf } from "../testing/owner-builders.ts";
import type { CopiedPosition } from "./decision.ts";
import type { LedgerInstruction } from "./instruction.ts";
import { afterOutcome, afterOwnHand, heldOf, reduced } from "./outcome.ts";

const lots = parseFixed;

function answered(change: Partial<Outcome> = {}): Outcome {
  return {
    ...{ status: "done", code: null, brokerCode: null, orderId: "1", positionId: "h1" },
    ...{ filled: lots("1"), price: lots("1.1"), at: 0 },
    ...change,
  };
}
const held = (copied: CopiedPosition | null): string[] =>
  (copied?.holdings ?? []).map(({ positionId, volume }) => `${positionId} ${formatFixed(volume)}`);
const target = (copied: CopiedPosition | null): string =>
  copied === null ? "none" : formatFixed(ratioToFixed(copied.target));
const becomes = (
  copied: CopiedPosition | null,
  instruction: Partial<LedgerInstruction>,
  ...[outcome = {}, mode]: [outcome?: Partial<Outcome>, mode?: "hedging" | "netting"]
) => afterOutcome(copied, ledgerInstructionOf(instruction), answered(outcome), mode);

describe("an open", () => {
  test("begins a copy with what was filled, and remembers who opened it and at which prices", () => {
    const opened = becomes(
      null,
      { masterPrice: lots("1.2"), stopLoss: lots("1"), takeProfit: lots("2") },
      { filled: lots("0.4") },
    );
    expect(opened).toMatchObject({
      ...{ subscriptionId: "subscription", position: "p1", symbol: "EURUSD", side: "buy" },
      ...{ state: "open", through: 0, openedBy: 1 },
      ...{ openPrice: lots("1.1"), masterOpenPrice: lots("1.2") },
      ...{ stopLoss: lots("1"), takeProfit: lots("2") },
    });
    expect([held(opened), target(opened)]).toEqual([["h1 0.4"], "0.4"]);
  });
  test("of which nothing was filled changes nothing", () => {
    const copied = copiedOf(["1"]);
    expect(becomes(copied, {}, { status: "rejected", filled: 0n })).toBe(copied);
    expect(becomes(null, {}, { status: "rejected", filled: 0n })).toBeNull();
  });
  test("adds to the position it went into, or is one more, and averages both prices by lots", () => {
    const copied = copiedOf(["1", "2"], { through: 7, openedBy: 3 });
    const more = becomes(
      copied,
      { masterPrice: lots("1.3") },
      { positionId: "h2", filled: lots("1"), price: lots("1.2") },
    );
    expect([held(more), target(more)]).toEqual([["h1 1", "h2 3"], "4"]);
    // (3 · 1.1 + 1 · 1.2) / 4, and (3 · 1.1 + 1 · 1.3) / 4.
    expect(more).toMatchObject({
      ...{ openPrice: lots("1.125"), masterOpenPrice: lots("1.15"), through: 7, openedBy: 3 },
    });
    const beside = becomes(copied, {}, { positionId: "h9", filled: lots("0.5") });
    expect(held(beside)).toEqual(["h1 1", "h2 2", "h9 0.5"]);
  });
  test("without a price keeps the one that was known, and takes one where none was", () => {
    const copied = copiedOf(["1"]);
    expect(becomes(copied, { masterPrice: null }, { price: null })).toMatchObject({
      ...{ openPrice: copied.openPrice, masterOpenPrice: copied.masterOpenPrice },
    });
    const blank = copiedOf(["1"], { openPrice: null, masterOpenPrice: null });
    expect(becomes(blank, { masterPrice: lots("1.3") })).toMatchObject({
      ...{ openPrice: lots("1.1"), masterOpenPrice: lots("1.3") },
    });
    const empty = copiedOf([], { openPrice: lots("9") });
    expect(becomes(empty, {})).toMatchObject({ openPrice: lots("1.1") });
  });
  test("is known by its key where the broker gives no position", () => {
    const key = ledgerInstructionOf({}).key;
    expect(held(becomes(null, {}, { positionId: null }))).toEqual([`${key} 1`]);
  });
  test("by a way back has no signal whose rules it keeps", () => {
    const origin = { kind: "realign", id: "d", sequence: 99 } as const;
    expect(becomes(null, { origin })).not.toHaveProperty("openedBy");
    expect(becomes(copiedOf(["1"]), {})).not.toHaveProperty("openedBy");
  });
});

describe("a close", () => {
  const close = { kind: "close", positionId: "h1", volume: lots("1") } as const;
  test("takes what was filled out of its own position", () => {
    const left = becomes(copiedOf(["1", "2"]), close, { filled: lots("0.3") });
    expect([held(left), target(left), left?.state]).toEqual([["h1 0.7", "h2 2"], "3", "open"]);
  });
  test("of the last lots ends the copy, also one that was still opening", () => {
    for (const state of ["open", "opening"] as const) {
      const ended = becomes(copiedOf(["1"], { state }), close);
      expect([held(ended), target(ended), ended?.state]).toEqual([[], "0", "closed"]);
    }
  });
  test("leaves a copy that a hand has ended as it was ended", () => {
    expect(becomes(copiedOf(["1"], { state: "detached" }), close)?.state).toBe("detached");
    expect(becomes(copiedOf(["1"], { state: "stopped-out" }), close)?.state).toBe("stopped-out");
  });
  test("of a copy that nobody knows changes nothing", () => {
    expect(becomes(null, close)).toBeNull();
  });
  test("without a position takes from the oldest on", () => {
    const left = becomes(
      copiedOf(["1", "2"]),
      { ...close, positionId: null },
      { filled: lots("2") },
    );
    expect(held(left)).toEqual(["h2 1"]);
  });

  describe("that finds the position gone", () => {
    const gone = { status: "rejected", code: "POSITION_GONE", filled: 0n } as const;
    const leaving = { target: { n: 0n, d: 1n } };
    test("is done, where all of it was to go", () => {
      const ended = becomes(copiedOf(["1", "2"], leaving), close, gone);
      expect([held(ended), ended?.state]).toEqual([["h2 2"], "open"]);
      const whole = becomes(copiedOf(["1", "2"], leaving), { ...close, positionId: null }, gone);
      expect([held(whole), whole?.state]).toEqual([[], "closed"]);
    });
    test("concludes nothing on a hedging account, where only a part was to go", () => {
      const copied = copiedOf(["1"]);
      expect(becomes(copied, close, gone)).toBe(copied);
    });
    test("is a hand's doing on a netting account, of which nothing more may be sold", () => {
      const ended = becomes(copiedOf(["1"]), close, gone, "netting");
      expect([held(ended), ended?.state]).toEqual([[], "detached"]);
      const other = becomes(copiedOf(["1", "1"]), close, gone, "netting");
      expect([held(other), target(other), other?.state]).toEqual([["h2 1"], "1", "open"]);
      const copied = copiedOf(["1"]);
      expect(becomes(copied, { ...close, positionId: null }, gone, "netting")).toBe(copied);
    });
  });
});

describe("a stop change", () => {
  const protect = { kind: "protect", stopLoss: lots("1.05"), takeProfit: null } as const;
  test("is the copy's once it is done, and only then", () => {
    const copied = copiedOf(["1"], { takeProfit: lots("2") });
    expect(becomes(copied, protect)).toEqual({
      ...copied,
      stopLoss: lots("1.05"),
      takeProfit: null,
    });
    expect(becomes(copied, protect, { status: "rejected" })).toBe(copied);
    expect(becomes(null, protect)).toBeNull();
  });
});

test("what becomes of a pending order leaves what is held as it is", () => {
  const copied = copiedOf(["1"]);
  for (const kind of ["place", "change", "cancel"] as const) {
    expect(becomes(copied, { kind })).toBe(copied);
  }
});

describe("a hand", () => {
  test("scales the exact target by what is held after it", () => {
    const left = afterOwnHand(copiedOf(["1", "3"]), "h2", lots("2"), "client");
    expect([held(left), target(left), left.state]).toEqual([["h1 1", "h2 1"], "2", "open"]);
  });
  test.each([
    ["client", "detached"],
    ["expert", "detached"],
    ["stop-loss", "stopped-out"],
    ["take-profit", "stopped-out"],
    ["stop-out", "stopped-out"],
  ] as const)("that takes the last of it, for %s, leaves it %s", (reason, state) => {
    const left = afterOwnHand(copiedOf(["1"]), "h1", lots("1"), reason);
    expect([held(left), target(left), left.state]).toEqual([[], "0", state]);
  });
  test("takes no more than there is, and from the oldest where no position is named", () => {
    const holdings = copiedOf(["1", "2", "3"]).holdings;
    const rest = (id: string | null, volume: string) =>
      held({ ...copiedOf([]), holdings: reduced(holdings, id, lots(volume)) });
    expect(rest("h2", "9")).toEqual(["h1 1", "h3 3"]);
    expect(rest(null, "2.5")).toEqual(["h2 0.5", "h3 3"]);
    expect(rest("h9", "1")).toEqual(["h1 1", "h2 2", "h3 3"]);
    expect(heldOf(copiedOf(["1", "2", "3"]))).toBe(lots("6"));
  });
});
