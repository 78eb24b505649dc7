import { describe, expect, test } from "vitest";
import { LockstepError } from "../domain/errors.ts";
import { parseFixed } from "../domain/fixed.ts";
import { defaultRules, parseRules, SETTINGS } from "./rules.ts";
import type { JsonValue } from "./settings.ts";

function faultsOf(json: unknown): { settings: unknown; faults: unknown } {
  try {
    parseRules(json);
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== "BAD_RULES") throw error;
    return { settings: error.context["settings"], faults: error.context["faults"] };
  }
  throw new Error("the rules were accepted");
}

/** {"a.b": 1} as {a: {b: 1}}. */
function at(path: string, value: unknown): unknown {
  return path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

describe("a setting that is not built yet is refused by name", () => {
  test.each<[string, JsonValue]>([
    ["sizing.mode", "equity-percent"],
    ["sizing.mode", "fixed-leverage"],
    ["sizing.mode", "custom"],
    ["sizing.equityPercent", "5"],
    ["sizing.leverage", "2"],
    ["sizing.table", [{ symbol: "*", riskPercent: "0.5" }]],
    ["comment", { include: [], exclude: ["test*"] }],
    ["pendingOrders", "mirror"],
    ["pendingGraceMs", 1_000],
    ["windows", { timeZone: "Europe/London", weekdays: { mon: ["07:00-21:00"] } }],
    ["news", { impact: ["high"], beforeMinutes: 30, afterMinutes: 15, closeBefore: false }],
    ["guards.maxSpreadPoints", 30],
    ["guards.maxOpenPositions", 20],
    ["guards.maxVolumePerSymbol", "10"],
    ["guards.maxTotalVolume", "30"],
    ["guards.maxLeverage", "20"],
    ["guards.maxRiskPerTradePercent", "2"],
    ["guards.reservedMarginFraction", "0.3"],
    ["guards.throttle", { count: 20, windowMs: 60_000 }],
    ["guards.delayMs", { min: 0, max: 100 }],
    ["reverse", true],
    ["includeCredit", true],
    ["carryRemainder", true],
    ["shrinkToMargin", true],
    ["copyExisting", "all"],
    ["waitForStopMs", 1_000],
    ["reduceCorrelation", "by-account"],
    ["limits", [{ kind: "loss" }]],
  ])("%s = %j", (path, value) => {
    const { settings, faults } = faultsOf(at(path, value));
    expect(settings).toEqual([path]);
    expect(faults).toEqual([expect.stringContaining("is not supported yet")]);
  });

  test("and accepted where it says what already is", () => {
    const later = SETTINGS.filter(({ supported }) => !supported);
    expect(later.length).toBeGreaterThan(20);
    for (const { path, default: neutral } of later) {
      expect(() => parseRules(at(path, neutral))).not.toThrow();
    }
  });
});

describe("a fault is told with its setting", () => {
  test.each<[string, unknown, string]>([
    ["sizing.riskPercent", { sizing: { mode: "risk-percent" } }, "needed by risk-percent"],
    ["sizing.volume", { sizing: { mode: "fixed-volume" } }, "needed by fixed-volume"],
    ["sizing.multiplier", { sizing: { multiplier: 2 } }, "decimal as text"],
    ["sizing.multiplier", { sizing: { multiplier: "0" } }, "above 0"],
    ["sizing.multiplier", { sizing: { multiplier: "1e3" } }, "plain decimal"],
    ["sizing.riskPercent", { sizing: { riskPercent: "100.1" } }, "max 100"],
    ["sizing.maxRiskCoefficient", { sizing: { maxRiskCoefficient: "0.9" } }, "min 1"],
    ["sizing.assumedStopPoints", { sizing: { assumedStopPoints: 0 } }, "whole number"],
    ["sizing.assumedStopPoints", { sizing: { assumedStopPoints: 1.5 } }, "whole number"],
    ["sizing.mode", { sizing: { mode: "nonsense" } }, "must be one of"],
    ["sizing.size", { sizing: { size: "1" } }, "is not a setting"],
    ["sise", { sise: {} }, "is not a setting"],
    ["sides", { sides: [] }, "at least one side"],
    ["sides.0", { sides: ["long"] }, "must be one of"],
    ["magic.include.0", { magic: { include: ["x"] } }, "magic number"],
    ["magic.exclude.0", { magic: { exclude: ["20-10"] } }, "magic number"],
    ["masterVolume.min", { masterVolume: { min: "2", max: "1" } }, "above masterVolume.max"],
    ["stops.stopLoss.points", { stops: { stopLoss: { mode: "fixed-points" } } }, "more than 0"],
    [
      "stops.takeProfit.points",
      { stops: { takeProfit: { mode: "fixed-points", points: 10, offsetPoints: -10 } } },
      "more than 0",
    ],
    ["guards.maxAgeMs", { guards: { maxAgeMs: "60000" } }, "whole number"],
    ["guards.maxVolume", { guards: { maxVolume: "-1" } }, "above 0"],
    [
      "symbolMap.pairs",
      {
        symbolMap: {
          pairs: [
            { from: "A", to: "B" },
            { from: "A", to: "C" },
          ],
        },
      },
      "maps A twice",
    ],
    ["mode", { mode: "on" }, "must be one of"],
    ["rules", [], ""],
    ["rules", "equity-ratio", ""],
  ])("%s", (setting, json, reason) => {
    const { settings, faults } = faultsOf(json);
    expect(settings).toEqual([setting]);
    expect(faults).toEqual([expect.stringContaining(reason)]);
  });

  test("all of them at once", () => {
    const { settings } = faultsOf({ reverse: true, sides: [], sizing: { multiplier: "x" } });
    expect(settings).toEqual(["sizing.multiplier", "sides", "reverse"]);
  });
});

describe("what is absent has its default", () => {
  test("the defaults are those of the settings table", () => {
    const written = SETTINGS.filter(({ default: value }) => value !== null).map((setting) =>
      at(setting.path, setting.default),
    );
    for (const json of written) {
      expect(parseRules(json).stopsKey).toBe(defaultRules.stopsKey);
    }
    expect(defaultRules.sizing.mode).toBe("equity-ratio");
    expect(defaultRules.sizing.maxRiskCoefficient).toBe(parseFixed("5"));
    expect(defaultRules.guards).toMatchObject({ maxAgeMs: 60_000, maxDeviationPoints: null });
    expect(defaultRules.stops.stopLoss.mode).toBe("copy-distance");
    expect(defaultRules.mode).toBe("active");
    expect(defaultRules.symbols.admits("ANYTHING")).toBe(true);
    expect(defaultRules.magic.admits(0)).toBe(true);
  });

  test("every setting has help in words, once", () => {
    const paths = SETTINGS.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths).toContain("sizing.aboveMaximum");
    expect(paths).toContain("stops.takeProfit.offsetPoints");
    for (const { help } of SETTINGS) expect(help).toMatch(/^[A-Z a].{10,}[.]$/s);
  });

  test("a value of another mode is kept and not in the way", () => {
    const { sizing } = parseRules({ sizing: { volume: "0.10", riskPercent: "1.0" } });
    expect(sizing).toMatchObject({ mode: "equity-ratio", volume: parseFixed("0.1") });
  });
});
