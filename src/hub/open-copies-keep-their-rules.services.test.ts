/** Rules that change while trading: what is open keeps its own, also for the owner that reads it anew. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import type { Principal } from "../identity/principal.ts";
import { SubscriptionService } from "../subscriptions/service.ts";
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
const OWN = {
  sizing: { mode: "multiplier" },
  symbolMap: { suffix: SUFFIX },
  guards: { maxDeviationPoints: null },
};

let stage: Stage;
let world: World;
let hub: Hub;

beforeEach(async () => {
  stage = await openStage();
  world = createWorld({ followers: 1 });
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

const held = () => world.brokers.beta.snapshot("follower-00001").positions;
const shown = () =>
  held().map(({ side, volume, stopLoss }) =>
    [side, formatFixed(volume), stopLoss === null ? "" : formatFixed(stopLoss)].join(" "),
  );
const versions = () =>
  [...hub.followers.subscriptions.values()].map((one) => one.rules.at(-1)?.version);

async function change(rules: object): Promise<void> {
  const [id = ""] = hub.followers.subscriptions.keys();
  const service = new SubscriptionService(stage.database.sql, Date.now);
  await service.setRules(ADMIN, id, { rules: { ...OWN, ...rules }, expectedVersion: 1 });
  await eventually("the new version is read", () => versions()[0] === 2);
  await eventually("armed again", () => [...hub.accounts.values()].every(({ ready }) => ready));
  await settled(hub);
}

test("a reverse that is switched on mirrors no stop of what is open, and turns what comes", async () => {
  await stage.enrol(world, { guards: OWN.guards });
  hub = await stage.start(world);
  const stops = { stopLoss: parseFixed("1.09"), takeProfit: parseFixed("1.12") };
  const { positionId } = world.trade(stops);
  await settled(hub);
  expect(shown()).toEqual(["buy 1 1.09"]);
  await change({ reverse: true });
  const protect = { kind: "protect", positionId, volume: null, takeProfit: null } as const;
  world.trade({ ...protect, stopLoss: parseFixed("1.08") });
  await settled(hub);
  expect(shown()).toEqual(["buy 1 1.08"]);
  hub = await successor(stage, world, hub);
  world.trade({ ...protect, stopLoss: parseFixed("1.07") });
  await settled(hub);
  world.trade({ symbol: "NZDUSD" });
  await settled(hub);
  expect(shown()).toEqual(["buy 1 1.07", "sell 1 "]);
  const decided = await stage.database.admin<{ words: string }[]>`
    select kind || ' ' || rules_version as words
    from signals join decisions using (tenant_id, signal_id) order by sequence`;
  expect(decided.map(({ words }) => words)).toEqual(["open 1", "protect 1", "protect 1", "open 2"]);
});

test("currency legs that copies hold are taken off what is opened", async () => {
  await stage.enrol(world, { reduceCorrelation: "by-account", guards: OWN.guards });
  hub = await stage.start(world);
  world.trade({ volume: parseFixed("0.6") });
  await settled(hub);
  world.trade({ volume: parseFixed("1") });
  await settled(hub);
  expect(shown()).toEqual(["buy 0.6 ", "buy 0.4 "]);
  world.trade({ volume: parseFixed("0.9") });
  await settled(hub);
  const [last] = await stage.database.admin<{ reason: string }[]>`
    select reason from signals join decisions using (tenant_id, signal_id)
    order by sequence desc limit 1`;
  expect(last?.reason).toBe("CORRELATED");
});
