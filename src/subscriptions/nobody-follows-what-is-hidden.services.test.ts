import { afterEach, beforeEach, expect, test } from "vitest";
import type { Principal } from "../identity/principal.ts";
import { createWorld, TENANT_ID } from "../testing/harness.ts";
import { openStage, type Stage } from "../testing/stage.ts";
import { SubscriptionService } from "./service.ts";

const NOW = Date.UTC(2026, 0, 5);
const ADMIN: Principal = {
  tenantId: TENANT_ID,
  actor: { kind: "system", id: "test", name: "test" },
  roles: ["admin"],
  ...{ scopes: null, accounts: "all", mode: "live", steppedUpAt: null, address: null },
};

let stage: Stage;
let service: SubscriptionService;
let strategy: string;
let free: string;
let mine: Principal;

beforeEach(async () => {
  stage = await openStage();
  await stage.enrol(createWorld({ followers: 2 }));
  service = new SubscriptionService(stage.database.sql, () => NOW);
  const { admin } = stage.database;
  const rows = await admin<{ id: string; strategy: string; account: string }[]>`
    select subscription_id as id, strategy_id as strategy, account_id as account
    from subscriptions order by subscription_id`;
  // One of the two follows nothing any more.
  const [first] = rows;
  if (first === undefined) throw new Error("nobody follows");
  await admin`delete from subscription_rules where subscription_id = ${first.id}`;
  await admin`delete from subscriptions where subscription_id = ${first.id}`;
  strategy = first.strategy;
  free = first.account;
  mine = { ...ADMIN, roles: ["subscriber"], accounts: new Set([free]) };
});
afterEach(() => stage.close());

const follow = () =>
  service.follow(mine, {
    ...{ strategy, account: free, mode: "active" },
    rules: { sizing: { mode: "multiplier", multiplier: "1" } },
  });
const show = (visibility: "private" | "unlisted" | "public") =>
  service.revise(ADMIN, strategy, { visibility, description: "", terms: "" });

test("a private strategy is as missing as none to those who do not see its master", async () => {
  await expect(follow()).rejects.toMatchObject({ code: "NOT_FOUND" });
  await show("public");
  await show("private");
  await expect(follow()).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("whoever was given the id of an unlisted strategy may follow it", async () => {
  await show("unlisted");
  expect(await follow()).toMatch(/^[0-9a-f-]{36}$/);
});
