import fc from "fast-check";
import { expect, test } from "vitest";
import type { LimitEvent } from "./limit-event.ts";
import { stateToJson, throttleStateFromJson } from "./state-json.ts";
import { INITIAL_THROTTLE, reenable, type ThrottleState, throttleOpen } from "./throttle.ts";

const ask = { at: 100_000, by: "Ada", reason: "the robot was stopped" };

function admit(throttle: { count: number; windowMs: number }, times: readonly number[]) {
  let state: ThrottleState = INITIAL_THROTTLE;
  const events: LimitEvent[] = [];
  const admitted: number[] = [];
  for (const at of times) {
    const answer = throttleOpen(throttle, state, at);
    state = answer.state;
    if (answer.admitted) admitted.push(at);
    if (answer.event !== null) events.push(answer.event);
  }
  return { state, events, admitted };
}

test("the open too many trips, is told once, and nothing is opened after it", () => {
  const { admitted, events, state } = admit({ count: 2, windowMs: 1_000 }, [0, 500, 999, 5_000]);
  expect(admitted).toEqual([0, 500]);
  expect(events).toMatchObject([{ number: 1, to: "close-only", at: 999 }]);
  expect(events[0]?.words).toContain("Open number 3 within 1000 ms, where 2 are allowed");
  const again = reenable(state, ask);
  expect(again?.event).toMatchObject({ number: 2, kind: "reset", by: "Ada" });
  expect(throttleOpen({ count: 2, windowMs: 1_000 }, again?.state ?? state, 5_001).admitted).toBe(
    true,
  );
});

test("an open counts for exactly its window", () => {
  expect(admit({ count: 1, windowMs: 1_000 }, [0, 1_000, 2_000]).events).toEqual([]);
  expect(admit({ count: 1, windowMs: 1_000 }, [0, 999]).events).toHaveLength(1);
});

test("re-enabling needs a person and a reason, and a throttle that tripped", () => {
  expect(reenable(INITIAL_THROTTLE, ask)).toBe(null);
  expect(() => reenable(INITIAL_THROTTLE, { ...ask, reason: " " })).toThrow();
});

test("trips at the first open that a plain count over all opens refuses", () => {
  const times = fc.array(fc.integer({ min: -50, max: 400 }), { maxLength: 40 });
  const count = fc.integer({ min: 1, max: 5 });
  const windowMs = fc.integer({ min: 1, max: 1_500 });
  fc.assert(
    fc.property(times, count, windowMs, (steps, most, window) => {
      let now = 0;
      let latest = Number.NEGATIVE_INFINITY;
      const asked = steps.map((step) => {
        now += step;
        latest = Math.max(latest, now);
        return { at: now, effective: latest };
      });
      const { admitted, state } = admit(
        { count: most, windowMs: window },
        asked.map(({ at }) => at),
      );
      const first = asked.findIndex(({ effective }, index) => {
        const inside = asked
          .slice(0, index + 1)
          .filter((one) => one.effective > effective - window);
        return inside.length > most;
      });
      expect(admitted.length).toBe(first < 0 ? asked.length : first);
      expect(state.trippedAt === null).toBe(first < 0);
      expect(throttleStateFromJson(JSON.parse(stateToJson(state)))).toEqual(state);
    }),
  );
});
