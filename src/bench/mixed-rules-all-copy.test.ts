// The bench waits for one order of each follower: a set that skips or splits would keep it waiting.
import { expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { PLAIN_ACCOUNT } from "../follower/state.ts";
import { decided } from "../testing/decisions.ts";
import { copiedOf, figures, NOW } from "../testing/follower-builders.ts";
import { MIXED_RULES, plainRules } from "./rules.ts";

const price = parseFixed("1.1");
const account = figures("100000");
const signal = {
  price,
  stopLoss: parseFixed("1.09"),
  takeProfit: parseFixed("1.12"),
  magic: 77,
  figures: account,
};
const follower = {
  figures: { ...account, asOf: NOW },
  facts: { ...PLAIN_ACCOUNT, leverage: parseFixed("100") },
};
const market = { quote: ["1.1", "1.1"] as const };

test("there are ten sets, each different", () => {
  expect(new Set(MIXED_RULES.map((rules) => JSON.stringify(rules))).size).toBe(10);
});

test.each([...MIXED_RULES, plainRules(0)])("%j copies what the bench's master does", (given) => {
  const rules = { ...Object(given) };
  const opened = decided({ rules, signal, follower, market });
  expect(opened).toMatchObject({ decision: "copy", plans: [{ kind: "open" }] });
  const held = { ...follower, copied: copiedOf(["0.5"]) };
  const end = { ...signal, kind: "close", before: parseFixed("1"), after: 0n } as const;
  const closed = decided({ rules, signal: end, follower: held, market });
  expect(closed).toMatchObject({ decision: "copy", plans: [{ kind: "close" }] });
});
