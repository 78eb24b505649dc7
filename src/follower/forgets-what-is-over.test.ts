import { expect, test } from "vitest";
import { subscriptionOf } from "../testing/owner-builders.ts";
import type { CopiedPosition } from "./decision.ts";
import { forgetEnded } from "./state.ts";

test("a copy is forgotten once the master's close is decided and nothing of it is held", () => {
  const held = [{ positionId: "7", volume: 1n }];
  const copy = (holdings: CopiedPosition["holdings"]) => ({ holdings }) as CopiedPosition;
  const subscription = subscriptionOf({
    copied: new Map([
      ["over", copy([])],
      ["held", copy(held)],
      ["stopped out, master still in", copy([])],
    ]),
    ended: new Set(["over", "held"]),
  });
  forgetEnded(subscription);
  expect([...subscription.copied.keys()]).toEqual(["held", "stopped out, master still in"]);
  expect([...subscription.ended]).toEqual(["held"]);
});
