import { expect, test } from "vitest";
import { type Covered, covers, KILL_SCOPES, type KillScope } from "./kill.ts";

const IDS: Record<KillScope, string> = {
  everything: "tenant-1",
  tenant: "tenant-1",
  strategy: "strategy-1",
  subscription: "subscription-1",
  account: "account-1",
};

const OURS: Covered = {
  tenantId: "tenant-1",
  accountId: "account-1",
  subscription: { subscriptionId: "subscription-1", strategyId: "strategy-1" },
};

test.each(KILL_SCOPES)("a switch over %s covers what it names and nothing beside it", (scope) => {
  expect(covers({ scope, scopeId: IDS[scope] }, OURS)).toBe(true);
  expect(covers({ scope, scopeId: "other" }, OURS)).toBe(false);
});

test("a switch over one subscription leaves the account's others alone", () => {
  const sibling = { subscriptionId: "subscription-2", strategyId: "strategy-2" };
  const kill = { scope: "subscription" as const, scopeId: "subscription-1" };
  expect(covers(kill, { ...OURS, subscription: sibling })).toBe(false);
  expect(covers(kill, { ...OURS, subscription: null })).toBe(false);
});

test("an id never counts for another scope", () => {
  const kill = { scope: "account" as const, scopeId: "strategy-1" };
  expect(covers(kill, OURS)).toBe(false);
});
