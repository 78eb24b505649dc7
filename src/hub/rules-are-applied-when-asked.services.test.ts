/** The rules of now applied to open positions on request: looked at first, done once, kept from then on. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import type { Principal } from "../identity/principal.ts";
import { type Application, ReapplyService } from "../subscriptions/reapply/service.ts";
import { SubscriptionService } from "../subscriptions/service.ts";
import { audit } from "../testing/audit.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, SUFFIX, settled, TENANT_ID, type World } from "../testing/harness.ts";
import { openStage, type Stage, successor } from "../testing/stage.ts";
import type { Hub } from "./hub.ts";

const ADMIN: Principal = {
  tenantId: TENANT_ID,
  actor: { kind: "system", id: "test", name: "test" },
  roles: ["admin"],
  ...{ scopes: null, accounts: "all", mode: "live", steppedUpAt: null, address: null },
};
const OWN = { sizing: { mode: "multiplier" }, symbolMap: { suffix: SUFFIX } };

let stage: Stage;
let world: World;
let hub: Hub;
let id = "";

beforeEach(async () => {
  stage = await openStage();
  world = createWorld({ followers: 1 });
  await stage.enrol(world, { ...OWN, guards: { maxDeviationPoints: null } });
  hub = await stage.start(world);
  [id = ""] = hub.followers.subscriptions.keys();
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

const shown = () =>
  world.brokers.beta
    .snapshot("follower-00001")
    .positions.map(({ side, volume, stopLoss }) =>
      [side, formatFixed(volume), stopLoss === null ? "" : formatFixed(stopLoss)].join(" "),
    );
const subscription = () => id;

async function change(rules: object): Promise<void> {
  const service = new SubscriptionService(stage.database.sql, Date.now);
  const all = { ...OWN, ...rules };
  await service.setRules(ADMIN, subscription(), { rules: all, expectedVersion: 1 });
}

async function applied(dryRun: boolean): Promise<Application> {
  const service = new ReapplyService(stage.database.sql);
  const asked = await service.ask(ADMIN, subscription(), { reason: "less risk", dryRun });
  const read = async () =>
    (await service.applications(ADMIN, subscription())).find((one) => one.requestId === asked);
  await eventually("it is answered", async () => (await read())?.state !== "waiting");
  await settled(hub);
  const one = await read();
  if (one === undefined) throw new Error("the asking is not there");
  return one;
}

const instructed = async () =>
  (
    await stage.database.admin<{ said: string }[]>`
      select concat_ws(' ', origin, kind, state) as said from instruction_states order by ledger_order`
  ).map(({ said }) => said);

test("a dry run tells, asking does it once, and the next owner keeps to what was applied", async () => {
  const stopLoss = parseFixed("1.09");
  const { positionId } = world.trade({ volume: parseFixed("1"), stopLoss });
  await settled(hub);
  world.trade({ symbol: "NZDUSD", volume: parseFixed("0.5") });
  await settled(hub);
  await change({
    guards: { maxDeviationPoints: null, maxVolume: "0.6" },
    stops: { stopLoss: { mode: "copy-price", offsetPoints: 100 }, lockAfterOpen: false },
  });
  const look = await applied(true);
  expect(look).toMatchObject({ state: "done", rulesVersion: 2 });
  expect(look.legs.map(({ words }) => words)).toEqual([
    "0.4 of 1 lots closed (maxVolume); stop-loss 1.089, take-profit none",
    "stays as it is",
  ]);
  expect(shown()).toEqual(["buy 1 1.09", "buy 0.5 "]);
  expect(await instructed()).toHaveLength(2);

  expect(await applied(false)).toMatchObject({ state: "done", words: "version 2 is applied" });
  expect(shown()).toEqual(["buy 0.6 1.089", "buy 0.5 "]);
  expect((await instructed()).slice(2)).toEqual(["rules protect done", "rules close done"]);
  expect((await applied(false)).legs.map(({ words }) => words)).toEqual([
    "stays as it is",
    "stays as it is",
  ]);
  expect(await instructed()).toHaveLength(4);

  hub = await successor(stage, world, hub);
  await hub.reconcile();
  const protect = { kind: "protect", positionId, volume: null, takeProfit: null } as const;
  world.trade({ ...protect, stopLoss: parseFixed("1.08") });
  await settled(hub);
  expect(shown()).toEqual(["buy 0.6 1.079", "buy 0.5 "]);
  // A half of the master's is a half of what was left.
  world.trade({ kind: "close", positionId, volume: parseFixed("0.5") });
  await settled(hub);
  expect(shown()).toEqual(["buy 0.3 1.079", "buy 0.5 "]);
  expect(await stage.database.admin`select cause from divergences`).toEqual([]);
  const [entry] = await stage.database.admin`select count(*)::int as n from audit
    where action = 'apply rules'`;
  expect(entry?.["n"]).toBe(2);
});

test("what cannot be done is told: locked stops, and a subscription that is stopped", async () => {
  world.trade({ stopLoss: parseFixed("1.09") });
  await settled(hub);
  await change({ stops: { lockAfterOpen: true } });
  expect((await applied(false)).legs.map(({ words }) => words)).toEqual([
    "left alone: The rules do not let the master change the stops.",
  ]);
  const service = new SubscriptionService(stage.database.sql, Date.now);
  await service.stop(ADMIN, subscription(), { positions: "keep-positions", reason: "over" });
  await expect(applied(false)).rejects.toMatchObject({ code: "BAD_INPUT" });
  expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
});
