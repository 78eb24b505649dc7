import { noFailpoints } from "../platform/failpoints.ts";
import type { Protections } from "../platform/protections.ts";
import { matters } from "../testing/matters.ts";
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

matters("rung-before-cleared", swept, { is: ["ring b", "clear"], without: ["clear", "ring b"] });

matters("late-rows-are-rung", swept, { is: ["ring b", "clear"], without: ["clear"] });
