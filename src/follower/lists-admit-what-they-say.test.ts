import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchMagics, matchNames } from "./rules/matchers.ts";

describe("names", () => {
  test.each([
    [[], [], "EURUSD", true],
    [["EURUSD"], [], "EURUSD", true],
    [["eurusd"], [], "EURUSD", true],
    [["EURUSD"], [], "EURUSD.a", false],
    [["EURUSD*"], [], "EURUSD.a", true],
    [["XAU*"], [], "XAUUSD", true],
    [["XAU*"], [], "GXAUUSD", false],
    [["*USD"], ["EUR*"], "EURUSD", false],
    [["*USD"], ["EUR*"], "GBPUSD", true],
    [[], ["*JPY"], "USDJPY", false],
    [[], ["*JPY"], "EURUSD", true],
    [["US?0"], [], "US30", true],
    [["US?0"], [], "US500", false],
    [["EUR.USD"], [], "EURXUSD", false],
    [["#XAU(1)+"], [], "#XAU(1)+", true],
    [["#XAU(1)+*"], [], "#XAU(1)+.m", true],
  ])("include %j exclude %j: %s is %s", (include, exclude, name, admitted) => {
    expect(matchNames({ include, exclude }).admits(name)).toBe(admitted);
  });
});

test("a glob means what the same pattern means, however many stars it has", () => {
  const text = fc.array(fc.constantFrom("A", "B"), { maxLength: 8 }).map((all) => all.join(""));
  const glob = fc
    .array(fc.constantFrom("A", "B", "*", "?"), { minLength: 1, maxLength: 6 })
    .map((all) => all.join(""));
  fc.assert(
    fc.property(text, glob, (name, written) => {
      const pattern = new RegExp(`^${written.replaceAll("*", ".*").replaceAll("?", ".")}$`);
      expect(matchNames({ include: [written], exclude: [] }).admits(name)).toBe(pattern.test(name));
    }),
  );
  const hostile = matchNames({ include: ["*A".repeat(32)], exclude: [] });
  expect(hostile.admits(`${"A".repeat(64)}B`)).toBe(false);
});

describe("magic numbers", () => {
  test.each([
    [[], [], 0, true],
    [["77"], [], 77, true],
    [["77"], [], 7, false],
    [["1010-1019"], [], 1010, true],
    [["1010-1019"], [], 1019, true],
    [["1010-1019"], [], 1020, false],
    [["1-100"], ["50"], 50, false],
    [[], ["0"], 0, false],
    [[], ["0"], 1, true],
  ])("include %j exclude %j: %i is %s", (include, exclude, magic, admitted) => {
    expect(matchMagics({ include, exclude }).admits(magic)).toBe(admitted);
  });
});
