/** Limits in the layer of a follower account: one for all that it copies, through every stage. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import type { Principal } from "../identity/principal.ts";
import { LayerService } from "../subscriptions/layers/service.ts";
import { runCli } from "../testing/cli.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, SUFFIX, settled, TENANT, TENANT_ID, type World } from "../testing/harness.ts";
import { openStage, type Stage, successor } from "../testing/stage.ts";
import { enrol } from "./enrol.ts";
import type { Hub } from "./hub.ts";

const FOLLOWER = "follower-00001";
const ADMIN: Principal = {
  tenantId: TENANT_ID,
  actor: { kind: "system", id: "test", name: "test" },
  roles: ["admin"],
  ...{ scopes: null, accounts: "all", mode: "live", steppedUpAt: null, address: null },
};

let stage: Stage;
let world: World;
let hub: Hub;

/** One follower of two strategies, which are the same master's. */
beforeEach(async () => {
  stage = await openStage();
  world = createWorld({ followers: 1 });
  const { master, followers } = world;
  const rules = {
    sizing: { mode: "multiplier" },
    symbolMap: { suffix: SUFFIX },
    guards: { maxDeviationPoints: null },
  };
  const strategies = ["one", "two"].map((name) => ({ name, master }));
  await enrol(stage.database.sql, {
    ...{ tenant: TENANT, accounts: [master, ...followers], strategies, at: 0, by: "test" },
    brokers: ["alpha", "beta"].map((name) => ({ name, gateway: "simulator" })),
    subscriptions: strategies.flatMap(({ name: strategy }) =>
      followers.map((follower) => ({ strategy, follower, rules })),
    ),
  });
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

async function limit(more: object): Promise<void> {
  const [account] = await stage.database.admin<{ id: string }[]>`
    select account_id as id from accounts where name = ${FOLLOWER}`;
  const measured = { measure: "equity-from-equity", period: "lifetime", startAmount: "100000" };
  await new LayerService(stage.database.sql, Date.now).set(
    ADMIN,
    { kind: "follower account", id: account?.id ?? "" },
    {
      rules: { limits: [{ ...measured, absolute: "1000", ...more }] },
      expectedVersion: 0,
      reason: "A test.",
    },
  );
}
const barred = () => [...hub.followers.subscriptions.values()].map((one) => one.barred ?? null);
const held = () => world.brokers.beta.snapshot(FOLLOWER).positions.length;
const lose = (amount: string) =>
  world.brokers.beta.pay(FOLLOWER, { kind: "fee", amount: parseFixed(`-${amount}`) });
const events = () => stage.database.admin<{ words: string }[]>`
  select g.scope || ': ' || e.from_stage || ' to ' || e.to_stage as words
  from guard_events e join guard_states g using (tenant_id, guard_id) order by e.number`;
const words = async () => (await events()).map((one) => one.words);
const reached = (count: number) =>
  eventually(`${count} events`, async () => (await events()).length === count);

test("alert, close-only and close-all come one after the other, for both strategies at once", async () => {
  await limit({ alertAt: "0.3", closeOnlyAt: "0.6", action: "close-all-and-stop" });
  hub = await stage.start(world);
  world.trade({});
  await settled(hub);
  expect(held()).toBe(2);
  lose("350");
  await reached(1);
  expect(barred()).toEqual([null, null]);
  lose("300");
  await eventually("barred", () => barred().every((one) => one === "RISK_LIMIT"));
  world.trade({});
  await settled(hub);
  expect(held()).toBe(2);
  lose("400");
  await eventually("closed", () => held() === 0);
  expect(await words()).toEqual([
    "account: clear to alert",
    "account: alert to close-only",
    "account: close-only to close-all-and-stop",
  ]);
  const told = await stage.database.admin`select facts ->> 'words' from incidents`;
  expect(told).toHaveLength(3);
});

test("it stays over a restart, and is reset by hand with a reason for the account as a whole", async () => {
  await limit({ action: "close-only" });
  hub = await stage.start(world);
  await eventually("seen", () => hub.accounts.size === 2);
  lose("1001");
  await eventually("barred", () => barred().every((one) => one === "RISK_LIMIT"));
  hub = await successor(stage, world, hub);
  expect(barred()).toEqual(["RISK_LIMIT", "RISK_LIMIT"]);
  const env = { DATABASE_URL: stage.database.url };
  const one = await runCli(["reenable", FOLLOWER, "--strategy", "one", "--reason", "no"], env);
  expect(one).toMatchObject({ out: "", exit: 1 });
  expect(one.err).toContain("no strategy is named");
  const all = await runCli(["reenable", FOLLOWER, "--reason", "looked at it"], env);
  expect(all.out).toContain(
    `${FOLLOWER} may open again all that it copies: 1 limits had stopped it`,
  );
  await eventually("reset", () => barred().every((each) => each === null));
  world.trade({});
  await settled(hub);
  expect(held()).toBe(2);
  const audit = await stage.database.admin`
    select after ->> 'reason' as reason from audit where action = 'enable again'`;
  expect([...audit]).toEqual([{ reason: "looked at it" }]);
});

test("what is over before the debounce has passed does not trip it, and what lasts does", async () => {
  await limit({ action: "close-only", debounceMs: 1_500 });
  hub = await stage.start(world);
  await eventually("seen", () => hub.accounts.size === 2);
  lose("1200");
  world.brokers.beta.pay(FOLLOWER, { kind: "interest", amount: parseFixed("1000") });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(barred()).toEqual([null, null]);
  lose("900");
  await eventually("barred", () => barred().every((one) => one === "RISK_LIMIT"));
  expect(await words()).toEqual(["account: clear to close-only"]);
});
