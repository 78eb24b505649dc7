/** What a subscription remembers of its own opens outlives the process that remembered it. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { runCli } from "../testing/cli.ts";
import { decisionsSaid } from "../testing/decisions-said.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled, TENANT_ID, type World } from "../testing/harness.ts";
import { openStage, type Stage, successor } from "../testing/stage.ts";
import type { Hub } from "./hub.ts";

let stage: Stage;
let world: World;
let hub: Hub;

beforeEach(async () => {
  stage = await openStage();
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

async function start(rules: object): Promise<void> {
  world = createWorld({ followers: 1 });
  await stage.enrol(world, rules);
  hub = await stage.start(world);
}

const said = () => decisionsSaid(stage.database.admin);
const open = async (lots = "1"): Promise<void> => {
  world.trade({ volume: parseFixed(lots) });
  await settled(hub);
};
const recent = () => [...hub.followers.subscriptions.values()].map((one) => one.recent);

/** Another process takes over; `isMarked`: after all that was decided was marked as such. */
async function takenOver(isMarked: boolean): Promise<void> {
  const marks = [...hub.followers.subscriptions.values()].map((one) => {
    return { subscriptionId: one.subscriptionId, sequence: one.seen, recent: one.recent };
  });
  if (isMarked) await hub.deps.stores.hub.decidedThrough(TENANT_ID, marks);
  hub = await successor(stage, world, hub);
}

test.each([false, true])("what rounding has lost is carried on, marked: %s", async (isMarked) => {
  const sizing = { mode: "multiplier", multiplier: "0.015" };
  await start({ sizing, carryRemainder: true });
  await open("0.5");
  await open();
  await takenOver(isMarked);
  await open();
  await takenOver(isMarked);
  await open();
  // 0.0075 is no order; 0.0225, then 0.0175, then 0.0225 are.
  expect(await said()).toEqual([
    "open skip BELOW_MIN_VOLUME 0",
    "open copy 0.02",
    "open copy 0.01",
    "open copy 0.02",
  ]);
});

test.each([false, true])(
  "opens count on, and a trip stays until it is enabled again, marked: %s",
  async (isMarked) => {
    await start({ guards: { throttle: { count: 2, windowMs: 600_000 } } });
    await open();
    await takenOver(isMarked);
    await open();
    await open();
    await takenOver(isMarked);
    await open();
    const env = { DATABASE_URL: stage.database.url };
    expect(await runCli(["reenable", "follower-00001"], env)).toMatchObject({ exit: 64 });
    const unknown = await runCli(["reenable", "nobody", "--reason", "x"], env);
    expect(unknown).toMatchObject({ exit: 1 });
    const done = await runCli(["reenable", "follower-00001", "--reason", "a test"], env);
    expect(done).toMatchObject({ err: "", exit: 0 });
    expect(done.out).toContain("its throttle");
    await eventually("enabled again", () => recent().every(({ tripped }) => !tripped));
    await open();
    await takenOver(isMarked);
    await open();
    await open();
    expect(await said()).toEqual([
      "open copy 1",
      "open copy 1",
      "open skip THROTTLED 0",
      "open skip THROTTLED 0",
      "open copy 1",
      "open copy 1",
      "open skip THROTTLED 0",
    ]);
    const audited = await stage.database.admin`
    select by_whom, after ->> 'reason' as reason from audit where action = 'enable again'`;
    expect([...audited]).toEqual([{ by_whom: "command line", reason: "a test" }]);
  },
);
