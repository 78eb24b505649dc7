import { afterEach, beforeEach, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { CALM } from "../gateway/simulator/faults.ts";
import { audit } from "../testing/audit.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled } from "../testing/harness.ts";
import { openStage, type Stage } from "../testing/stage.ts";

const LOGIN = "follower-00001";

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

test("a close beside an open of the other side whose answer was lost takes off what it says", async () => {
  let losing = false;
  const fates = () => ({ ...CALM, lost: losing ? ("reply" as const) : null });
  const late = { fates, historyLagMs: 400, quarantineMs: 800, inFlightMax: 2 };
  const world = createWorld({ followers: 1, positionMode: "netting", simulator: late });
  await stage.enrol(world);
  const hub = await stage.start(world);
  const first = world.trade({ volume: parseFixed("0.48") });
  await settled(hub);
  losing = true;
  world.trade({ side: "sell", volume: parseFixed("0.6") });
  const [account] = [...hub.accounts.values()].filter(({ account: { login } }) => login === LOGIN);
  await eventually("nobody knows of it", () => (account?.unknown.size ?? 0) === 1);
  losing = false;
  const half = parseFixed("0.24");
  world.trade({ kind: "close", positionId: first.positionId, volume: half });
  await settled(hub);
  const positions = world.brokers.beta.snapshot(LOGIN).positions;
  expect(positions.map((one) => `${one.side} ${formatFixed(one.volume)}`)).toEqual(["sell 0.36"]);
  expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
  expect(stage.faults).toEqual([]);
});
