import { expect, test } from "vitest";
import type { Kill } from "../risk/kill/kill.ts";
import { accountStateOf } from "../testing/owner-builders.ts";
import type { Hub } from "./hub.ts";
import { KillWatch } from "./kills.ts";

test("an answer that a later question's has overtaken lets go of nothing", async () => {
  const account = accountStateOf();
  const answers: ((kills: readonly Kill[]) => void)[] = [];
  const engaged = (): Promise<readonly Kill[]> => new Promise((resolve) => answers.push(resolve));
  const hub = {
    accounts: new Map([["follower", account]]),
    followers: { ofAccount: () => [] },
    deps: { stores: { kills: { engaged } } },
  } as unknown as Hub;
  const watch = new KillWatch(hub);
  const { tenantId } = account.account;
  const earlier = watch.read(tenantId);
  const later = watch.read(tenantId);
  answers[1]?.([
    { killId: 1, scope: "tenant", scopeId: tenantId, closeAll: false, afterSnapshot: false },
  ]);
  await later;
  expect(account.killed).toBe(true);
  answers[0]?.([]);
  await earlier;
  expect(account.killed).toBe(true);
});
