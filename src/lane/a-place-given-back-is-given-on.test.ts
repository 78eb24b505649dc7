import { expect, test } from "vitest";
import type { Gateway } from "../gateway/gateway.ts";
import { Activity } from "../platform/activity.ts";
import { noFailpoints } from "../platform/failpoints.ts";
import { allProtections } from "../platform/protections.ts";
import { NOW } from "../testing/follower-builders.ts";
import { accountStateOf, ledgerInstructionOf } from "../testing/owner-builders.ts";
import { LaneService } from "./service.ts";

test("a close that waits for a place goes out once what held the place could not be written", async () => {
  const account = accountStateOf();
  const activity = new Activity();
  const executed: string[] = [];
  const gateway = {
    capabilities: () => ({ inFlightMax: 1 }),
    execute: async ({ key }: { readonly key: string }) => {
      executed.push(key);
      return new Promise<never>(() => {});
    },
  } as unknown as Gateway;
  const timers = { sleep: async () => {} };
  const lanes = new LaneService({
    ...{ timers, wall: timers, activity, clock: { now: () => NOW }, failpoints: noFailpoints },
    store: { settle: async () => {}, insert: async () => {} },
    protections: allProtections,
    stopping: new AbortController().signal,
    fence: () => 1,
    gateway: () => gateway,
    subscription: () => undefined,
    subscriptions: () => [],
    account: () => account,
    look: async () => {},
    fanningOut: () => false,
    resolved: () => {},
    stale: () => {},
    fault: () => {},
  });
  const open = ledgerInstructionOf({ status: lanes.admit(account), position: "p2" });
  const close = ledgerInstructionOf({
    ...{ kind: "close", positionId: "h1", part: 2, status: lanes.admit(account) },
  });
  expect([open.status, close.status]).toEqual(["sent", "queued"]);
  lanes.submit([close]);
  expect(executed).toEqual([]);
  lanes.withdraw([open]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(executed).toEqual([close.key]);
});
