import { expect, test } from "vitest";
import { noFailpoints } from "../platform/failpoints.ts";
import { allProtections, type Protections, protectionsWithout } from "../platform/protections.ts";
import { Relay } from "./service.ts";

/** What a sweep did, in order, for a row that a dead process has left. */
async function swept(protections: Protections): Promise<readonly string[]> {
  const did: string[] = [];
  const relay = new Relay({
    store: {
      pending: async () => [{ id: 1, masterId: "m", sequence: 3 }],
      clear: async () => void did.push("clear"),
    },
    doorbells: {
      footing: "redis",
      ring: async (slot) => void did.push(`ring ${slot}`),
      listen: async () => async () => {},
      depth: async () => 0,
      close: async () => {},
    },
    failpoints: noFailpoints,
    protections,
    otherSlots: () => ["b"],
    fault: () => {},
  });
  await relay.sweep("tenant");
  return did;
}

test("a row is cleared only after the others were rung for it", async () => {
  expect(await swept(allProtections)).toEqual(["ring b", "clear"]);
});

test("without their protections it is cleared first, or nobody is rung", async () => {
  expect(await swept(protectionsWithout("rung-before-cleared"))).toEqual(["clear", "ring b"]);
  expect(await swept(protectionsWithout("late-rows-are-rung"))).toEqual(["clear"]);
});
