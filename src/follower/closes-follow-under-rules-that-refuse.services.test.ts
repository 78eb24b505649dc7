/** What was opened is closed, whatever the rules say by then: filters are asked by opens alone. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { audit } from "../testing/audit.ts";
import { createWorld, settled } from "../testing/harness.ts";
import { writeRules } from "../testing/rules-version.ts";
import { openStage, type Stage } from "../testing/stage.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

/** Every one of them refuses what the master does below. */
const REFUSING: readonly (readonly [string, object])[] = [
  ["SYMBOL_EXCLUDED", { symbols: { exclude: ["EUR*"] } }],
  ["SIDE_EXCLUDED", { sides: ["sell"] }],
  ["MAGIC_EXCLUDED", { magic: { exclude: ["77"] } }],
  ["MASTER_VOLUME", { masterVolume: { min: "50" } }],
  ["SPREAD_TOO_WIDE", { guards: { maxSpreadPoints: 1 } }],
  ["NEWS_WINDOW", { news: { impact: ["high"], beforeMinutes: 30, afterMinutes: 15 } }],
  ["PAUSED", { mode: "paused" }],
  ["CLOSE_ONLY", { mode: "close-only" }],
];

test("closes and stop changes follow under rules that refuse every open", async () => {
  const world = createWorld({ followers: REFUSING.length });
  await stage.enrol(world);
  for (const [follower, [, rules]] of REFUSING.entries()) {
    await writeRules(stage, world, { follower, fromSequence: 2, rules });
  }
  const hub = await stage.start(world);
  const held = () =>
    world.followers.map(({ login }) =>
      world.brokers.beta
        .snapshot(login)
        .positions.map((one) => `${formatFixed(one.volume)} ${formatFixed(one.stopLoss ?? 0n)}`),
    );
  const each = (...positions: string[]) => world.followers.map(() => positions);
  const { positionId } = world.trade({});
  await settled(hub);
  expect(held()).toEqual(each("1 0"));
  world.trade({});
  await settled(hub);
  const reasons = await stage.database.admin<{ reason: string }[]>`
    select d.reason from decisions d join signals s using (tenant_id, signal_id)
    join subscriptions u using (tenant_id, subscription_id)
    join accounts a on a.account_id = u.account_id where s.sequence = 2 order by a.login`;
  expect(reasons.map((row) => row.reason)).toEqual(REFUSING.map(([reason]) => reason));
  const stopLoss = parseFixed("1.09");
  world.trade({ kind: "protect", positionId, volume: null, stopLoss });
  world.trade({ kind: "close", positionId, volume: parseFixed("0.4") });
  await settled(hub);
  expect(held()).toEqual(each("0.6 1.09"));
  world.trade({ kind: "close", positionId, volume: parseFixed("0.6") });
  await settled(hub);
  expect(held()).toEqual(each());
  expect(hub.reconciler.divergences).toEqual([]);
  expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
});
