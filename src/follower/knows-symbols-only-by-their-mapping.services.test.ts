/** Brokers end their names in their own ways: what is not mapped is missing, and never a guess. */
import { afterEach, beforeEach, expect, test } from "vitest";
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

/** Rules, and what is held after EURUSD and XAUUSD were opened; the broker's names end in ".b". */
const MAPPINGS: readonly (readonly [object, readonly string[]])[] = [
  [{ suffix: ".b" }, ["EURUSD.b", "XAUUSD.b"]],
  [{}, []],
  [{ suffix: ".B2" }, []],
  [{ pairs: [{ from: "XAUUSD", to: "XAUUSD.b" }] }, ["XAUUSD.b"]],
  [{ suffix: ".b", pairs: [{ from: "EURUSD", to: "EURUSD.c" }] }, ["XAUUSD.b"]],
];

test("a suffix that does not fit is a missing symbol, told as such, and nothing else is traded", async () => {
  const world = createWorld({ followers: MAPPINGS.length });
  await stage.enrol(world);
  for (const [follower, [symbolMap]] of MAPPINGS.entries()) {
    await writeRules(stage, world, { follower, fromSequence: 0, rules: { symbolMap } });
  }
  const hub = await stage.start(world);
  world.trade({});
  world.trade({ symbol: "XAUUSD" });
  await settled(hub);
  const held = world.followers.map(({ login }) =>
    world.brokers.beta.snapshot(login).positions.map((one) => one.symbol),
  );
  expect(held).toEqual(MAPPINGS.map(([, symbols]) => symbols));
  const rows = await stage.database.admin<{ reason: string | null; count: number }[]>`
    select reason, count(*)::int as count from decisions group by reason order by reason`;
  expect(rows.map(({ reason, count }) => [reason, count])).toEqual([
    ["SYMBOL_MISSING", 6],
    [null, 4],
  ]);
  expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
});
