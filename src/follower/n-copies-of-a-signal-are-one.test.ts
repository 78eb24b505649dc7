import fc from "fast-check";
import { expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { followerOf, marketOf, NOW, signalOf } from "../testing/follower-builders.ts";
import { ledgerInstructionOf, outcomeOf } from "../testing/owner-builders.ts";
import { decide } from "./decide.ts";
import type { CopiedPosition, Plan } from "./decision.ts";
import { instructionKey, type Origin } from "./instruction.ts";
import { afterOutcome, heldOf } from "./outcome.ts";

const anyCase = fc.record({
  side: fc.constantFrom("buy" as const, "sell" as const),
  steps: fc.integer({ min: 1, max: 5_000 }),
  ageMs: fc.integer({ min: 0, max: 1_000 }),
  copies: fc.integer({ min: 2, max: 6 }),
  /** How many of them are decided before the first is answered. */
  early: fc.integer({ min: 1, max: 6 }),
  reverse: fc.boolean(),
});

/** The copy once the broker has done all that was planned. */
function answered(origin: Origin, plans: readonly Plan[]): CopiedPosition | null {
  return plans.reduce<CopiedPosition | null>((copied, plan) => {
    const outcome = outcomeOf({ filled: plan.volume ?? 0n, positionId: `h${plan.part}`, at: NOW });
    return afterOutcome(copied, ledgerInstructionOf({ origin, ...plan }), outcome);
  }, null);
}

test("N copies of a signal are one: the same keys before it is answered, a duplicate afterwards", () => {
  fc.assert(
    fc.property(anyCase, ({ side, steps, ageMs, copies, early, reverse }) => {
      const volume = BigInt(steps) * parseFixed("0.01");
      const signal = signalOf({ side, volume, after: volume, ageAtReceiptMs: ageMs });
      const origin = { kind: "signal" as const, id: signal.id, sequence: signal.sequence };
      // A broker executes one order for a key, however often it is asked.
      const executed = new Set<string>();
      let copied: CopiedPosition | null = null;
      for (let copy = 1; copy <= copies; copy += 1) {
        const { plans, reason } = decide(signal, followerOf({ reverse }, { copied }), marketOf());
        if (copied !== null) expect(reason).toBe("DUPLICATE");
        for (const plan of plans) {
          executed.add(instructionKey(origin, "subscription", plan.part, 1));
        }
        if (copy !== Math.min(early, copies)) continue;
        copied = answered(origin, plans);
      }
      const [first] = [decide(signal, followerOf({ reverse }), marketOf())];
      expect(executed.size).toBe(first.plans.length);
      expect(copied === null ? 0n : heldOf(copied)).toBe(first.volume);
    }),
  );
});
