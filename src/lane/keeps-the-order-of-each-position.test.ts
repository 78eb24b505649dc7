import fc from "fast-check";
import { expect, test } from "vitest";
import type { LedgerInstruction } from "../follower/instruction.ts";
import { ledgerInstructionOf } from "../testing/owner-builders.ts";
import { hasRoom, type Lane, newLane, takeNext, takeUnsentOpens } from "./lane.ts";

type Step =
  | { readonly do: "queue"; readonly position: number; readonly kind: "open" | "close" | "protect" }
  | { readonly do: "take" }
  | { readonly do: "answer" | "lose" | "find"; readonly which: number };

const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant("queue" as const),
      position: fc.integer({ min: 1, max: 3 }),
      kind: fc.constantFrom("open" as const, "close" as const, "protect" as const),
    }),
    fc.record({ do: fc.constant("take" as const) }),
    fc.record({
      do: fc.constantFrom("answer" as const, "lose" as const, "find" as const),
      which: fc.nat(5),
    }),
  ),
  { maxLength: 80 },
);

const nth = <T>(map: ReadonlyMap<string, T>, which: number): T | undefined =>
  [...map.values()][which % Math.max(1, map.size)];

function live(lane: Lane, list: readonly Step[], taken: (one: LedgerInstruction) => void): void {
  for (const [index, step] of list.entries()) {
    if (step.do === "queue") {
      const origin = { kind: "signal" as const, id: `s${index}`, sequence: index };
      const position = `p${step.position}`;
      lane.queued.push(ledgerInstructionOf({ origin, position, kind: step.kind }));
    } else if (step.do === "take") {
      const next = takeNext(lane, true);
      if (next !== null) taken(next);
    } else end(lane, step);
  }
}

function end(lane: Lane, step: Extract<Step, { readonly which: number }>): void {
  if (step.do === "find") {
    lane.unknown.delete(nth(lane.unknown, step.which)?.key ?? "");
    return;
  }
  const one = nth(lane.inFlight, step.which);
  if (one === undefined) return;
  lane.inFlight.delete(one.key);
  if (step.do === "lose") lane.unknown.set(one.key, one);
}

test("of one position the ledger's order, one at a time, and never more than the broker takes", () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 3 }), (list, inFlightMax) => {
      const lane = newLane(inFlightMax);
      const last = new Map<string, number>();
      live(lane, list, (next) => {
        expect(last.get(next.position) ?? -1).toBeLessThan(next.origin.sequence);
        last.set(next.position, next.origin.sequence);
        const others = [...lane.inFlight.values(), ...lane.unknown.values()].filter(
          (one) => one !== next && one.position === next.position,
        );
        expect(others).toEqual([]);
        expect(lane.inFlight.size).toBeLessThanOrEqual(inFlightMax);
      });
    }),
  );
});

test("an unknown outcome holds back its own position only", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const lane = newLane(2);
      live(lane, list, () => {});
      if (!hasRoom(lane)) return;
      const stuck = new Set(
        [...lane.unknown.values(), ...lane.inFlight.values()].map((one) => one.position),
      );
      const free = lane.queued.filter((one) => !stuck.has(one.position));
      expect(takeNext(lane, true) === null).toBe(free.length === 0);
    }),
  );
});

const at = (sequence: number, change: Partial<LedgerInstruction>): LedgerInstruction =>
  ledgerInstructionOf({
    origin: { kind: "signal", id: `s${sequence}`, sequence },
    position: `p${sequence}`,
    ...change,
  });

test("between positions closes go first, then stop changes, then opens", () => {
  const taken = (closesFirst: boolean): string[] => {
    const lane = newLane(3);
    lane.queued = [at(1, { kind: "open" }), at(2, { kind: "protect" }), at(3, { kind: "close" })];
    const next = () => takeNext(lane, closesFirst)?.kind ?? "";
    return [next(), next(), next()];
  };
  expect(taken(true)).toEqual(["close", "protect", "open"]);
  expect(taken(false)).toEqual(["open", "protect", "close"]);
});

test("and between orders cancels, then changes, then places", () => {
  const lane = newLane(3);
  lane.queued = [at(1, { kind: "place" }), at(2, { kind: "change" }), at(3, { kind: "cancel" })];
  const next = () => takeNext(lane, true)?.kind ?? "";
  expect([next(), next(), next()]).toEqual(["cancel", "change", "place"]);
});

test("the parts of one decision may be under way together", () => {
  const lane = newLane(2);
  lane.queued = [at(1, { part: 1 }), at(1, { part: 2 })];
  expect([takeNext(lane, true)?.part, takeNext(lane, true)?.part]).toEqual([1, 2]);
});

test("a close takes the unsent opens and places of its own position out, and nothing else", () => {
  const lane = newLane(1);
  const own = at(1, { position: "p1" });
  const others = [
    at(2, { position: "p2" }),
    at(3, { position: "p1", subscriptionId: "other" }),
    at(4, { position: "p1", kind: "protect" }),
  ];
  const place = at(5, { position: "p1", kind: "place" });
  lane.queued = [own, ...others, place];
  expect(takeUnsentOpens(lane, "subscription", "p1")).toEqual([own, place]);
  expect(lane.queued).toEqual(others);
});
