/** Whatever was not copied can be asked about: a reason, the words for it, and what it was seen by. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { SKIP_REASONS, type SkipReason } from "../domain/codes.ts";
import { createWorld, settled } from "../testing/harness.ts";
import { writeRules } from "../testing/rules-version.ts";
import { openStage, type Stage } from "../testing/stage.ts";
import { readExplanations } from "./read.ts";
import { stepWords } from "./words.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

/** The reason, the rules that lead to it, and what the explanation must name. */
const SILENT_ELSEWHERE: readonly (readonly [SkipReason, object, string])[] = [
  ["SYMBOL_EXCLUDED", { symbols: { exclude: ["EUR*"] } }, "EURUSD"],
  ["SIDE_EXCLUDED", { sides: ["sell"] }, "buy"],
  ["MAGIC_EXCLUDED", { magic: { include: ["1-9"] } }, "77"],
  ["MASTER_VOLUME", { masterVolume: { min: "2" } }, "1"],
  ["SYMBOL_MISSING", { symbolMap: { suffix: ".x" } }, "EURUSD.x"],
  ["BELOW_MIN_VOLUME", { sizing: { mode: "multiplier", multiplier: "0.001" } }, "0.01"],
  ["NO_STOP_LOSS", { sizing: { mode: "risk-percent", riskPercent: "1" } }, "risk-percent"],
  ["SPREAD_TOO_WIDE", { guards: { maxSpreadPoints: 1 } }, "10"],
  ["MAX_VOLUME", { guards: { maxTotalVolume: "0.001" } }, "0.001"],
  ["PAUSED", { mode: "paused" }, "mode"],
];

test("every signal that was not copied says why, in words and numbers", async () => {
  const world = createWorld({ followers: SILENT_ELSEWHERE.length });
  await stage.enrol(world);
  for (const [follower, [, rules]] of SILENT_ELSEWHERE.entries()) {
    await writeRules(stage, world, { follower, fromSequence: 0, rules });
  }
  const hub = await stage.start(world);
  world.trade({});
  await settled(hub);
  for (const [index, [reason, , named]] of SILENT_ELSEWHERE.entries()) {
    const login = world.followers[index]?.login ?? "";
    const [told] = await readExplanations(stage.database.sql, "1", login);
    expect([told?.decision, told?.reason]).toEqual(["skip", reason]);
    expect(SKIP_REASONS[reason].length).toBeGreaterThan(10);
    const words = (told?.steps ?? []).map((step) => stepWords(step, told?.origins)).join("; ");
    expect(words, reason).toContain(named);
    expect(told?.instructions).toEqual([]);
  }
});
