import fc from "fast-check";
import { expect, test } from "vitest";
import type { Fixed } from "../domain/fixed.ts";
import { ratioOf } from "../domain/ratio.ts";
import type { Deal } from "../domain/trade.ts";
import { NOW, signalOf } from "../testing/follower-builders.ts";
import type { CopiedPosition } from "./decision.ts";
import type { LedgerInstruction } from "./instruction.ts";
import {
  committedVolume,
  counted,
  gone,
  holding,
  isMirror,
  type Mirror,
  orderJson,
  orderOfJson,
  placed,
  stands,
  takenOver,
} from "./mirrored.ts";
import { heldVolume } from "./reduce.ts";

const terms = { type: "buy-limit", price: 109n, limitPrice: null, expiresAt: NOW } as const;
const instruction = {
  ...{ key: "KEY", subscriptionId: "s", position: "order:7", symbol: "EURUSD", side: "buy" },
  origin: { kind: "signal", id: "signal", sequence: 1 },
  ...{ volume: 1_000n, stopLoss: null, takeProfit: null, masterPrice: 109n, pending: terms },
} as unknown as LedgerInstruction;
const done = { status: "done", orderId: "77" } as never;

function fresh(): Mirror {
  const mirror = placed(instruction, done);
  if (mirror === null) throw new Error("nothing was placed");
  return mirror;
}

const dealOf = (id: string, volume: Fixed, positionId: string): Deal =>
  ({ id, volume, positionId, price: 109n, key: "KEY" }) as unknown as Deal;

type Happening =
  | { readonly kind: "deal"; readonly id: number; readonly volume: number }
  | { readonly kind: "gone"; readonly byHand: boolean }
  | { readonly kind: "taken"; readonly by: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    kind: fc.constant("deal" as const),
    id: fc.integer({ min: 1, max: 5 }),
    volume: fc.integer({ min: 1, max: 400 }),
  }),
  fc.record({ kind: fc.constant("gone" as const), byHand: fc.boolean() }),
  fc.record({ kind: fc.constant("taken" as const), by: fc.integer({ min: 1, max: 2 }) }),
);

type Played = {
  readonly copies: Map<string, CopiedPosition>;
  /** A deal has one volume, however often it is told. */
  readonly deals: Map<string, Fixed>;
};

function mirrorIn({ copies }: Played): Mirror {
  const mirror = copies.get("order:7");
  if (!isMirror(mirror)) throw new Error("the mirror is lost");
  return mirror;
}

function fill(played: Played, number: number, lots: number): void {
  const { copies, deals } = played;
  const mirror = mirrorIn(played);
  const id = String(number);
  const volume = deals.get(id) ?? BigInt(lots);
  deals.set(id, volume);
  const deal = dealOf(id, volume, `h${number % 2}`);
  const after = counted(mirror, deal, NOW);
  if (after === mirror) return;
  const own = copies.get(after.order.linked ?? "");
  if (own === undefined) copies.set("order:7", holding(after, deal));
  else copies.set("order:7", after).set(own.position, holding(own, deal));
}

function takeOver(played: Played, by: number): void {
  const { copies } = played;
  const mirror = mirrorIn(played);
  if (stands(mirror) || mirror.holdings.length === 0) return;
  const signal = signalOf({ position: `p${by}`, volume: 1n });
  const { mirror: left, copied } = takenOver(mirror, signal, copies.get(signal.position));
  copies.set("order:7", left).set(copied.position, copied);
}

/** The same steps as the hub takes, over one map of copies. */
function play(happenings: readonly Happening[]): Played {
  const played: Played = { copies: new Map([["order:7", fresh()]]), deals: new Map() };
  for (const one of happenings) {
    if (one.kind === "deal") fill(played, one.id, one.volume);
    else if (one.kind === "taken") takeOver(played, one.by);
    else played.copies.set("order:7", gone(mirrorIn(played), one.byHand));
  }
  return played;
}

test("each deal is held once, wherever it went, and targets are what was filled", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 14 }), (happenings) => {
      const { copies, deals } = play(happenings);
      const dealt = [...deals.values()].reduce((sum, volume) => sum + volume, 0n);
      const all = [...copies.values()];
      expect(all.reduce((sum, { holdings }) => sum + heldVolume(holdings), 0n)).toBe(dealt);
      for (const { target, holdings } of all) expect(target).toEqual(ratioOf(heldVolume(holdings)));
      const mirror = mirrorIn({ copies, deals });
      expect(mirror.order.filled).toBe(dealt);
      if (dealt >= 1_000n) expect(stands(mirror)).toBe(false);
      if (stands(mirror) && mirror.order.linked === null) {
        expect(committedVolume(mirror)).toBe(1_000n);
      }
      expect(orderOfJson(JSON.parse(orderJson(mirror.order)))).toEqual(mirror.order);
    }),
  );
});
